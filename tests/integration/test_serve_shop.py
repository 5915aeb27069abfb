"""The catalogue and coupons over HTTP: what is taken and told, to whom, and what an accident leaves."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from shared.bootstrap.serve_shop import shop
from shared.domain.events import Trust
from shared.domain.intake.segment_spec import SYSTEM_ID
from shared.domain.shop.coupon_codes import canonical, generated_code
from shared.domain.timing import DAY
from tests.builders import NOON, a_coupon
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
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/products"),
        ("GET", "/v1/products/A"),
        ("GET", "/v1/coupons/A"),
        ("POST", "/v1/coupons/A/redeem"),
        ("GET", "/v1/x"),
    ],
)
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


CODE: Final = generated_code("HELLO", "0123456789abcdef" * 2)
COUPON: Final = a_coupon(CODE, ends_at=NOON + 10_000 * DAY, profile_id="u1")


def test_a_coupon_is_redeemed_once_and_its_person_hears_of_it(server: ShopServer) -> None:
    server.coupons.reserve(COUPON)

    answer = server.redeem(CODE.lower().replace("-", " "), "AO-1")
    assert answer.status == 200
    assert answer.json.items() >= {
        "code": CODE, "coupon": "welcome10", "title": "10 % off", "status": "redeemed", "profile": "u1",
        "order_id": "AO-1",
    }.items()  # fmt: skip
    assert server.look(CODE).json == answer.json
    [event] = server.events()
    assert (event.name, event.profile_id, event.trust) == ("Coupon Redeemed", "u1", Trust.SYSTEM)
    assert event.properties["order_id"] == "AO-1"
    assert event.properties["coupon"] == "welcome10"
    assert event.id == f"redeemed:{canonical(CODE)}"
    assert SYSTEM_ID.match(event.id)


def test_for_the_same_order_it_may_be_asked_again_and_for_another_not(server: ShopServer) -> None:
    server.coupons.reserve(COUPON)
    first, again, other = (server.redeem(CODE, order) for order in ("AO-1", "AO-1", "AO-2"))

    assert (again.status, again.json) == (200, first.json)
    assert (other.status, other.json["type"]) == (409, "urn:carillon:problem:coupon-redeemed")
    assert {event.id for event in server.events()} == {f"redeemed:{canonical(CODE)}"}


def test_a_pools_own_code_that_looks_like_a_generated_one_is_taken(server: ShopServer) -> None:
    own = CODE[:-1] + ("2" if CODE[-1] != "2" else "3")
    server.coupons.reserve(a_coupon(own))

    assert server.look(own).status == 200
    assert server.redeem(own).status == 200


@pytest.mark.parametrize(
    ("code", "status", "problem"),
    [
        ("SPRING-9", 404, "no-coupon"),
        ("x" * 65, 404, "no-coupon"),
        (" - ", 404, "no-coupon"),
        (CODE[:-1] + ("2" if CODE[-1] != "2" else "3"), 404, "mistyped-coupon"),
        ("OVER", 409, "coupon-expired"),
        ("GONE", 409, "coupon-released"),
    ],
)
def test_what_is_worth_nothing_says_why(server: ShopServer, code: str, status: int, problem: str) -> None:
    server.coupons.reserve(a_coupon("OVER", ends_at=NOON))
    server.coupons.reserve(a_coupon("GONE", message_id="m2"))
    server.coupons.release(a_coupon("", message_id="m2"), is_of_pool=False)

    answer = server.redeem(code)
    assert (answer.status, answer.json["type"]) == (status, f"urn:carillon:problem:{problem}")
    assert server.events() == []
    looked = server.look(code)
    told = {"OVER": "expired", "GONE": "released"}
    assert looked.status == 404 if code not in told else looked.json["status"] == told[code]


@pytest.mark.parametrize("content", ["[]", "{}", '{"order_id": ""}', '{"order_id": ["a"]}'])
def test_an_order_must_be_named(server: ShopServer, content: str) -> None:
    server.coupons.reserve(COUPON)

    answer = server.ask(f"/v1/coupons/{CODE}/redeem", content, method="POST")
    assert (answer.status, answer.json["type"]) == (400, "urn:carillon:problem:invalid-redemption")
    assert server.look(CODE).json["status"] == "reserved"


REDEEMING: Final[list[Call]] = [
    ("secretsmanager", "GetSecretValue"),
    ("secretsmanager", "GetSecretValue"),
    ("dynamodb", "UpdateItem"),
    ("sqs", "SendMessageBatch"),
]


def test_the_table_of_calls_of_a_redemption_is_complete(server: ShopServer) -> None:
    server.coupons.reserve(COUPON)
    with watched(Calls()) as calls:
        server.redeem(CODE)

    assert calls.made == REDEEMING


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize("at", range(len(REDEEMING)))
def test_after_an_accident_the_same_asked_again_redeems_once_and_is_told(
    server: ShopServer, at: int, accident: Accident
) -> None:
    server.coupons.reserve(COUPON)
    with watched(Calls(at, accident)):
        try:
            assert server.redeem(CODE, "AO-1").status in {200, 503}
        except Killed:
            shop.cache_clear()

    assert server.redeem(CODE, "AO-1").status == 200
    assert server.redeem(CODE, "AO-2").status == 409
    assert {event.id for event in server.events()} == {f"redeemed:{canonical(CODE)}"}
