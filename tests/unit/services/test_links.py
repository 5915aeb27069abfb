"""Signed links: only ours open, for what they were made, in their time, and they tell no stranger anything."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent.words import Channel
from shared.domain.timing import SECOND
from shared.errors import ExpiredLinkError, InvalidLinkError
from shared.services.links import (
    LIFETIME,
    PREFERENCES,
    UNSUBSCRIBE,
    preferences_url,
    read_preferences_token,
    read_unsubscribe_token,
    unsubscribe_url,
)
from shared.services.seals import MAX_TOKEN_LENGTH, seal, unseal
from tests.builders import NOON

SECRET = b"a secret of some length"
OTHER = b"another secret entirely"
BASE = "https://api.example.com"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def a_token(
    *, profile_id: str = "ana@example.com", topic: str | None = "cart_reminders", secret: bytes = SECRET
) -> str:
    url = unsubscribe_url(
        BASE, secret, profile_id=profile_id, channel=Channel.EMAIL, topic=topic, message_id="m1", now=NOON
    )
    return url.removeprefix(f"{BASE}/v1/unsubscribe/")


@given(profile_id=texts, topic=st.none() | texts)
def test_a_link_says_what_it_was_made_of(profile_id: str, topic: str | None) -> None:
    link = read_unsubscribe_token(a_token(profile_id=profile_id, topic=topic), [SECRET], NOON)

    assert (link.profile_id, link.channel, link.topic, link.message_id) == (profile_id, Channel.EMAIL, topic, "m1")
    assert link.expires_at == NOON + LIFETIME


def test_making_a_link_twice_gives_the_same_bytes() -> None:
    assert a_token() == a_token()


def test_a_link_fits_a_line_of_a_mail_header() -> None:
    assert len(f"List-Unsubscribe: <{BASE}/v1/unsubscribe/{a_token()}>") < 250


@given(position=st.integers(0), replacement=st.characters(codec="utf-8"))
def test_changing_any_character_is_refused(position: int, replacement: str) -> None:
    token = a_token()
    at = position % len(token)
    changed = token[:at] + replacement + token[at + 1 :]
    if changed == token:
        return

    with pytest.raises(InvalidLinkError):
        read_unsubscribe_token(changed, [SECRET], NOON)


def test_flipping_any_bit_is_refused() -> None:
    token = a_token()
    for at in range(len(token)):
        for bit in range(7):
            changed = token[:at] + chr(ord(token[at]) ^ (1 << bit)) + token[at + 1 :]
            with pytest.raises(InvalidLinkError):
                read_unsubscribe_token(changed, [SECRET], NOON)


@given(st.text(max_size=300) | st.just("A" * (MAX_TOKEN_LENGTH + 1)))
def test_what_we_did_not_make_is_refused(token: str) -> None:
    with pytest.raises(InvalidLinkError):
        read_unsubscribe_token(token, [SECRET], NOON)


def test_cutting_or_padding_a_token_is_refused() -> None:
    token = a_token()
    for changed in (token[:-1], token + "A", token + "=", " " + token, token + "\n"):
        with pytest.raises(InvalidLinkError):
            read_unsubscribe_token(changed, [SECRET], NOON)


def test_a_token_made_for_another_purpose_is_refused() -> None:
    token = seal("preferences", [9_999_999_999, "u1", "email", "news", "m1"], SECRET)

    assert unseal("preferences", token, [SECRET])[1] == "u1"
    with pytest.raises(InvalidLinkError):
        unseal(UNSUBSCRIBE, token, [SECRET])


@given(profile_id=texts)
def test_a_link_to_the_preferences_says_what_it_was_made_of_and_opens_nothing_else(profile_id: str) -> None:
    url = preferences_url(BASE, SECRET, profile_id=profile_id, channel=Channel.SMS, message_id="m1", now=NOON)
    token = url.removeprefix(f"{BASE}/v1/preferences/")
    link = read_preferences_token(token, [OTHER, SECRET], NOON)

    assert (link.profile_id, link.channel, link.message_id) == (profile_id, Channel.SMS, "m1")
    assert link.expires_at == NOON + LIFETIME
    with pytest.raises(ExpiredLinkError):
        read_preferences_token(token, [SECRET], NOON + LIFETIME)
    with pytest.raises(InvalidLinkError):
        read_unsubscribe_token(token, [SECRET], NOON)
    with pytest.raises(InvalidLinkError):
        read_preferences_token(a_token(profile_id=profile_id), [SECRET], NOON)


def test_the_previous_secret_is_accepted_and_a_stranger_is_not() -> None:
    token = a_token(secret=OTHER)

    assert read_unsubscribe_token(token, [SECRET, OTHER], NOON).profile_id == "ana@example.com"
    for secrets in ([SECRET], []):
        with pytest.raises(InvalidLinkError):
            read_unsubscribe_token(token, secrets, NOON)


def test_a_link_lives_for_its_time_and_no_longer() -> None:
    token = a_token()

    read_unsubscribe_token(token, [SECRET], NOON + LIFETIME - 1)
    with pytest.raises(ExpiredLinkError):
        read_unsubscribe_token(token, [SECRET], NOON + LIFETIME)


def test_a_token_shows_nothing_of_the_person() -> None:
    first, second = a_token(profile_id="ana@example.com"), a_token(profile_id="ana@example.org")
    shared = sum(a == b for a, b in zip(first, second, strict=True))

    assert shared < len(first) / 4


def test_a_link_says_where_it_was_sent_and_one_from_before_says_nothing_of_it() -> None:
    told: Any = {"profile_id": "u1", "channel": Channel.EMAIL, "message_id": "m1", "now": NOON}
    for address in ("", "ana@example.com"):
        out = unsubscribe_url(BASE, SECRET, topic=None, address=address, **told).rpartition("/")[2]
        assert read_unsubscribe_token(out, [SECRET], NOON).address == address
        centre = preferences_url(BASE, SECRET, address=address, **told).rpartition("/")[2]
        assert read_preferences_token(centre, [SECRET], NOON).address == address
        assert "example" not in out + centre


def test_a_link_from_before_it_said_where_it_was_sent_still_works() -> None:
    """As they stand in people's mailboxes for half a year."""
    until = (NOON + LIFETIME) // SECOND
    out = seal(UNSUBSCRIBE, [until, "u1", "email", "news", "m1"], SECRET)
    centre = seal(PREFERENCES, [until, "u1", "email", "m1"], SECRET)

    assert read_unsubscribe_token(out, [SECRET], NOON).address == ""
    assert read_preferences_token(centre, [SECRET], NOON).address == ""
