"""``carillon products``: files as shops export them end in the catalogue, or not at all."""

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import boto3
import httpx
import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.operations.catalogue_files import read_file
from infra.operations.cloud import Cloud
from shared.adapters.clock import SystemClock
from tests.http_requests import SECRET_KEY
from tests.integration.shop import ShopServer, open_shop

CSV = """\ufeffid;title;price;currency;availability;inventory;link;product_type
KIL-MUG;"Kilkenny mug; oat";34,50;EUR;in stock;3;https://shop.example/mug;Kitchen > Mugs
TOWEL;Towel;29;EUR;;;;
KIL-MUG;Kilkenny mug;30,00;EUR;in stock;2;https://shop.example/mug;Kitchen > Mugs
"""
LINES = '{"sku": "KIL-MUG", "name": "Kilkenny mug", "price": 30, "stock": 2, "categories": ["Kitchen"]}\n\n{"sku": 7}\n'


@pytest.fixture
def server(table_name: str) -> Iterator[ShopServer]:
    with open_shop(table_name) as server:
        arn = boto3.client("secretsmanager").describe_secret(SecretId="shop-secret")["ARN"]
        cloud = Cloud(
            stage="test", dynamodb=None, sqs=None, functions=None, table=table_name, queue_url="", clock=SystemClock(),
            outputs={"ApiUrl": "https://api.example", "SecretKeySecretArn": arn},
        )  # fmt: skip

        def answer(request: httpx.Request) -> httpx.Response:
            path = request.url.raw_path.decode()
            told = server.ask(path, request.content.decode(), method=request.method, key=SECRET_KEY)
            return httpx.Response(told.status, headers=dict(told.headers), text=told.text)

        transport = httpx.MockTransport(answer)
        made = httpx.Client
        with (
            patch("infra.operations.cloud.connect", lambda *_: cloud),
            patch("infra.operations.staff.httpx.Client", lambda **options: made(**options | {"transport": transport})),
        ):
            yield server


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["products", *arguments])
    said = [line for line in result.output.splitlines(keepends=True) if '"_aws"' not in line]  # the function's metrics
    return result.exit_code, "".join(said)


def test_a_feed_in_csv_ends_in_the_catalogue(server: ShopServer, tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text(CSV, "utf-8")

    assert run("import", str(tmp_path / "feed.csv"), "--stage", "test") == (
        0,
        "2 products are in the catalogue, 0 were there as of later; passed over: availability.\n",
    )
    mug = server.product("KIL-MUG").json
    assert (mug["title"], mug["price"], mug["stock"], mug["categories"]) == ("Kilkenny mug", 30, 2, ["Kitchen", "Mugs"])
    code, shown = run("show", "TOWEL", "--stage", "test")
    assert (code, json.loads(shown)["price"]) == (0, 29)


def test_so_do_json_lines(server: ShopServer, tmp_path: Path) -> None:
    (tmp_path / "feed.jsonl").write_text(LINES, "utf-8")

    code, said = run("import", str(tmp_path / "feed.jsonl"), "--stage", "test")
    assert (code, said) == (0, "2 products are in the catalogue, 0 were there as of later.\n")
    assert server.product("7").status == 200
    assert run("show", "nothing", "--stage", "test")[0] == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "sku,price\nA,1\nB,many\n", "a.csv:3: price: must be a number, from 0"),
        ("a.jsonl", '{"sku": "A"}\n[]\n', "a.jsonl:2: is not a JSON object"),
        ("a.jsonl", '{"sku": "A"}\n{"sku": ""}\n', "a.jsonl:2: sku: must not be empty"),
    ],
)
def test_one_bad_line_keeps_the_whole_file_out(
    server: ShopServer, tmp_path: Path, name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")

    code, told = run("import", str(tmp_path / name), "--stage", "test")
    assert (code, said in told, "Nothing was imported." in told) == (1, True, True)
    assert server.product("A").status == 404


@pytest.mark.parametrize(("name", "content"), [("a.csv", "title\nA\n"), ("a.csv", ""), ("a.jsonl", "\n")])
def test_what_is_no_file_of_products_is_said_in_one_sentence(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")

    result = CliRunner().invoke(app, ["products", "import", str(tmp_path / name)])
    assert result.exit_code == 1
    assert type(result.exception).__name__ == "CommandError"


def test_a_long_file_goes_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sku\n" + "".join(f"sku{number}\n" for number in range(250)), "utf-8")

    assert [len(some) for some in read_file(tmp_path / "a.csv").batches()] == [100, 100, 50]
