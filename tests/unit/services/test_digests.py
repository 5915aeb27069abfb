"""What stands for an address where the address may not be kept."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shared.services.digests import keyed_digest

KEY = b"digest-secret"


def test_a_digest_is_the_same_for_ever() -> None:
    assert keyed_digest(KEY, "suppressed email", "ana@example.com") == "80003318e959372d7029b57de0f60770"


def test_another_key_kind_or_value_gives_another_digest() -> None:
    digests = {
        keyed_digest(key, kind, value)
        for key in (KEY, b"another")
        for kind in ("suppressed email", "suppressed sms", "ip")
        for value in ("ana@example.com", "ben@example.com", "")
    }

    assert len(digests) == 2 * 3 * 3


@given(value=st.text())
def test_any_text_has_a_digest_that_does_not_hold_it(value: str) -> None:
    digest = keyed_digest(KEY, "value", value)

    assert re.fullmatch("[0-9a-f]{32}", digest)


def test_text_that_no_encoding_takes_has_a_digest_too() -> None:
    assert keyed_digest(KEY, "value", "\ud800") != keyed_digest(KEY, "value", "\ud801")
