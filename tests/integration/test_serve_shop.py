"""The catalogue over HTTP: what is taken and told, to whom, and what an accident leaves."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from shared.bootstrap.serve_shop import shop
from tests.crashes import Accident, Call, Calls, Killed, watched
from tests.http_requests import PUBLIC_KEY
from tests.integration.shop import ShopServer, open_shop

MUG: Final = {"sku": "KIL/MUG 1", "title": "Mug", "price": 34.5, "currency": "EUR", "stock": 3}
AT: Final = "2026-11-02T10:00:00.000Z"


@pytest.fixture
def server(table_name: str) -> Iterator[ShopServer]:
    with open_shop(table_name) as server:
        yield server


def test_a_product_that_was_put_is_told_by_its_sku(server: ShopServer) -> None:
    assert server.put(MUG | {"updated_at": AT}).json == {"written": 1, "older": 0}

    assert server.product("KIL/MUG 1").json == MUG | {"updated_at": AT}


def test_what_is_older_changes_nothing_and_is_counted(server: ShopServer) -> None:
    server.put(MUG | {"updated_at": AT})

    answer = server.put(MUG | {"updated_at": "2026-11-02T09:59:59Z", "stock": 9}, {"sku": "new"})

    assert answer.json == {"written": 1, "older": 1}
    assert server.product("KIL/MUG 1").json["stock"] == 3


@pytest.mark.parametrize("sku", ["nothing", "x" * 300])
def test_what_the_catalogue_lacks_is_a_problem_of_its_own(server: ShopServer, sku: str) -> None:
    answer = server.product(sku)

    assert (answer.status, answer.json["type"]) == (404, "urn:carillon:problem:no-product")


@pytest.mark.parametrize(
    ("content", "problem", "path"),
    [
        ("{", "malformed-body", ""),
        ({"products": []}, "invalid-products", "products"),
        ({"products": [MUG, {"sku": "A", "prize": 1}]}, "invalid-products", "products.1.prize"),
        ("x" * 500_001, "too-large", ""),
    ],
)
def test_bad_fields_are_named_and_nothing_is_kept(server: ShopServer, content: Any, problem: str, path: str) -> None:
    answer = server.ask("/v1/products", content, method="POST")

    assert (answer.status, answer.json["type"]) == (400, f"urn:carillon:problem:{problem}")
    assert [error["path"] for error in answer.json["errors"]] == [path]
    assert server.product("KIL/MUG 1").status == 404


@pytest.mark.parametrize("key", [None, "", "wrong", PUBLIC_KEY])
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/products"), ("GET", "/v1/products/A"), ("GET", "/v1/x")])
def test_nothing_is_taken_or_told_without_the_secret_key(
    server: ShopServer, method: str, path: str, key: str | None
) -> None:
    answer = server.ask(path, {"products": [MUG]}, method=method, key=key)

    assert (answer.status, answer.json["type"]) == (401, "urn:carillon:problem:unknown-key")
    assert "www-authenticate" in {name.lower() for name in answer.headers}


CALLS: Final[list[Call]] = [
    ("secretsmanager", "GetSecretValue"),
    ("secretsmanager", "GetSecretValue"),
    ("dynamodb", "PutItem"),
    ("dynamodb", "PutItem"),
]


def put_two(server: ShopServer) -> int:
    return server.put(MUG | {"updated_at": AT}, {"sku": "towel", "updated_at": AT}).status


def test_the_table_of_calls_is_complete(server: ShopServer) -> None:
    with watched(Calls()) as calls:
        assert put_two(server) == 200

    assert calls.made == CALLS


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize("at", range(len(CALLS)))
def test_after_an_accident_the_same_sent_again_leaves_what_one_run_does(
    server: ShopServer, at: int, accident: Accident
) -> None:
    with watched(Calls(at, accident)):
        try:
            assert put_two(server) in {200, 503}
        except Killed:
            shop.cache_clear()

    assert put_two(server) == 200
    assert server.product("KIL/MUG 1").json == MUG | {"updated_at": AT}
    assert server.product("towel").json == {"sku": "towel", "updated_at": AT}
