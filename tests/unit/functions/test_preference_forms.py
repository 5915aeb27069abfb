"""What people's browsers and mail programs post, and what others might."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.manage_preferences.forms import choice_in, field, read_form
from shared.services.manage_preferences import Choice

URLENCODED = "application/x-www-form-urlencoded"


def multipart(name: str, value: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'.encode()


@pytest.mark.parametrize(
    ("body", "content_type", "choice"),
    [
        (b"List-Unsubscribe=One-Click", URLENCODED, Choice.ONE_CLICK),
        (b"List-Unsubscribe=One-Click", f"{URLENCODED}; charset=utf-8", Choice.ONE_CLICK),
        (b"List-Unsubscribe=One-Click", "", Choice.ONE_CLICK),
        (b"list-unsubscribe=one-click\r\n", URLENCODED, Choice.ONE_CLICK),
        (b"a=1&List-Unsubscribe=One-Click&choice=undo", URLENCODED, Choice.ONE_CLICK),
        (multipart("List-Unsubscribe", "One-Click"), "multipart/form-data; boundary=b", Choice.ONE_CLICK),
        (multipart("List-Unsubscribe", "One-Click"), 'Multipart/Form-Data; boundary="b"', Choice.ONE_CLICK),
        (multipart("choice", "topic"), "multipart/form-data; boundary=b", Choice.TOPIC),
        (b"choice=topic", URLENCODED, Choice.TOPIC),
        (b"choice=channel", URLENCODED, Choice.CHANNEL),
        (b"choice=undo", URLENCODED, Choice.UNDO),
        (b"choice=one_click", URLENCODED, None),
        (b"choice=TOPIC", URLENCODED, None),
        (b"List-Unsubscribe=Yes", URLENCODED, None),
        (b"", URLENCODED, None),
        (b"&" * 1_000, URLENCODED, None),
        (b"a=1&" * 1_000, URLENCODED, None),
        (multipart("List-Unsubscribe", "One-Click"), "multipart/form-data", None),
        (multipart("List-Unsubscribe", "One-Click"), "multipart/form-data; boundary=c", None),
        (b"", "multipart/form-data; boundary=b", None),
    ],
)
def test_a_form_is_read(body: bytes, content_type: str, choice: Choice | None) -> None:
    assert choice_in(read_form(body, content_type)) is choice


def test_a_field_that_comes_several_times_is_read_whole() -> None:
    form = read_form(b"on=1&on=7&action=save&action=stop", URLENCODED)

    assert form["on"] == ["1", "7"]
    assert field(form, "action") == "stop"
    assert field(form, "absent") == ""


@given(st.binary(max_size=500), st.sampled_from([URLENCODED, "multipart/form-data; boundary=b", "multipart/x\r\nA: b"]))
def test_any_bytes_are_read_without_harm(body: bytes, content_type: str) -> None:
    assert choice_in(read_form(body, content_type)) in {None, *Choice}
