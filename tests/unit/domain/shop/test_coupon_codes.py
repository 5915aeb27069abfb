"""Codes of coupons: the same for the same message, told apart from their misspellings."""

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.shop.coupon_codes import ALPHABET, canonical, generated_code, is_mistyped

DIGESTS = st.binary(min_size=16, max_size=16).map(bytes.hex)


def test_a_code_is_in_groups_behind_its_prefix() -> None:
    digest = hashlib.sha256(b"m1").hexdigest()[:32]

    assert generated_code("HELLO", digest) == "HELLO-" + generated_code("", digest)
    assert [len(group) for group in generated_code("", digest).split("-")] == [4, 4, 4]
    assert not set("01ILOUV") & set(ALPHABET)


@given(first=DIGESTS, second=DIGESTS)
@settings(max_examples=50, deadline=None)
def test_codes_differ_where_their_messages_do(first: str, second: str) -> None:
    assert (generated_code("", first) == generated_code("", second)) is (first == second)


@given(digest=DIGESTS)
@settings(max_examples=20, deadline=None)
def test_every_wrong_symbol_and_every_two_that_changed_places_are_noticed(digest: str) -> None:
    code = canonical(generated_code("", digest))
    assert not is_mistyped("HI" + code, "HI")
    for place, symbol in enumerate(code):
        for other in set(ALPHABET + "01") - {symbol}:
            assert is_mistyped("HI" + code[:place] + other + code[place + 1 :], "HI")
        for later in range(place + 1, len(code)):
            changed = [*code]
            changed[place], changed[later] = changed[later], changed[place]
            assert is_mistyped("HI" + "".join(changed), "HI") is (symbol != code[later])


def test_what_looks_like_no_code_of_ours_is_not_called_mistyped() -> None:
    assert not is_mistyped("SPRING-2026", "HELLO")
    assert not is_mistyped("HELLO-1", "HELLO")


def test_hyphens_spaces_and_small_letters_make_no_difference() -> None:
    assert canonical(" hello-7kq3 9xt2\u00a02w4p\u2011") == "HELLO7KQ39XT22W4P"
