"""Whose event it is."""

from typing import Any

import pytest

from shared.domain.events import EventType
from shared.domain.identity import Identifier, claimed_identifiers, identifiers, provisional_profile_id
from tests.builders import an_event

EMAIL = Identifier("email", "ana@example.com")
PHONE = Identifier("phone", "+33612345678")


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
    ],
)
def test_an_event_without_a_user_id_is_looked_up(brought: dict[str, Any], expected: tuple[Identifier, ...]) -> None:
    assert identifiers(an_event(user_id=None, **brought)) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (an_event(anonymous_id="a1", traits={"email": "ana@example.com"}), ()),
        (an_event(type=EventType.IDENTIFY, user_id=None, traits={"email": "ana@example.com"}), ()),
        (
            an_event(
                type=EventType.IDENTIFY, anonymous_id="a1", traits={"email": "Ana@example.com", "phone": PHONE[1]}
            ),
            (Identifier("anonymous", "a1"), EMAIL, PHONE),
        ),
        (an_event(type=EventType.ALIAS, properties={"previousId": "a1"}), (Identifier("anonymous", "a1"),)),
    ],
    ids=["track", "nobody", "identify", "alias"],
)
def test_identify_and_alias_claim_for_the_user_id(event: Any, expected: tuple[Identifier, ...]) -> None:
    assert claimed_identifiers(event) == expected


def test_a_provisional_profile_of_an_address_holds_no_address() -> None:
    assert provisional_profile_id(Identifier("anonymous", "a1")) == "anon:a1"
    assert provisional_profile_id(EMAIL) == "email:8e43ca37701228e74983efdbd0cff5c1"
    assert len(provisional_profile_id(PHONE)) == len("phone:") + 32
