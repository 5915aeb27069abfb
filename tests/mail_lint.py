"""What is wrong with a mail as octets, by RFC 5322, 2045 to 2047 and 8058; without Python's own mail package."""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from typing import Final

MAX_LINE: Final = 998
MAX_ENCODED_WORD: Final = 75
ONCE: Final = {"from", "to", "subject", "mime-version", "content-type"}
AT_MOST_ONCE: Final = {"reply-to", "list-unsubscribe", "list-unsubscribe-post", "date", "message-id", "sender"}

_NAME: Final = re.compile(rb"[!-9;-~]+")
_ENCODED_WORD: Final = re.compile(rb"=\?[^? ]+\?[^? ]+\?[^? ]*\?=")
_BOUNDARY: Final = re.compile(rb'boundary="([^"]{1,70})"', re.IGNORECASE)
_TYPE: Final = re.compile(rb"; *type=\"?([a-z/]+)\"?", re.IGNORECASE)
_CONTENT_ID: Final = re.compile(rb"<[!-;=?-~]+@[!-;=?-~]+>")
_ASKED: Final = re.compile(rb"\bcid:([^\s\"'<>]+)")
_TOKEN: Final = re.compile(rb"[a-z0-9!#$%&'*+.^_`|~-]+/[a-z0-9!#$%&'*+.^_`|~-]+", re.IGNORECASE)


def faults_of(mail: bytes) -> list[str]:
    """Everything that is wrong; nothing for a mail as it should be."""
    found = list(_line_faults(mail))
    headers, body = _split(mail)
    names = [name for name, _ in headers]
    found += [f"{name} is missing" for name in sorted(ONCE - set(names))]
    found += [f"{name} twice" for name in sorted((ONCE | AT_MOST_ONCE) & set(names)) if names.count(name) > 1]
    if ("list-unsubscribe-post" in names) is not ("list-unsubscribe" in names):
        found.append("one of the List-Unsubscribe pair without the other")
    return found + list(_part_faults(headers, body, "mail"))


def header(mail: bytes, name: str) -> str | None:
    return dict(_split(mail)[0]).get(name.lower(), b"").decode("ascii") or None


def _line_faults(mail: bytes) -> Iterator[str]:
    if not mail.isascii():
        yield "octets that are not ASCII"
    if b"\0" in mail:
        yield "NUL"
    if b"\r" in mail.replace(b"\r\n", b"") or b"\n" in mail.replace(b"\r\n", b""):
        yield "a bare CR or LF"
    if not mail.endswith(b"\r\n"):
        yield "the last line has no end"
    longest = max(map(len, mail.split(b"\r\n")))
    if longest > MAX_LINE:
        yield f"a line of {longest}"
    yield from (f"an encoded word of {len(w)}" for w in _ENCODED_WORD.findall(mail) if len(w) > MAX_ENCODED_WORD)


def _split(part: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    head, _, body = part.partition(b"\r\n\r\n") if not part.startswith(b"\r\n") else (b"", b"", part[2:])
    headers: list[tuple[str, bytes]] = []
    for line in head.split(b"\r\n") if head else ():
        if line[:1] in {b" ", b"\t"} and headers:
            headers[-1] = (headers[-1][0], headers[-1][1] + line)
        else:
            name, _, value = line.partition(b":")
            headers.append((name.decode("latin-1").lower(), value.strip()))
    return headers, body


def _part_faults(headers: list[tuple[str, bytes]], body: bytes, place: str) -> Iterator[str]:
    yield from (f"{place}: no header's name: {name!r}" for name, _ in headers if not _NAME.fullmatch(name.encode()))
    fields = dict(headers)
    kind = fields.get("content-type", b"text/plain")
    if not _TOKEN.match(kind):
        yield f"{place}: no media type: {kind!r}"
    encoding = fields.get("content-transfer-encoding", b"7bit").lower()
    if kind.startswith(b"multipart/"):
        if encoding != b"7bit":
            yield f"{place}: a multipart in {encoding!r}"
        yield from _multipart_faults(kind, body, place)
    elif encoding == b"quoted-printable":
        yield from _quoted_faults(body, place)
    elif encoding == b"base64":
        yield from _base64_faults(body, place)
    elif encoding != b"7bit":
        yield f"{place}: unknown encoding {encoding!r}"


def _multipart_faults(kind: bytes, body: bytes, place: str) -> Iterator[str]:
    named = _BOUNDARY.search(kind)
    if named is None:
        yield f"{place}: no boundary"
        return
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + named[1])
    if not parts or not parts[-1].startswith(b"--"):
        yield f"{place}: not closed"
        return
    if first.strip() or parts[-1][2:].strip():
        yield f"{place}: words outside of parts"
    if len(parts) < 3:
        yield f"{place}: fewer than two parts"
    inner = [_split(part.removeprefix(b"\r\n") + b"\r\n") for part in parts[:-1]]
    if kind.startswith(b"multipart/related"):
        yield from _related_faults(kind, [(dict(headers), body) for headers, body in inner], place)
    for number, part in enumerate(inner):
        yield from _part_faults(*part, f"{place}.{number}")


def _related_faults(kind: bytes, parts: list[tuple[dict[str, bytes], bytes]], place: str) -> Iterator[str]:
    """By RFC 2387 and 2392: which part is the root, and that it shows every other, by its id."""
    if not parts:
        return
    (root, html), *shown = parts
    said = _TYPE.search(kind)
    if said is None or not root.get("content-type", b"").startswith(said[1]):
        yield f"{place}: does not tell the type of its root"
    ids = [one.get("content-id", b"") for one, _ in shown]
    yield from (f"{place}: no content id: {one!r}" for one in ids if not _CONTENT_ID.fullmatch(one))
    if len(set(ids)) < len(ids):
        yield f"{place}: a content id twice"
    asked = {b"<" + one + b">" for one in _ASKED.findall(quopri.decodestring(html))}
    if asked != set(ids):
        yield f"{place}: shows {sorted(asked)}, and {sorted(ids)} are there"
    yield from (
        f"{place}: shown, and not inline" for one, _ in shown if not one["content-disposition"].startswith(b"inline")
    )


def _quoted_faults(body: bytes, place: str) -> Iterator[str]:
    for line in body.split(b"\r\n"):
        if len(line) > 76:
            yield f"{place}: a quoted-printable line of {len(line)}"
        if line.endswith((b" ", b"\t")):
            yield f"{place}: white space at the end of a quoted-printable line"
        if re.search(rb"=(?![0-9A-F]{2}|$)", line):
            yield f"{place}: a = that quotes nothing"


def _base64_faults(body: bytes, place: str) -> Iterator[str]:
    if any(len(line) > 76 for line in body.split(b"\r\n")):
        yield f"{place}: a long line of base64"
    try:
        base64.b64decode(body.replace(b"\r\n", b""), validate=True)
    except binascii.Error:
        yield f"{place}: no base64"
