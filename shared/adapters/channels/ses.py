"""Email by SES v2. Marketing carries the headers of RFC 2369 and RFC 8058: one click in the mail program opts out."""

import re
from email.utils import formataddr, parseaddr
from typing import TYPE_CHECKING, Final, cast

from shared.adapters.aws_errors import AWS_ERRORS
from shared.adapters.channels.addresses import to_ascii
from shared.adapters.channels.answers import Meaning, translate_answer
from shared.domain.messages import EmailContent, Outgoing, Receipt
from shared.errors import PermanentError, RetryableError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import ContentTypeDef, MessageHeaderTypeDef, SendEmailRequestTypeDef

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

MAX_TAG: Final = 256

_NO_TAG_CHARACTERS: Final = re.compile(r"[^A-Za-z0-9_-]")


class SesSender:
    """Implements ``ports.sending.Sender``.

    ``sender`` is ``hello@shop.example`` or ``My shop <hello@shop.example>``.
    """

    def __init__(
        self, client: "SESV2Client", *, sender: str, configuration_set: str, reply_to: str | None = None
    ) -> None:
        self._client = client
        name, address = parseaddr(sender)
        self._sender = formataddr((name, to_ascii(address)))
        self._configuration_set = configuration_set
        self._reply_to = [reply_to] if reply_to else []

    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            answer = self._client.send_email(**self._request(outgoing))
        except AWS_ERRORS as error:
            raise translate_answer(error, ANSWERS) from error
        return Receipt(provider_id=answer["MessageId"])

    def _request(self, outgoing: Outgoing) -> "SendEmailRequestTypeDef":
        message, content = outgoing.message, cast("EmailContent", outgoing.content)
        return {
            "FromEmailAddress": self._sender,
            "ReplyToAddresses": self._reply_to,
            "Destination": {"ToAddresses": [to_ascii(outgoing.addresses[0])]},
            "Content": {
                "Simple": {
                    "Subject": _text(content.subject),
                    "Body": {"Html": _text(content.html), "Text": _text(content.text)},
                    "Headers": _headers(outgoing.unsubscribe_url),
                }
            },
            "EmailTags": [
                {"Name": "message", "Value": tag(message.id)},
                {"Name": "journey", "Value": tag(message.journey)},
                {"Name": "name", "Value": tag(message.name)},
            ],
            "ConfigurationSetName": self._configuration_set,
        }


def tag(text: str) -> str:
    """The text in the characters that a tag may have."""
    return _NO_TAG_CHARACTERS.sub("_", text)[:MAX_TAG]


def _headers(unsubscribe_url: str | None) -> list["MessageHeaderTypeDef"]:
    if unsubscribe_url is None:
        return []
    return [
        {"Name": "List-Unsubscribe", "Value": f"<{unsubscribe_url}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def _text(text: str) -> "ContentTypeDef":
    return {"Data": text, "Charset": "UTF-8"}
