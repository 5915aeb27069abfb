"""Whose event it is."""

from typing import Any

import pytest

from shared.domain.events import EventType, Trust
from shared.domain.identity.identifiers import (
    Held,
    Identifier,
    claimed_identifiers,
    identifiers,
    is_provisional,
    person_of,
    provisional_profile_id,
)
from tests.builders import an_event

EMAIL = Identifier("email", "ana@example.com")
PHONE = Identifier("phone", "+33612345678")
CARD = Identifier("loyalty", "4711")
VISITOR = Identifier("anonymous", "a1")


def ids(*listed: Any) -> dict[str, Any]:
    return {"context": {"externalIds": list(listed)}}


@pytest.mark.parametrize(
    ("brought", "expected"),
    [
        ({"anonymous_id": "a1"}, (Identifier("anonymous", "a1"),)),
        ({"anonymous_id": "a1", "traits": {"email": "ana@example.com"}}, (Identifier("anonymous", "a1"),)),
        ({"traits": {"email": " Ana@EXAMPLE.com "}}, (EMAIL,)),
        ({"context": {"traits": {"email": "ana@example.com"}}}, (EMAIL,)),
        ({"properties": {"email": "ana@example.com"}}, (EMAIL,)),
        ({"properties": {"phone": "0033 6 12 34 56 78"}}, (PHONE,)),
        ({"properties": {"phone": "+33612345678"}, "traits": {"email": "ana@example.com"}}, (EMAIL, PHONE)),
        ({"properties": {"email": "b@example.com"}, "traits": {"email": "ana@example.com"}}, (EMAIL,)),
        ({"properties": {"email": "nobody", "phone": "12"}}, ()),
        ({"properties": {"email": ["ana@example.com"]}, "context": {"traits": 5}}, ()),
        ({}, ()),
        ({"context": {"externalIds": [{"type": "Loyalty", "id": " 4711 "}]}}, (CARD,)),
        ({"context": {"externalIds": [{"type": "loyalty", "id": 4711}]}, "traits": {"email": EMAIL[1]}}, (EMAIL, CARD)),
        ({"anonymous_id": "a1", "context": {"externalIds": [{"type": "loyalty", "id": "4711"}]}}, (VISITOR,)),
    ],
)
def test_an_event_without_a_user_id_is_looked_up(brought: dict[str, Any], expected: tuple[Identifier, ...]) -> None:
    assert identifiers(an_event(user_id=None, **brought)) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (an_event(anonymous_id="a1", traits={"email": "ana@example.com"}), ()),
        (an_event(type=EventType.IDENTIFY, user_id=None, traits={"email": "ana@example.com"}), (EMAIL,)),
        (
            an_event(
                type=EventType.IDENTIFY, anonymous_id="a1", traits={"email": "Ana@example.com", "phone": PHONE[1]}
            ),
            (VISITOR, EMAIL, PHONE),
        ),
        (an_event(type=EventType.IDENTIFY, **ids({"type": "loyalty", "id": "4711"})), (CARD,)),
        (an_event(**ids({"type": "loyalty", "id": "4711"})), ()),
        (an_event(type=EventType.ALIAS, properties={"previousId": "a1"}), (VISITOR,)),
    ],
    ids=["track", "nobody", "identify", "card", "track with a card", "alias"],
)
def test_identify_and_alias_claim_for_the_person(event: Any, expected: tuple[Identifier, ...]) -> None:
    assert claimed_identifiers(event) == expected


@pytest.mark.parametrize(
    "listed",
    [
        {"type": "loyalty"},
        {"id": "4711"},
        {"type": "loyalty", "id": ""},
        {"type": "loyalty", "id": True},
        {"type": "loyalty", "id": "x" * 257},
        {"type": "loyalty", "id": "4711\x00"},
        {"type": "my card", "id": "4711"},
        {"type": "x" * 33, "id": "4711"},
        {"type": "#", "id": "4711"},
        {"type": 5, "id": "4711"},
        {"type": "email", "id": "ana@example.com"},
        {"type": "user_id", "id": "u1"},
        {"type": "anon", "id": "a1"},
        {"type": "loyalty", "id": "4711", "collection": "accounts"},
        {"type": "loyalty", "id": "4711", "collection": []},
        {"type": "loyalty", "id": "4711", "encoding": "sha256"},
        "4711",
        None,
    ],
    ids=str,
)
def test_what_is_no_external_id_is_passed_over(listed: Any) -> None:
    listed_twice = ids(listed, {"type": "loyalty", "id": "4711", "collection": "users", "encoding": "none"})

    assert identifiers(an_event(user_id=None, **listed_twice)) == (CARD,)


