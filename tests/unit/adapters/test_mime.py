"""Mail with attachments: right by a lint of our own, read alike by another parser than Python's, sent unchanged."""

import re
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from fast_mail_parser import parse_email
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.channels.mime import raw_mail
from shared.domain.channels.content import Attachment, EmailContent
from tests.mail_lint import faults_of, header

LINK = "https://shop.example/v1/unsubscribe/" + "t0ken-" * 80
GUIDE = Attachment("Größe & Pflege.pdf", "application/pdf", b"%PDF-1.7\r\n" + bytes(range(256)) * 9)
SLOT = Attachment("pickup.ics", "text/calendar; charset=utf-8; method=PUBLISH", "SUMMARY:Grüße\r\n".encode())
CONTENT = EmailContent(
    "Ihre Größe, 日本 " + "ö" * 90,
    "<p>Hallo é</p>\n.\nFrom here\n" + "<b>x</b>" * 400,
    "Hallo\n.\nFrom ä \n--=_not a boundary\n" + "lang" * 500 + "\n",
    attachments=(GUIDE, SLOT),
)
HEADERS = {
    "X-Entity-Ref-ID": "7" * 300,
    "Keywords": "Öl, Essig " * 20,
    "List-Unsubscribe": f"<{LINK}>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


def a_raw_mail(content: EmailContent = CONTENT, **changes: Any) -> bytes:
    defaults: dict[str, Any] = {
        "name": 'Köhler, "Sohn" & Co',
        "address": "hello@shop.example",
        "to": "ana@xn--bcher-kva.example",
        "reply_to": "care@shop.example",
        "headers": HEADERS,
        "seed": "message-1",
    }
    return raw_mail(content, **(defaults | changes))


def test_a_mail_with_everything_is_right_to_the_letter() -> None:
    assert faults_of(a_raw_mail()) == []


SHOWING = replace(
    CONTENT,
    html='<p>Hallo é</p><img src="cid:qr-1@carillon" alt="Code">' + "<b>x</b>" * 400 + '<img src="cid:qr-2@carillon">',
    attachments=(Attachment("qr.png", "image/png", bytes(range(256)), "qr-1@carillon"),),
)
SECOND = Attachment("qr.png", "image/png", b"\x89PNG", "qr-2@carillon")


@pytest.mark.parametrize("files", [(), (GUIDE,), (GUIDE, SLOT)], ids=["no file", "a file", "files"])
def test_pictures_stand_beside_the_html_that_shows_them(files: tuple[Attachment, ...]) -> None:
    mail = a_raw_mail(replace(SHOWING, attachments=(*files, *SHOWING.attachments, SECOND)))

    assert faults_of(mail) == []
    assert mail == a_raw_mail(replace(SHOWING, attachments=(*files, *SHOWING.attachments, SECOND)))
    read = parse_email(mail)
    assert [text.replace("\r\n", "\n") for text in read.text_plain] == [SHOWING.text]
    assert [text.replace("\r\n", "\n").rstrip("\n") for text in read.text_html] == [SHOWING.html]
    assert sorted((one.filename, one.content) for one in read.attachments) == sorted(
        (one.name, one.content) for one in (*files, *SHOWING.attachments, SECOND)
    )


def test_who_reads_words_is_sent_no_picture_among_the_alternatives() -> None:
    kinds = re.findall(rb"^Content-Type: ([a-z]+/[a-z]+)", a_raw_mail(replace(SHOWING, headers={})), re.MULTILINE)

    assert kinds == [b"multipart/alternative", b"text/plain", b"multipart/related", b"text/html", b"image/png"]


def test_a_picture_that_nothing_shows_or_that_is_missing_is_found() -> None:
    [said] = faults_of(a_raw_mail(SHOWING))
    assert said.startswith("mail.1: shows [b'<qr-1@carillon>', b'<qr-2@carillon>']")


def test_what_machines_read_stays_on_its_line() -> None:
    mail = a_raw_mail()
    assert f"\r\nList-Unsubscribe: <{LINK}>\r\n".encode() in mail
    assert header(mail, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert header(mail, "X-Entity-Ref-ID") == "7" * 300


def test_another_parser_reads_what_was_meant() -> None:
    read = parse_email(a_raw_mail())
    assert read.from_ is not None
    assert (read.from_.display_name, read.from_.address) == ('Köhler, "Sohn" & Co', "hello@shop.example")
    assert [to.address for to in read.to] == ["ana@xn--bcher-kva.example"]
    assert read.subject == CONTENT.subject
    assert read.headers["Keywords"][0].strip() == HEADERS["Keywords"].strip()
    assert [text.replace("\r\n", "\n") for text in read.text_plain] == [CONTENT.text]
    assert [text.replace("\r\n", "\n").rstrip("\n") for text in read.text_html] == [CONTENT.html]
    assert [(one.filename, one.mimetype, one.content) for one in read.attachments] == [
        (one.name, one.media_type.partition(";")[0], one.content) for one in CONTENT.attachments
    ]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200)
LINES = st.lists(WORDS, max_size=5).map("\n".join)


@settings(max_examples=40)
@given(subject=WORDS.map(lambda text: " ".join(text.split())), text=LINES, html=LINES, data=st.binary(max_size=300))
def test_whatever_it_says_the_mail_is_right_and_read_alike(subject: str, text: str, html: str, data: bytes) -> None:
    content = EmailContent(subject, html, text, attachments=(Attachment("a.bin", "application/octet-stream", data),))
    mail = a_raw_mail(content)
    assert faults_of(mail) == []
    read = parse_email(mail)
    assert [one.content for one in read.attachments] == [data]
    assert read.text_plain[0].replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")
    assert read.text_html[0].replace("\r\n", "\n").rstrip("\n") == html.rstrip("\n")


def test_the_same_mail_is_the_same_bytes_and_another_has_other_boundaries() -> None:
    assert a_raw_mail() == a_raw_mail()
    assert a_raw_mail() != a_raw_mail(seed="message-2")


@pytest.mark.parametrize("field", ["name", "reply_to", "subject", "header"])
def test_nothing_that_is_said_begins_a_header_of_its_own(field: str) -> None:
    evil = "care@shop.example\r\nBcc: all@example.com"
    changes: dict[str, dict[str, Any]] = {
        "name": {"name": evil},
        "reply_to": {"reply_to": evil},
        "subject": {"content": replace(CONTENT, subject=evil)},
        "header": {"headers": {"X-Note": evil}},
    }
    with pytest.raises(ValueError, match=r"CR or LF|linefeed|newline"):
        a_raw_mail(**changes[field])


class Inbox:
    """What arrives by SMTP, as it was before the dots were stuffed."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
        self.received.append(envelope.original_content)
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[tuple[Inbox, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    yield inbox, port
    server.stop()


def test_a_mail_server_gets_it_to_the_byte(smtp: tuple[Inbox, int]) -> None:
    inbox, port = smtp
    mail = a_raw_mail()
    with smtplib.SMTP("127.0.0.1", port) as client:
        assert client.sendmail("hello@shop.example", ["ana@xn--bcher-kva.example"], mail) == {}
    assert inbox.received == [mail]


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (lambda mail: mail.replace(b"\r\n\r\n", b"\r\nX-Long: " + b"y" * 1_000 + b"\r\n\r\n", 1), "a line of 1008"),
        (lambda mail: mail.replace(b"\r\n", b"\n"), "a bare CR or LF"),
        (lambda mail: mail.replace(b"Hallo", "Grüße".encode(), 1), "octets that are not ASCII"),
        (lambda mail: mail.replace(b"MIME-Version: 1.0\r\n", b""), "mime-version is missing"),
        (lambda mail: b"Subject: again\r\n" + mail, "subject twice"),
        (lambda mail: mail.replace(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""), "pair"),
        (lambda mail: mail.replace(b'--\r\n', b"\r\n"), "not closed"),
        (lambda mail: mail.replace(b"=C3=A9", b"=C3=zz"), "quotes nothing"),
        (lambda mail: mail.replace(b"JVBER", b"!!JVBER"), "no base64"),
    ],
)  # fmt: skip
def test_the_lint_finds_what_is_broken(broken: Any, fault: str) -> None:
    assert any(fault in found for found in faults_of(broken(a_raw_mail())))
