"""Email by SES v2. Marketing carries the headers of RFC 2369 and RFC 8058: one click in the mail program opts out."""

import re
from collections.abc import Mapping
from email.header import Header
from email.utils import formataddr, parseaddr
from typing import TYPE_CHECKING, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from shared.adapters.aws_errors import AWS_ERRORS, error_code
from shared.adapters.channels.addresses import to_ascii
from shared.adapters.channels.answers import Meaning, translate_answer
from shared.domain.channels.content import EmailContent, Outgoing
from shared.domain.events import NOTHING
from shared.domain.ledger import Receipt
from shared.domain.messages import Message
from shared.errors import PermanentError, RetryableError, SpentError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import ContentTypeDef, MessageTagTypeDef, MessageTypeDef, SendEmailRequestTypeDef

ANSWERS: Final[dict[str, Meaning]] = {
    "TooManyRequestsException": ThrottledError,
    "LimitExceededException": ThrottledError,
    # Ours to mend, not the message's fault: it waits, at last among the dead letters, until somebody has.
    "AccountSuspendedException": RetryableError,
    "SendingPausedException": RetryableError,
    "MailFromDomainNotVerifiedException": RetryableError,
    "NotFoundException": RetryableError,
    "MessageRejected": PermanentError,
    "BadRequestException": PermanentError,
}

DAY_IS_OVER: Final = "daily message quota exceeded"

MAX_TAG: Final = 256

_NO_TAG_CHARACTERS: Final = re.compile(r"[^A-Za-z0-9_-]")


class SesSender:
    """Implements ``ports.sending.Sender``.

    Mailboxes are ``hello@shop.example`` or ``My shop <hello@shop.example>``.
    """

    def __init__(
        self,
        client: "SESV2Client",
        *,
        sender: str,
        configuration_set: str,
        reply_to: str | None = None,
        senders: Mapping[str, str] = NOTHING,
        tenant: str = "",
    ) -> None:
        """``configuration_set``: what becomes of its mails is told; empty: of none.

        ``senders``: the mailboxes by the names that messages choose them by, all verified, as ``sender`` is.

        ``tenant``: of SES, by its name, on whose reputation mail counts; it owns the identity and configuration set.
        """
        self._client = client
        self._sender = _mailbox(sender)
        self._senders = {name: _mailbox(mailbox) for name, mailbox in senders.items()}
        self._configuration_set = configuration_set
        self._reply_to = reply_to or ""
        self._tenant = tenant

    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            answer = self._client.send_email(**self._request(outgoing))
        except AWS_ERRORS as error:
            if _is_spent(error):
                raise SpentError("the day's quota is used up", code=error_code(error)) from error
            raise translate_answer(error, ANSWERS) from error
        return Receipt(provider_id=answer["MessageId"])

    def _request(self, outgoing: Outgoing) -> "SendEmailRequestTypeDef":
        content = cast("EmailContent", outgoing.content)
        name, address = self._from(content)
        to, reply_to = to_ascii(outgoing.addresses[0]), content.reply_to or self._reply_to
        headers = {**content.headers, **_unsubscribe(outgoing.unsubscribe_url)}
        request: SendEmailRequestTypeDef = {
            "FromEmailAddress": formataddr((name, address)),
            "Destination": {"ToAddresses": [to]},
            "Content": {"Simple": _simple(content, headers)},
            "EmailTags": _tags(outgoing.message),
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        if content.attachments:
            from shared.adapters.channels.mime import raw_mail  # noqa: PLC0415  # few mails are worth its cold start

            raw = raw_mail(
                content,
                name=name,
                address=address,
                to=to,
                reply_to=reply_to,
                headers=headers,
                seed=outgoing.message.id,
            )
            request["Content"] = {"Raw": {"Data": raw}}
        else:
            request["ReplyToAddresses"] = [reply_to] if reply_to else []
        if self._tenant:
            request["TenantName"] = self._tenant
        return request

    def _from(self, content: EmailContent) -> tuple[str, str]:
        if content.sender and content.sender not in self._senders:
            raise PermanentError("the brand has no such sender", code="NoSender", sender=content.sender)
        name, address = self._senders[content.sender] if content.sender else self._sender
        return content.from_name or name, address


def _is_spent(error: BotoCoreError | ClientError) -> bool:
    """SES has one code for too fast and for too many; only its words tell them apart."""
    return isinstance(error, ClientError) and DAY_IS_OVER in str(error.response["Error"].get("Message", "")).lower()


def tag(text: str) -> str:
    """The text in the characters that a tag may have."""
    return _NO_TAG_CHARACTERS.sub("_", text)[:MAX_TAG]


def _tags(message: Message) -> list["MessageTagTypeDef"]:
    """What SES's events bring back; the last two begin its Feedback-ID, by which Gmail tells complaints apart."""
    tags = {
        "message": message.id,
        "journey": message.journey,
        "name": message.name,
        "purpose": message.purpose.value,
        "ses:feedback-id-a": message.name,
        "ses:feedback-id-b": message.journey,
    }
    return [{"Name": name, "Value": tag(value)} for name, value in tags.items() if value]


def _mailbox(text: str) -> tuple[str, str]:
    name, address = parseaddr(text)
    return name, to_ascii(address)


def _unsubscribe(url: str | None) -> dict[str, str]:
    if url is None:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _simple(content: EmailContent, headers: Mapping[str, str]) -> "MessageTypeDef":
    return {
        "Subject": _text(content.subject),
        "Body": {"Html": _text(content.html), "Text": _text(content.text)},
        "Headers": [{"Name": name, "Value": _in_ascii(value)} for name, value in headers.items()],
    }


def _in_ascii(value: str) -> str:
    """A header's value on one line, in encoded words where it needs any (RFC 2047)."""
    return value if value.isascii() else Header(value, "utf-8", maxlinelen=74).encode(linesep="")


def _text(text: str) -> "ContentTypeDef":
    return {"Data": text, "Charset": "UTF-8"}
