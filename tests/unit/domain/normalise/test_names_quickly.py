"""Names that are written as most are take a short way, which comes to the same."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.normalise.people import PARTICLES, SUFFIXES, TITLES, divide_name, split_name

ODD = sorted(word.title() for word in {*PARTICLES, *SUFFIXES, *TITLES, "mac", "nic", "unknown", "null", "none"})
WORD = st.one_of(st.sampled_from(ODD), st.from_regex(r"[A-Z][a-z]{0,9}", fullmatch=True))


@given(first=WORD, last=WORD)
def test_the_short_way_comes_to_what_the_long_one_does(first: str, last: str) -> None:
    assert split_name(f"{first} {last}") == divide_name(f"{first} {last}")
