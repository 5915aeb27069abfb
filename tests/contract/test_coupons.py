"""What every ``Coupons`` does: a message has one code, a code is one message's, and it is redeemed once."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from shared.adapters.dynamodb.coupons import KEPT_AFTER, WINDOW, DynamoCoupons
from shared.domain.shop.coupons import CouponStatus
from shared.domain.timing import DAY, SECOND
from shared.errors import ThrottledError
from shared.ports.shop import Coupons
from tests.aws import own_client
from tests.builders import NOON, a_coupon
from tests.fakes.shop import FakeCoupons

MINE = a_coupon("HELLO-7KQ3", ends_at=NOON + DAY)
OTHERS = a_coupon("HELLO-7KQ3", message_id="m2", profile_id="u2")


@pytest.fixture(params=["fake", "dynamodb"])
def coupons(request: pytest.FixtureRequest) -> Coupons:
    if request.param == "fake":
        return FakeCoupons()
    return DynamoCoupons(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def from_pool(number: int = 1) -> Any:
    return a_coupon("", offer="spring", message_id=f"m{number}", profile_id=f"u{number}")


def test_a_code_is_reserved_for_one_message_however_often(coupons: Coupons) -> None:
    assert [coupons.reserve(MINE), coupons.reserve(MINE), coupons.reserve(OTHERS)] == [True, True, False]
    assert coupons.find("HELLO-7KQ3") == MINE


@pytest.mark.parametrize("typed", ["hello7kq3", " HELLO 7KQ3 ", "Hello-7kQ3"])
def test_it_is_found_however_it_is_typed(coupons: Coupons, typed: str) -> None:
    coupons.reserve(MINE)

    assert coupons.find(typed) == MINE
    assert coupons.find("HELLO-7KQ4") is None


def test_it_is_redeemed_once(coupons: Coupons) -> None:
    coupons.reserve(MINE)

    first = coupons.redeem("hello-7kq3", order_id="o1", at=NOON + 1)
    second = coupons.redeem("HELLO-7KQ3", order_id="o2", at=NOON + 2)
    assert first == second == replace(MINE, status=CouponStatus.REDEEMED, redeemed_at=NOON + 1, order_id="o1")
    assert coupons.find("HELLO-7KQ3") == first
    assert coupons.redeem("nothing", order_id="o1", at=NOON) is None


def test_what_is_over_is_not_redeemed(coupons: Coupons) -> None:
    coupons.reserve(MINE)

    assert coupons.redeem(MINE.code, order_id="o1", at=NOON + DAY) == MINE
    redeemed = coupons.redeem(MINE.code, order_id="o1", at=NOON + DAY - 1)
    assert redeemed is not None
    assert redeemed.status is CouponStatus.REDEEMED


def test_what_is_redeemed_stays_so_when_its_message_is_tried_again_or_given_up(coupons: Coupons) -> None:
    coupons.reserve(MINE)
    redeemed = coupons.redeem(MINE.code, order_id="o1", at=NOON)

    assert coupons.reserve(MINE)
    coupons.release(MINE, is_of_pool=False)
    assert coupons.find(MINE.code) == redeemed


def test_what_is_released_is_not_redeemed_and_is_reserved_again_for_the_same_message_alone(coupons: Coupons) -> None:
    coupons.reserve(MINE)
    for _ in range(2):
        coupons.release(replace(MINE, code=""), is_of_pool=False)

    released = coupons.redeem(MINE.code, order_id="o1", at=NOON)
    assert released == replace(MINE, status=CouponStatus.RELEASED)
    assert [coupons.reserve(OTHERS), coupons.reserve(MINE)] == [False, True]
    assert coupons.find(MINE.code) == MINE


def test_a_pool_gives_each_message_a_code_of_its_own_and_the_same_again(coupons: Coupons) -> None:
    assert coupons.add("spring", ["Spring-1", "Spring-2"]) == 2

    drawn = [coupons.draw(from_pool(number)) for number in (1, 2, 1, 3)]
    codes = [one and one.code for one in drawn]
    assert sorted(map(str, codes[:2])) == ["Spring-1", "Spring-2"]
    assert codes[2:] == [codes[0], None]
    assert coupons.left("spring") == 0
    assert coupons.find(str(codes[0])) == replace(from_pool(1), code=codes[0])


def test_a_pool_tells_when_it_is_nearly_empty(coupons: Coupons) -> None:
    coupons.add("spring", [f"S{number}" for number in range(WINDOW)])

    drawn = [coupons.draw(from_pool(number)) for number in (1, 2)]
    assert [one is not None and one.is_low for one in drawn] == [False, True]
    assert coupons.left("spring") == WINDOW - 2


def test_what_is_released_of_a_pool_is_free_again(coupons: Coupons) -> None:
    coupons.add("spring", ["Spring-1"])
    coupons.draw(from_pool(1))
    for _ in range(2):
        coupons.release(from_pool(1), is_of_pool=True)

    assert (coupons.find("Spring-1"), coupons.left("spring")) == (None, 1)
    drawn = coupons.draw(from_pool(2))
    assert drawn is not None
    assert drawn.code == "Spring-1"


def test_what_was_given_once_does_not_come_into_a_pool_again(coupons: Coupons) -> None:
    coupons.add("spring", ["Spring-1", "Spring-2"])
    coupons.draw(from_pool(1))

    assert coupons.add("spring", ["SPRING-1", "spring-2", "Spring-3"]) == 2
    assert coupons.left("spring") == 2


@pytest.mark.parametrize("number", range(1, 6))
def test_a_code_that_is_free_in_two_pools_is_given_once_and_bars_no_pool(coupons: Coupons, number: int) -> None:
    coupons.add("spring", ["Both"])
    coupons.add("summer", ["Both", "Summer-1", "Summer-2"])
    coupons.draw(from_pool(9))

    drawn = [coupons.draw(replace(from_pool(one), offer="summer")) for one in (number, number + 1, number + 2)]
    assert sorted(one.code for one in drawn if one) == ["Summer-1", "Summer-2"]
    assert drawn[2] is None
    assert coupons.left("summer") == 0
    held = coupons.find("Both")
    assert held is not None
    assert held.message_id == "m9"


def test_one_message_is_not_given_one_code_as_two_coupons(coupons: Coupons) -> None:
    for pool in ("spring", "summer"):
        coupons.add(pool, ["Both"])

    assert coupons.draw(from_pool(1)) is not None
    assert coupons.draw(replace(from_pool(1), offer="summer")) is None


def test_whether_codes_were_given_is_read_consistently(table_name: str) -> None:
    client = own_client("dynamodb")
    asked: list[Any] = []
    client.meta.events.register("provide-client-params.dynamodb.BatchGetItem", lambda params, **_: asked.append(params))
    DynamoCoupons(client, table=table_name).add("spring", ["Spring-1"])

    assert [request["RequestItems"][table_name]["ConsistentRead"] for request in asked] == [True]


def cancelled(*reasons: str) -> Any:
    """What a transaction answers that is not carried out."""
    return {
        "service_error_code": "TransactionCanceledException",
        "modeled_fields": {"CancellationReasons": [{"Code": reason} for reason in reasons]},
    }


@pytest.mark.parametrize(
    "refusal",
    [
        cancelled("TransactionConflict", "None", "None"),
        cancelled("None", "ThrottlingError", "None"),
        {"service_error_code": "TransactionConflictException"},
    ],
)
def test_what_could_not_be_taken_back_is_tried_again(aws: None, refusal: Any) -> None:
    client = own_client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_response("get_item", {"Item": {"code": {"S": "Spring-1"}}})
        stubber.add_client_error("transact_write_items", **refusal)
        with pytest.raises(ThrottledError):
            DynamoCoupons(client, table="carillon").release(from_pool(1), is_of_pool=True)


def test_what_is_redeemed_of_a_pool_is_not_free_again(coupons: Coupons) -> None:
    coupons.add("spring", ["Spring-1"])
    coupons.draw(from_pool(1))
    redeemed = coupons.redeem("Spring-1", order_id="o1", at=NOON)

    coupons.release(from_pool(1), is_of_pool=True)
    assert (coupons.find("Spring-1"), coupons.left("spring")) == (redeemed, 0)


def test_who_is_overtaken_while_redeeming_is_told_who_was_first(table_name: str) -> None:
    client = own_client("dynamodb")
    slow, quick = (DynamoCoupons(one, table=table_name) for one in (client, own_client("dynamodb")))
    quick.reserve(MINE)
    overtaken: list[Any] = []

    def overtake(**_: Any) -> None:
        overtaken.append(quick.redeem(MINE.code, order_id="o1", at=NOON))

    client.meta.events.register("provide-client-params.dynamodb.UpdateItem", overtake)
    assert [slow.redeem(MINE.code, order_id="o2", at=NOON)] == overtaken
    assert overtaken[0].order_id == "o1"


def test_who_is_overtaken_while_drawing_has_another_code(table_name: str) -> None:
    client = own_client("dynamodb")
    slow, quick = (DynamoCoupons(one, table=table_name) for one in (client, own_client("dynamodb")))
    quick.add("spring", ["Spring-1", "Spring-2"])
    overtaken: list[Any] = []

    def overtake(**_: Any) -> None:
        if not overtaken:
            overtaken.append(quick.draw(replace(from_pool(2), message_id="m1", profile_id="u2", reserved_at=NOON + 1)))

    client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", overtake)
    drawn = slow.draw(from_pool(1))
    assert drawn is not None
    assert {drawn.code, overtaken[0].code} == {"Spring-1", "Spring-2"}
    assert slow.left("spring") == 0


def test_a_coupon_that_ends_is_forgotten_long_after(table_name: str) -> None:
    client = boto3.client("dynamodb")
    DynamoCoupons(client, table=table_name).reserve(MINE)

    items = client.scan(TableName=table_name)["Items"]
    assert {item["pk"]["S"] for item in items} == {"COUPON#HELLO7KQ3", "COUPONS#u1"}
    assert {item["expires_at"]["N"] for item in items} == {str((NOON + DAY + KEPT_AFTER) // SECOND)}
