"""What ``message.yaml`` says of the envelope: compiled as it is rendered, and each fault with its line."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.playbook.build import build_playbook, check_messages
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import Attachment, Document, EmailContent
from shared.domain.consent.words import Channel
from shared.errors import PermanentError

BRAND = "name: Shop\nlinks: {shop: https://shop.example/}\nsenders: {orders: Orders <orders@shop.example>}\n"
MAIL = "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>\n"
ENTRY = {"properties": {"order_id": "o7", "ready_at": "2026-11-05T09:00:00Z"}, "timestamp": "2026-11-02T12:00:00Z"}
WORDS = "title: Note\nsubject: Hello\npreheader: Well\n"
WHOLE = f"""{WORDS}from: orders
from_name: Ana of Shop
reply_to: care@shop.example
headers:
  X-Entity-Ref-ID: "{{{{ entry.properties.order_id }}}}"
  Keywords: "{{% if false %}}x{{% endif %}}"
attachments:
  - file: care.pdf
  - calendar: collect.ics
    starts: "{{{{ entry.properties.ready_at }}}}"
    summary: "Collect {{{{ entry.properties.order_id }}}}"
"""


def a_playbook(folder: Path, settings: str = WHOLE, **files: bytes) -> Path:
    note = folder / "messages" / "note"
    note.mkdir(parents=True)
    (folder / "brand.yaml").write_text(BRAND)
    (note / "message.yaml").write_text(settings)
    (note / "example.json").write_text(json.dumps({"entry": ENTRY}))
    (note / "email.mjml").write_text(MAIL)
    (note / "care.pdf").write_bytes(b"%PDF-1.7")
    for name, content in files.items():
        (note / name.replace("_dot_", ".")).write_bytes(content)
    return folder


def rendered(folder: Path, entry: dict[str, Any], settings: str = WHOLE) -> EmailContent:
    build_playbook(a_playbook(folder / "source", settings), folder / "target")
    content = JinjaRenderer(folder / "target").render("note", Channel.EMAIL, {"traits": {}, "entry": entry})
    assert isinstance(content, EmailContent)
    return content


def test_what_a_message_says_of_its_envelope_is_on_the_mail(tmp_path: Path) -> None:
    content = rendered(tmp_path, ENTRY)
    guide, slot = content.attachments
    assert (content.sender, content.from_name, content.reply_to) == ("orders", "Ana of Shop", "care@shop.example")
    assert content.headers == {"X-Entity-Ref-ID": "o7"}
    assert guide == Attachment("care.pdf", "application/pdf", b"%PDF-1.7")
    assert (slot.name, slot.media_type) == ("collect.ics", "text/calendar; charset=utf-8; method=PUBLISH")
    assert b"\r\nDTSTART:20261105T090000Z\r\n" in slot.content
    assert b"\r\nDTSTAMP:20261102T120000Z\r\n" in slot.content


@pytest.mark.parametrize(
    ("name", "order_id", "documents"),
    [
        ("", "o7", [Document("invoice-o7.pdf", "application/pdf", "2026/invoice-o7.pdf")]),
        (
            "name: Invoice {{ entry.properties.order_id }}.pdf",
            "o7",
            [Document("Invoice o7.pdf", "application/pdf", "2026/invoice-o7.pdf")],
        ),
        (
            "name: '{% if false %}x{% endif %}'",
            "o7",
            [Document("document.pdf", "application/pdf", "2026/invoice-o7.pdf")],
        ),
        ("", "../o/o7\r\nX", [Document("o7 X.pdf", "application/pdf", "2026/invoice-../o/o7 X.pdf")]),
        ("", '"<o>"', [Document("invoice---o--.pdf", "application/pdf", '2026/invoice-"<o>".pdf')]),
    ],
)
def test_a_document_is_named_and_is_still_to_be_fetched(
    tmp_path: Path, name: str, order_id: str, documents: list[Document]
) -> None:
    key = "2026/invoice-{{ entry.properties.order_id }}.pdf"
    settings = f"{WORDS}attachments:\n  - document: '{key}'\n    {name}\n  - file: care.pdf\n"
    content = rendered(tmp_path, {"properties": {"order_id": order_id}}, settings)

    assert list(content.documents) == documents
    assert [one.name for one in content.attachments] == ["care.pdf"]


def test_an_event_cannot_begin_a_header(tmp_path: Path) -> None:
    evil = {"order_id": "o7\r\nBcc: all@example.com\u2028\x00", "ready_at": "2026-11-05"}
    assert rendered(tmp_path, {"properties": evil}).headers == {"X-Entity-Ref-ID": "o7 Bcc: all@example.com"}


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"order_id": "o7", "ready_at": "when it is ready"}, "no_time"),
        ({"order_id": "x" * 900, "ready_at": "2026-11-05"}, "too_long"),
        ({"order_id": "o7"}, "missing_variable"),
    ],
)
def test_an_envelope_that_fails_is_refused_as_any_template(
    tmp_path: Path, properties: dict[str, str], code: str
) -> None:
    with pytest.raises(PermanentError) as refused:
        rendered(tmp_path, {"properties": properties})
    assert refused.value.code == code


def test_another_file_is_another_version(tmp_path: Path) -> None:
    versions = set()
    for number, content in enumerate((b"%PDF-1", b"%PDF-2", b"%PDF-1")):
        source = a_playbook(tmp_path / str(number))
        (source / "messages/note/care.pdf").write_bytes(content)
        build_playbook(source, tmp_path / "target")
        versions.add(json.loads((tmp_path / "target" / "playbook.json").read_text())["version"])
        assert (tmp_path / "target" / "files" / "note" / "care.pdf").read_bytes() == content
    assert len(versions) == 2


FAULTS = [
    ("from: order", 4, 'from: brand.yaml has no sender "order", did you mean "orders"?'),
    ("from_name: ''", 4, "from_name: the sender's name, on one line"),
    ("reply_to: Care <care@shop.example>", 4, "reply_to: an address like `care@example.com`"),
    ("reply_too: care@shop.example", 4, 'unknown key "reply_too", did you mean "reply_to"?'),
    ("headers: [a]", 4, "headers: a mapping of headers to texts"),
    ("headers: {Bcc: a@b.example}", 4, 'headers: the header "Bcc" cannot be set: X-… can'),
    (
        "headers: {X-SES-CONFIGURATION-SET: a}",
        4,
        'headers: the header "X-SES-CONFIGURATION-SET" cannot be set: X-… can',
    ),
    ("headers: {List-Unsubscribe: a}", 4, 'headers: the header "List-Unsubscribe" cannot be set: X-… can'),
    ("headers: {Keyword: a}", 4, 'headers: the header "Keyword" cannot be set: X-… can, did you mean "Keywords"?'),
    ('headers: {"X-A: b": c}', 4, 'headers: the header "X-A: b" cannot be set: X-… can'),
    ("headers: {X-A: a, x-a: b}", 4, "headers.x-a: the same header twice"),
    ('headers: {X-A: "a\\nb"}', 4, "headers.X-A: expected a text on one line"),
    ("headers:\n  X-A: '{{ entry.properties.oder_id }}'", 5, "example.json has no"),
    ("attachments: care.pdf", 4, "attachments: a list of `file: …`, `calendar: …` or `document: …`"),
    ("attachments: [care.pdf]", 4, "attachments.0: one of `file: …`, `calendar: …` and `document: …`"),
    (
        "attachments: [{file: care.pdf, calendar: a.ics}]",
        4,
        "attachments.0: one of `file: …`, `calendar: …` and `document: …`",
    ),
    (
        "attachments: [{file: ../../brand.yaml}]",
        4,
        "attachments.0.file: a file's name: letters, digits, spaces, -, _ and .",
    ),
    ("attachments: [{file: other.pdf}]", 4, "attachments.0.file: the message's folder has no such file"),
    ("attachments: [{file: run.exe}]", 4, "attachments.0.file: files of this kind do not travel by mail: .csv"),
    ("attachments: [{file: care.pdf, name: a}]", 4, 'attachments.0: unknown key "name"'),
    (
        "attachments: [{calendar: a.txt, starts: 2026-11-05, summary: a}]",
        4,
        "attachments.0.calendar: the name of the file",
    ),
    ("attachments: [{document: invoices/7}]", 4, "attachments.0.document: where the document lies, ending in what it"),
    ("attachments: [{document: '{{ entry.properties.invoice }}'}]", 4, "attachments.0.document: where the document"),
    ("attachments: [{document: a.pdf, name: 7}]", 4, "attachments.0.name: expected a text"),
    ("attachments: [{document: '{{ nothing }}.pdf'}]", 4, "unknown name"),
    ("attachments: [{calendar: a.ics, summary: a}]", 4, "attachments.0: `starts` is missing"),
    ("attachments: [{calendar: a.ics, starts: 7, summary: a}]", 4, "attachments.0.starts: expected a text"),
    ("attachments: [{calendar: a.ics, starts: soon, summary: a}]", 4, "attachments.0: with example.json, it begins"),
    (f"attachments: [{', '.join(['{file: care.pdf}'] * 6)}]", 4, "attachments: 6 attachments; a mail may have 5"),
]


@pytest.mark.parametrize(("line", "number", "message"), FAULTS, ids=[line for line, _, _ in FAULTS])
def test_a_fault_is_told_with_its_line(tmp_path: Path, line: str, number: int, message: str) -> None:
    source = a_playbook(tmp_path, f"{WORDS}{line}\n")
    if "care.pdf" not in line:
        (source / "messages/note/care.pdf").unlink()
    found = list(map(str, check_messages(source)))
    assert any(fault.startswith(f"messages/note/message.yaml:{number}: ") and message in fault for fault in found), (
        found
    )


def test_a_file_that_nothing_attaches_is_a_stranger(tmp_path: Path) -> None:
    found = list(map(str, check_messages(a_playbook(tmp_path, WORDS))))
    assert found == ["messages/note/care.pdf:1: unknown file"]


def test_an_envelope_without_a_mail_is_a_fault(tmp_path: Path) -> None:
    source = a_playbook(tmp_path, "title: Note\nreply_to: care@shop.example\n", sms_dot_txt=b"Hello\n")
    (source / "messages/note/care.pdf").unlink()
    (source / "messages/note/email.mjml").unlink()
    assert list(map(str, check_messages(source))) == [
        "messages/note/message.yaml:2: `reply_to` is for mail, and there is no email.mjml"
    ]
