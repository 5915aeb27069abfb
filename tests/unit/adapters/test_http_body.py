"""Bodies and keys of requests, read with bounds."""

import base64
import gzip
import tracemalloc
import zlib
from typing import Any

import pytest

from shared.adapters.sources.http_body import basic_user, read_body, read_text
from shared.errors import InvalidInputError


def a_request(body: bytes | str | None, encoding: str | None = None, **headers: str) -> dict[str, Any]:
    if encoding is not None:
        headers["content-encoding"] = encoding
    if isinstance(body, bytes):
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True, "headers": headers}
    return {"body": body, "isBase64Encoded": False, "headers": headers}


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (a_request("{}"), b"{}"),
        (a_request("é"), "é".encode()),
        (a_request(b"{}"), b"{}"),
        (a_request(None), b""),
        ({}, b""),
        (a_request("{}", "identity"), b"{}"),
        (a_request(gzip.compress(b"{}"), "gzip"), b"{}"),
        (a_request(gzip.compress(b"{}"), " GZIP "), b"{}"),
        (a_request(gzip.compress(b"[1") + gzip.compress(b",2]"), "gzip"), b"[1,2]"),
        ({**a_request(gzip.compress(b"{}")), "headers": {"Content-Encoding": "gzip"}}, b"{}"),
        (a_request(b"", "gzip"), b""),
    ],
)
def test_a_body_is_read_as_the_client_meant_it(request_: dict[str, Any], body: bytes) -> None:
    assert read_body(request_, limit=100) == body


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (a_request("x" * 101), "too-large", "must have at most 100 bytes"),
        (a_request("é" * 51), "too-large", "must have at most 100 bytes"),
        (a_request(gzip.compress(b"x" * 101), "gzip"), "too-large", "must have at most 100 bytes"),
        (a_request(gzip.compress(b"x" * 60) * 2, "gzip"), "too-large", "must have at most 100 bytes"),
        (a_request(b"{}", "gzip"), "malformed-body", "is not gzip, as its Content-Encoding says"),
        (a_request(zlib.compress(b"{}"), "gzip"), "malformed-body", "is not gzip, as its Content-Encoding says"),
        (a_request(gzip.compress(b"{}")[:-3], "gzip"), "malformed-body", "is gzip cut short"),
        (a_request(gzip.compress(b"{}") + b"x", "gzip"), "malformed-body", "is gzip cut short"),
        (a_request(b"{}", "br"), "malformed-body", "has a Content-Encoding other than gzip"),
        (
            {"body": "{}", "isBase64Encoded": True},
            "malformed-body",
            "is not the base64 that it is said to be",
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_said(request_: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_body(request_, limit=100)

    assert (refused.value.code, refused.value.faults[0].message) == (code, message)


def test_a_bomb_is_refused_without_being_inflated() -> None:
    bomb = a_request(gzip.compress(bytes(50_000_000)), "gzip")
    tracemalloc.start()

    with pytest.raises(InvalidInputError, match="at most 512000 bytes"):
        read_body(bomb, limit=512_000)

    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_byte_order_mark_is_let_pass_and_other_bytes_are_not() -> None:
    assert read_text(b"\xef\xbb\xbf{}") == "{}"
    with pytest.raises(InvalidInputError, match="is not UTF-8: byte 1 fits in nowhere"):
        read_text(b"{\xff}")


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("headers", "user"),
    [
        ({"authorization": basic("key:")}, "key"),
        ({"Authorization": basic("key:").replace("Basic", "basic")}, "key"),
        ({"authorization": basic("key:password")}, "key"),
        ({"authorization": basic("key")}, "key"),
        ({"authorization": basic(":")}, ""),
        ({"authorization": "Basic"}, ""),
        ({"authorization": "Basic !"}, ""),
        ({"authorization": "Basic /w=="}, ""),
        ({"authorization": "Bearer token"}, None),
        ({"authorization": ""}, None),
        ({}, None),
    ],
)
def test_the_key_is_the_user_name(headers: dict[str, str], user: str | None) -> None:
    assert basic_user({"headers": headers}) == user
