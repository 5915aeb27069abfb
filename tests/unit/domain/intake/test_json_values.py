"""JSON that nothing can read is refused in words; what parses but cannot be stored is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.intake.json_values import is_sound, parse_json, printable, value_faults
from shared.errors import InvalidInputError

numbers = st.integers() | st.floats() | st.integers(min_value=10**30, max_value=10**45)
texts = st.text(st.characters(codec=None))
values = st.recursive(
    numbers | texts | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=20,
)


@given(values)
def test_the_quick_verdict_and_the_named_faults_agree(value: object) -> None:
    assert is_sound(value) == (not value_faults(value))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON: Expecting value at line 1, column 1"),
        ("{'a': 1}", "is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        ("[" * 100_000, "is nested deeper than 20 levels"),
        ('{"a":' * 100_000, "is nested deeper than 20 levels"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_json(text)

    assert [fault.message for fault in refused.value.faults] == [message]


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e400", "1" * 39, "1" * 5_000, "-" + "9" * 100_000])
def test_numbers_that_nothing_can_hold_are_read_and_found(text: str) -> None:
    (found,) = parse_json(f"[{text}]")

    assert not is_sound(found)
    assert value_faults([found])[0].path == "0"


def test_a_quoted_name_is_short_and_plain() -> None:
    assert printable("a\x00\ud800b") == "a��b"
    assert printable("x" * 65) == "x" * 64 + "…"
