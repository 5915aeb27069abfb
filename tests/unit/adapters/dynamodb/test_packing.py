"""Packing: any JSON value comes back; nothing else is mistaken for one."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.dynamodb.packing import EVENTS_2026, PROFILES_2026, pack, unpack
from shared.domain.events import NOTHING


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_a_value_comes_back_as_it_went_in(value: object) -> None:
    assert unpack(pack(value)) == value


def test_half_a_surrogate_pair_comes_back() -> None:
    assert unpack(pack("\ud83d")) == "\ud83d"


def test_a_mapping_of_any_kind_is_an_object() -> None:
    assert unpack(pack({"nothing": NOTHING})) == {"nothing": {}}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [-float("inf")]])
def test_a_number_that_json_does_not_know_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack(value)


def test_a_value_that_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        pack({1, 2})


@pytest.mark.parametrize("packed", [b"", b"text", zlib.compress(b"{}"), pack("text")[:-4], pack("a")[:-1] + b"\xff"])
def test_what_was_not_packed_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="not packed"):
        unpack(packed)


@pytest.mark.parametrize(
    ("dictionary", "checksum"), [(EVENTS_2026, 1747344574), (PROFILES_2026, 2439267884)], ids=["events", "profiles"]
)
def test_a_dictionary_is_never_edited_since_what_was_packed_with_it_could_not_be_read(
    dictionary: bytes, checksum: int
) -> None:
    assert zlib.adler32(dictionary) == checksum
    assert unpack(pack({"any": "value"}, dictionary)) == {"any": "value"}
