"""What is about a person and what is not: their ids where ids stand, their addresses wherever they stand."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity.identifiers import Identifier
from shared.domain.rights.mentions import Mentions

ANA = Mentions(
    ["42", "anon:cookie-4711", "email:0f1e2d3c"],
    [
        Identifier("email", "ana@example.com"),
        Identifier("phone", "+353871234567"),
        Identifier("anonymous", "cookie-4711"),
        Identifier("shopify", "77"),
    ],
)
NOBODY = Mentions([], [])

THEIRS: dict[str, Any] = {
    "their id, where ids stand": {"userId": "42"},
    "a number for an id": {"userId": 42},
    "their id in a list of ids": {"profile_id": ["7", "42"]},
    "their id deep down": {"batch": [{"events": [{"previousId": "42"}]}]},
    "their id as another system writes it": {"customer_id": "77"},
    "the id of another system": {"context": {"externalIds": [{"type": "shopify", "id": 77}]}},
    "the key of what is theirs": {"dynamodb": {"Keys": {"pk": {"S": "PROFILE#42"}}}},
    "by what somebody asked for their rights": {"references": ["7", "shopify:77"]},
    "by what they asked for it as text": {"references": ["phone:+353871234567"]},
    "a long id, anywhere": {"note": "seen as cookie-4711 before"},
    "a long id in other letters": ["COOKIE-4711"],
    "their address": {"traits": {"email": "ana@example.com"}},
    "their address in other letters": {"Contact": " Ana@EXAMPLE.com "},
    "their address in a sentence": "Write to ana@example.com.",
    "their address with a name": "Ana <ana@example.com>",
    "their address in a link": {"url": "https://shop.example/?email=ana%40example.com&x=1"},
    "their address as a name": {"ana@example.com": True},
    "their number": {"phone": "+353871234567"},
    "their number without a plus": {"phone": 353871234567},
    "their number as at home": {"tel": "087 123 4567"},
    "their number with a prefix to dial": "00353 87 1234567",
    "their number both ways at once": "+353 (0)87 123 4567",
    "their number in a sentence": "call (087) 123-4567 after six",
    "their number with spaces that do not break": "+353\u00a087\u00a0123\u202f4567",
    "their number with typographic dashes": "087\u2011123\u20134567",
    "JSON within JSON": {"effects": {"S": json.dumps([{"profileId": "42"}])}},
    "JSON within JSON within JSON": {"payload": json.dumps({"body": json.dumps({"userId": 42})})},
}

NOT_THEIRS: dict[str, Any] = {
    "nothing": {},
    "another id": {"userId": "421"},
    "an id in other letters, where letters count": {"userId": "Anon:Cookie-471"},
    "their id where something else stands": {"quantity": 42, "cart_id": "42", "note": "42"},
    "the id of another kind": {"externalIds": [{"type": "loyalty", "id": "77"}]},
    "the key of somebody else's": {"pk": {"S": "PROFILE#421"}},
    "somebody else's address that ends alike": {"email": "diana@example.com"},
    "somebody else's address that begins alike": {"email": "ana@example.com.br"},
    "somebody else's address with a dot": {"email": "bo.ana@example.com"},
    "somebody else's address with a tag": {"email": "bo+ana@example.com"},
    "an address below theirs": {"email": "ana@example.community"},
    "a longer id": {"note": "cookie-47112"},
    "another number": {"phone": "+353871234568"},
    "a number of another country that ends alike": {"phone": "+49871234567"},
    "too little of a number": {"phone": "234567"},
    "a price": {"price": 34.5, "total": True, "at": None},
}


@pytest.mark.parametrize("value", THEIRS.values(), ids=THEIRS)
def test_what_is_theirs_is_found(value: Any) -> None:
    assert ANA.are_in(value)
    assert ANA.are_in_text(json.dumps(value))
    assert ANA.are_in_text(json.dumps(value, ensure_ascii=False))
    assert not NOBODY.are_in(value)


@pytest.mark.parametrize("value", NOT_THEIRS.values(), ids=NOT_THEIRS)
def test_what_is_somebody_elses_is_left_alone(value: Any) -> None:
    assert not ANA.are_in(value)
    assert not ANA.are_in_text(json.dumps(value))


@pytest.mark.parametrize(
    ("text", "is_theirs"),
    [
        ('{"userId": "42", "event": ', True),
        ("{'user_id': '42'", True),
        ("userId=42, event=Signed Up", True),
        ("{userId: 42}", True),
        ('{"userId": "421", ', False),
        ('{"quantity": 42, ', False),
        ("plain words with ana@example.com in them", True),
        ("plain words with 087-123 4567 in them", True),
        ("[" * 100_000 + "cookie-4711", True),
        ("[" * 100_000 + "cookie-4712", False),
        ("", False),
        ('"42"', False),
        ('"ana@example.com"', True),
    ],
)
def test_text_that_is_no_json_is_searched_too(text: str, *, is_theirs: bool) -> None:
    assert ANA.are_in_text(text) is is_theirs


@given(
    trace=st.sampled_from(["ana@example.com", "cookie-4711", "+353 87 123 4567"]),
    wraps=st.lists(st.sampled_from(["list", "value", "name", "text"]), max_size=6),
)
def test_a_trace_is_found_however_it_is_wrapped(trace: str, wraps: list[str]) -> None:
    value: Any = trace
    for wrap in wraps:
        match wrap:
            case "list":
                value = [1, value]
            case "value":
                value = {"a": "b", "properties": value}
            case "name":
                value = {value if isinstance(value, str) else json.dumps(value): None}
            case _:
                value = json.dumps(value)
    assert ANA.are_in(value)
    assert ANA.are_in_text(json.dumps(value))


@given(st.text(max_size=40))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert not NOBODY.are_in_text(text)
    ANA.are_in_text(text)
