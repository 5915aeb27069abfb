"""Documents of the shop's that go along with a mail: only to whom they say that they are for.

Which document it is, an event tells, and anybody's browser may send events: by itself that is no leave to read.
"""

import hashlib
from dataclasses import replace
from hmac import compare_digest
from typing import Final

from shared.domain.channels.content import Attachment, Document, EmailContent
from shared.errors import PermanentError
from shared.ports.sending import Documents

MAX_BYTES: Final = 5_000_000
"""Of all that go along with one mail: SES counts base64, and many servers take no more than 10 MB."""


class DocumentClerk:
    """Fetches them."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def attach(self, content: EmailContent, *, profile_id: str, address: str) -> EmailContent:
        """The mail with its documents as attachments.

        Raises:
            RetryableError: one is not there yet.
            PermanentError: one is for somebody else, or they are too large.
        """
        if not content.documents:
            return content
        fetched = [self._fetch(document, profile_id, address) for document in content.documents]
        if sum(len(one.content) for one in fetched) > MAX_BYTES:
            raise PermanentError(f"the documents have more than {MAX_BYTES:,} bytes", code="documents_too_large")
        return replace(content, attachments=(*content.attachments, *fetched), documents=())

    def _fetch(self, document: Document, profile_id: str, address: str) -> Attachment:
        kept = self._documents.fetch(document.key)
        if not is_for(kept.recipients, profile_id, address):
            raise PermanentError("a document is for somebody else", code="document_of_another")
        return Attachment(document.name, document.media_type, kept.content)


def is_for(recipients: str, profile_id: str, address: str) -> bool:
    """Whether one of those named is this person: by user id, by mail address, or by the address's SHA-256 in hex.

    Addresses are compared in lower case, and so digested.
    """
    plain = address.lower()
    theirs = [profile_id, plain, hashlib.sha256(plain.encode()).hexdigest()]
    named = [name for one in recipients.split(",") if (name := one.strip())]
    return any(
        compare_digest(one.encode(), own.encode())
        for name in named
        for one, own in ((name, theirs[0]), (name.lower(), theirs[1]), (name.lower(), theirs[2]))
    )
