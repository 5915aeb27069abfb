"""What every ``PersonItems`` does: takes away what is one person's, tells how much, and leaves everybody else's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.consent_history import DynamoConsentHistory
from shared.adapters.dynamodb.coupons import DynamoCoupons
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.members import DynamoMembers
from shared.adapters.dynamodb.message_index import DynamoMessageIndex
from shared.adapters.dynamodb.person_items import ATTEMPTS, DynamoPersonItems
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.domain.channels.short_links import token_of
from shared.domain.consent.words import ConsentState
from shared.domain.messages import ConsentRecorded
from shared.domain.profiles import Profile
from shared.domain.timing import DAY
from shared.errors import RetryableError, ThrottledError
from shared.ports.people import Aliases, ConsentHistory, Members, Profiles, Timeline
from shared.ports.rights import PersonItems
from shared.ports.sending import Ledger, MessageIndex
from shared.ports.shop import Coupons
from shared.tables import link_key, message_key
from tests.aws import own_client
from tests.builders import NOON, a_coupon, a_message, an_event
from tests.fakes.clock import FakeClock
from tests.fakes.rights import FakePersonItems

PEOPLE = ("u1", "u11")


@dataclass(frozen=True)
class House:
    """The port, and those through which something of two people is there."""

    items: PersonItems
    profiles: Profiles
    timeline: Timeline
    history: ConsentHistory
    index: MessageIndex
    aliases: Aliases
    ledger: Ledger
    members: Members
    coupons: Coupons

    def live(self, person: str, at: int) -> None:
        """Four records of a moment: a page, a statement, a message, and (without a moment) an identifier."""
        self.timeline.append(person, [an_event(id=f"e{at}", profile_id=person, at=at)])
        self.history.keep(person, [statement(f"s{at}", at)])
        message = a_message(id=f"m-{person}-{at}", profile_id=person, decided_at=at)
        self.index.note([message])
        self.ledger.claim(message, at)
        self.aliases.claim("email", f"{person}@example.com", person)

    def records(self, person: str) -> int:
        return sum(
            len([*found])
            for found in (
                self.timeline.pages(person),
                self.history.of(person),
                self.index.of(person, limit=100),
                self.aliases.of(person),
            )
        )


def statement(id_: str, at: int) -> ConsentRecorded:
    return ConsentRecorded(id=id_, state=ConsentState.UNSUBSCRIBED, channel="*", topic="*", at=at, source="page")


@pytest.fixture(params=["fake", "dynamodb"])
def house(request: pytest.FixtureRequest) -> House:
    if request.param == "fake":
        fake = FakePersonItems()
        return House(
            fake,
            fake.profiles,
            fake.timeline,
            fake.history,
            fake.index,
            fake.aliases,
            fake.ledger,
            fake.members,
            fake.coupons,
        )
    table, client, clock = request.getfixturevalue("table_name"), boto3.client("dynamodb"), FakeClock(NOON)
    return House(
        DynamoPersonItems(client, table=table),
        DynamoProfiles(client, table=table),
        DynamoTimeline(client, table=table),
        DynamoConsentHistory(client, table=table),
        DynamoMessageIndex(client, table=table, clock=clock),
        DynamoAliases(client, table=table),
        DynamoLedger(client, table=table, clock=clock),
        DynamoMembers(client, table=table),
        DynamoCoupons(client, table=table),
    )


def test_a_profile_goes_once_and_nobody_elses(house: House) -> None:
    for person in PEOPLE:
        house.profiles.save(Profile(id=person), ())

    assert [house.items.remove_profile("u1") for _ in range(2)] == [1, 0]
    assert [house.profiles.load(person).version for person in PEOPLE] == [0, 1]


def test_what_coupons_the_person_was_given_are_worth_nothing_any_more(house: House) -> None:
    for person in PEOPLE:
        for at in (NOON, NOON + DAY):
            house.coupons.reserve(
                a_coupon(f"{person}-{at}", profile_id=person, message_id=f"{person}{at}", reserved_at=at)
            )

    assert house.items.remove_coupons("u1", until=NOON) == 1
    assert [house.coupons.find(f"u1-{at}") is None for at in (NOON, NOON + DAY)] == [True, False]
    assert [house.items.remove_coupons("u1") for _ in range(2)] == [1, 0]
    assert house.coupons.find(f"u1-{NOON + DAY}") is None
    assert house.coupons.find(f"{PEOPLE[1]}-{NOON}") is not None


@pytest.mark.parametrize("is_redeemed", [False, True])
def test_a_pools_code_that_the_person_was_given_is_nobodys_and_is_given_to_nobody_else(
    house: House, is_redeemed: bool
) -> None:
    coupons, theirs = house.coupons, a_coupon("", offer="spring")
    coupons.add("spring", ["Spring-1"])
    coupons.draw(theirs)
    if is_redeemed:
        coupons.redeem("Spring-1", order_id="o1", at=NOON)

    assert [house.items.remove_coupons("u1") for _ in range(2)] == [1, 0]

    assert [coupons.add(pool, ["SPRING-1"]) for pool in ("spring", "summer")] == [0, 0]
    assert coupons.find("spring1") is None
    assert coupons.redeem("Spring-1", order_id="o1", at=NOON) is None
    assert not coupons.reserve(a_coupon("Spring-1"))
    coupons.release(theirs, is_of_pool=True)
    assert coupons.draw(theirs) is None


def test_of_a_pools_code_nothing_but_the_code_stays(table_name: str) -> None:
    client = boto3.client("dynamodb")
    coupons = DynamoCoupons(client, table=table_name)
    coupons.add("spring", ["Spring-1"])
    coupons.draw(a_coupon("", offer="spring", ends_at=NOON + DAY))
    coupons.redeem("Spring-1", order_id="o1", at=NOON)
    DynamoPersonItems(client, table=table_name).remove_coupons("u1")

    left = [{"pk": {"S": "COUPON#SPRING1"}, "sk": {"S": "COUPON"}, "code": {"S": "Spring-1"}}]
    assert client.scan(TableName=table_name)["Items"] == left


def test_a_code_that_goes_back_into_its_pool_meanwhile_is_left_to_whoever_has_it_next(table_name: str) -> None:
    client, others = own_client("dynamodb"), own_client("dynamodb")
    coupons, theirs = DynamoCoupons(others, table=table_name), a_coupon("", offer="spring")
    coupons.add("spring", ["Spring-1"])
    coupons.draw(theirs)

    def overtake(**_: Any) -> None:
        coupons.release(theirs, is_of_pool=True)
        coupons.draw(a_coupon("", offer="spring", message_id="m2", profile_id="u2"))

    client.meta.events.register("provide-client-params.dynamodb.PutItem", overtake)
    assert DynamoPersonItems(client, table=table_name).remove_coupons("u1") == 0
    held = coupons.find("Spring-1")
    assert held is not None
    assert held.profile_id == "u2"


def test_all_records_go_but_the_profile_stays(house: House) -> None:
    for person in PEOPLE:
        house.profiles.save(Profile(id=person), ())
        house.live(person, NOON)
        house.live(person, NOON + DAY)

    assert [house.items.remove_records("u1") for _ in range(2)] == [7, 0]
    assert [house.records(person) for person in PEOPLE] == [0, 7]
    assert house.profiles.load("u1").version == 1


def test_of_somebody_who_came_back_only_what_is_older_goes(house: House) -> None:
    for at in (NOON - DAY, NOON, NOON + 1):
        house.live("u1", at)

    assert house.items.remove_records("u1", until=NOON) == 6
    assert house.records("u1") == 4  # of the last moment, and the identifier, which has none
    assert house.items.remove_records("u1", until=NOON) == 0


def test_many_records_go(house: House) -> None:
    house.history.keep("u1", [statement(f"s{number}", NOON + number) for number in range(60)])
    assert house.items.remove_records("u1") == 60
    assert house.records("u1") == 0


def test_an_identifier_is_freed_if_it_leads_to_one_of_these(house: House) -> None:
    house.aliases.claim("email", "ana@example.com", "u1", vouched=True)

    assert house.items.release("email", "ana@example.com", ["u2", "u3"]) == 0
    assert house.aliases.owner("email", "ana@example.com") == "u1"
    assert [house.items.release("email", "ana@example.com", ["u2", "u1"]) for _ in range(2)] == [1, 0]
    assert house.aliases.owner("email", "ana@example.com") is None
    assert house.aliases.claim("email", "ana@example.com", "u4") == "u4"


def test_an_identifier_is_freed_of_whoever_of_very_many_has_it(house: House) -> None:
    house.aliases.claim("loyalty", "L99", "u249")
    assert house.items.release("loyalty", "L99", [f"u{number}" for number in range(250)]) == 1
    assert house.items.release("loyalty", "L99", []) == 0


def test_messages_are_forgotten_by_the_ledger(house: House) -> None:
    messages = [a_message(id=f"m{number}") for number in range(30)]
    for message in messages:
        house.ledger.claim(message, NOON)

    assert house.items.forget_messages([message.id for message in messages[1:]]) == 29
    assert [message.id for message in messages if house.ledger.find(message.id)] == ["m0"]
    assert house.items.forget_messages([]) == 0


def test_a_person_is_on_no_list_any_more(house: House) -> None:
    for segment in ("regulars", "birthdays"):
        for person in PEOPLE:
            house.members.enter(segment, person, NOON, version=1)

    assert house.items.unlist(["regulars", "birthdays", "empty"], "u1") == 2
    assert house.items.unlist(["regulars", "birthdays", "empty"], "u1") == 0
    assert [[one.profile_id for one in house.members.people(name)] for name in ("regulars", "birthdays")] == [
        ["u11"]
    ] * 2


def unprocessed(*ids: str) -> Any:
    pairs = [pair for id_ in ids for pair in (message_key(id_), link_key(token_of(id_)))]
    keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in pairs]
    return {"carillon": [{"DeleteRequest": {"Key": key}} for key in keys]}


def test_what_the_table_leaves_out_is_asked_for_again(aws: None) -> None:
    client = own_client("dynamodb")
    with Stubber(client) as stubber:
        first, second = unprocessed("m1", "m2"), unprocessed("m2")
        stubber.add_response("batch_write_item", {"UnprocessedItems": second}, {"RequestItems": first})
        stubber.add_response("batch_write_item", {"UnprocessedItems": {}}, {"RequestItems": second})
        assert DynamoPersonItems(client, table="carillon").forget_messages(["m1", "m2"]) == 2
        stubber.assert_no_pending_responses()


def test_a_table_that_leaves_out_for_ever_is_tried_again_later(aws: None) -> None:
    client = own_client("dynamodb")
    with Stubber(client) as stubber:
        for _ in range(ATTEMPTS):
            stubber.add_response("batch_write_item", {"UnprocessedItems": unprocessed("m1")})
        with pytest.raises(ThrottledError):
            DynamoPersonItems(client, table="carillon").forget_messages(["m1"])


def test_where_the_table_cannot_be_asked_that_is_said(aws: None) -> None:
    items = DynamoPersonItems(boto3.client("dynamodb"), table="missing")
    asked: list[Callable[[], int]] = [
        lambda: items.remove_profile("u1"),
        lambda: items.remove_records("u1"),
        lambda: items.remove_coupons("u1"),
        lambda: items.release("email", "x", ["u1"]),
        lambda: items.forget_messages(["m1"]),
        lambda: items.unlist(["regulars"], "u1"),
    ]
    for ask in asked:
        with pytest.raises(RetryableError):
            ask()