@pytest.mark.parametrize("listed", [None, "4711", {"type": "loyalty", "id": "4711"}])
def test_external_ids_are_a_list(listed: Any) -> None:
    assert identifiers(an_event(user_id=None, context={"externalIds": listed})) == ()


def test_external_ids_are_bounded_in_number_and_none_is_twice() -> None:
    many = [{"type": "loyalty", "id": number // 2} for number in range(100)]

    assert [one.value for one in identifiers(an_event(user_id=None, **ids(*many)))] == [*"01234"]


OWNERS = {EMAIL: "u1", CARD: "u2", VISITOR: "u3"}
IDENTIFY: dict[str, Any] = {"type": EventType.IDENTIFY, "user_id": None, "traits": {"email": EMAIL[1]}}


@pytest.mark.parametrize(
    ("event", "owners", "expected"),
    [
        (an_event(user_id="u9", anonymous_id="a1"), OWNERS, "u9"),
        (an_event(user_id=None, anonymous_id="a1"), OWNERS, "u3"),
        (an_event(user_id=None, anonymous_id="a1"), {}, "anon:a1"),
        (an_event(user_id=None, traits={"email": EMAIL[1]}), OWNERS, "u1"),
        (
            an_event(user_id=None, traits={"email": EMAIL[1]}, **ids({"type": "loyalty", "id": 4711})),
            {CARD: "u2"},
            "u2",
        ),
        (an_event(user_id=None, **ids({"type": "loyalty", "id": 4711})), {}, provisional_profile_id(CARD)),
        (an_event(**IDENTIFY, anonymous_id="a1"), {EMAIL: "u1"}, "u1"),
        (an_event(**IDENTIFY, anonymous_id="a1"), OWNERS, "u1"),
        (an_event(**IDENTIFY, anonymous_id="a1"), {EMAIL: "anon:a2"}, "anon:a1"),
        (an_event(**IDENTIFY, anonymous_id="a1"), {EMAIL: "anon:a2", VISITOR: "u3"}, "u3"),
        (an_event(**IDENTIFY, anonymous_id="a1", trust=Trust.PUBLIC), OWNERS, "u3"),
        (an_event(user_id=None, anonymous_id="a1", traits={"email": EMAIL[1]}), {EMAIL: "u1"}, "anon:a1"),
    ],
    ids=[
        "a user id needs nobody",
        "an owner",
        "none",
        "of an address",
        "the first that has an owner",
        "of a card",
        "a secret key says who the visitor is",
        "and knows better than the visitor's alias",
        "but only who was identified",
        "a visitor of somebody",
        "a public key does not",
        "nor does an event that identifies nobody",
    ],
)
def test_an_event_is_whoevers_its_identifiers_are(event: Any, owners: dict[Any, str], expected: str) -> None:
    assert person_of(event, {one: Held(owner, is_vouched=True) for one, owner in owners.items()}) == expected


def test_a_visitor_is_not_taken_for_who_signed_up_with_their_address() -> None:
    """In a browser, with nobody's proof: a till's receipts for the address still find that person."""
    weak: dict[tuple[str, str], Held] = {EMAIL: Held("u1")}

    assert person_of(an_event(**IDENTIFY, anonymous_id="a1"), weak) == "anon:a1"
    assert person_of(an_event(user_id=None, traits={"email": EMAIL[1]}), weak) == "u1"


@pytest.mark.parametrize("identifier", [EMAIL, PHONE, CARD, VISITOR])
def test_a_provisional_profile_is_known_by_its_id(identifier: Identifier) -> None:
    assert is_provisional(provisional_profile_id(identifier))
    assert not is_provisional("u1")


def test_a_provisional_profile_of_an_address_holds_no_address() -> None:
    assert provisional_profile_id(Identifier("anonymous", "a1")) == "anon:a1"
    assert provisional_profile_id(EMAIL) == "email:8e43ca37701228e74983efdbd0cff5c1"
    assert len(provisional_profile_id(PHONE)) == len("phone:") + 32
    assert len(provisional_profile_id(CARD)) == len("ext:loyalty:") + 32
