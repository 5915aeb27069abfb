"""A document goes along with a mail to whom it is for, or the mail does not go."""

import hashlib
from dataclasses import replace

import pytest

from shared.domain.channels.content import Attachment, Document, EmailContent
from shared.domain.ledger import AttemptOutcome, MessageStatus
from shared.errors import PermanentError, RetryableError
from shared.ports.sending import KeptDocument
from shared.services.attach_documents import MAX_BYTES, DocumentClerk, is_for
from tests.builders import a_message
from tests.fakes.sending import FakeDocuments, FakeRenderer
from tests.unit.services.dispatching import EMAIL, NAME, SMS, House

GUIDE = Attachment("care.pdf", "application/pdf", b"care")
INVOICE = Document("invoice.pdf", "application/pdf", "invoices/o7.pdf")
MAIL = EmailContent("Order", "<p>Order</p>", "Order", attachments=(GUIDE,), documents=(INVOICE,))
DIGEST = hashlib.sha256(b"ana@example.com").hexdigest()


@pytest.mark.parametrize(
    ("recipients", "is_theirs"),
    [
        ("u1", True),
        ("ana@example.com", True),
        ("Ana@Example.com", True),
        (DIGEST, True),
        (DIGEST.upper(), True),
        ("bo@example.com, u1", True),
        ("", False),
        (",", False),
        ("U1", False),
        ("u11", False),
        ("bo@example.com", False),
        (hashlib.sha256(b"bo@example.com").hexdigest(), False),
    ],
)
def test_a_document_is_for_those_whom_it_names(recipients: str, is_theirs: bool) -> None:
    assert is_for(recipients, "u1", "Ana@example.com") is is_theirs


def test_nobody_is_meant_by_a_name_that_is_empty() -> None:
    assert not is_for("", "", "")
    assert not is_for(" , ", "", "")


def test_documents_follow_what_the_message_itself_attaches() -> None:
    clerk = DocumentClerk(FakeDocuments({INVOICE.key: KeptDocument(b"%PDF", "u1")}))
    mail = clerk.attach(MAIL, profile_id="u1", address="ana@example.com")

    assert mail == replace(
        MAIL, attachments=(GUIDE, Attachment("invoice.pdf", "application/pdf", b"%PDF")), documents=()
    )


def test_together_they_are_no_more_than_a_mail_carries() -> None:
    half = KeptDocument(b"x" * (MAX_BYTES // 2 + 1), "u1")
    clerk = DocumentClerk(FakeDocuments({"a": half, "b": half}))
    both = replace(MAIL, documents=(replace(INVOICE, key="a"), replace(INVOICE, key="b")))

    with pytest.raises(PermanentError) as refused:
        clerk.attach(both, profile_id="u1", address="ana@example.com")
    assert refused.value.code == "documents_too_large"


def a_house(*kept: KeptDocument) -> House:
    house = House()
    house.renderer = FakeRenderer({**house.renderer.contents, (NAME, EMAIL): MAIL})
    house.documents.kept = dict.fromkeys([INVOICE.key], *kept) if kept else {}
    return house


def test_a_mail_waits_for_its_document_and_goes_out_once() -> None:
    house = a_house()
    message = a_message(channels=(EMAIL, SMS))
    with pytest.raises(RetryableError):
        house.dispatch(message)
    assert not house.senders[EMAIL].sent
    assert not house.senders[SMS].sent

    house.documents.kept[INVOICE.key] = KeptDocument(b"%PDF", "u1")
    assert house.dispatch(message).entry.status is MessageStatus.SENT
    [sent] = house.senders[EMAIL].sent
    assert isinstance(sent.content, EmailContent)
    assert [one.content for one in sent.content.attachments] == [b"care", b"%PDF"]


def test_a_document_of_somebody_else_goes_to_nobody_and_the_next_channel_is_tried() -> None:
    house = a_house(KeptDocument(b"%PDF", "bo@example.com"))
    ended = house.dispatch(a_message(channels=(EMAIL, SMS))).entry

    assert not house.senders[EMAIL].sent
    assert len(house.senders[SMS].sent) == 1
    assert [(one.channel, one.outcome, one.detail) for one in ended.attempts] == [
        (EMAIL, AttemptOutcome.REFUSED, "document_of_another"),
        (SMS, AttemptOutcome.ACCEPTED, ""),
    ]
