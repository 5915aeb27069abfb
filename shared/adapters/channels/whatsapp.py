"""WhatsApp by AWS End User Messaging Social: ``SendWhatsAppMessage``, which carries Meta's own JSON.

Our ledger's id goes along as ``biz_opaque_callback_data``, which every status repeats.
"""

import json
from typing import TYPE_CHECKING, Any, Final, cast

from shared.adapters.aws_errors import AWS_ERRORS
from shared.adapters.channels.answers import Meaning, translate_answer
from shared.domain.channels.content import Outgoing, WhatsAppContent
from shared.domain.ledger import Receipt
from shared.errors import AmbiguousError, PermanentError, RetryableError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_socialmessaging import EndUserMessagingSocialClient

ANSWERS: Final[dict[str, Meaning]] = {
    "ValidationException": PermanentError,
    "InvalidParametersException": PermanentError,
    "ThrottledRequestException": ThrottledError,
    "InternalServiceException": AmbiguousError,
    # Meta did not answer AWS as it should: it may have the message.
    "DependencyException": AmbiguousError,
    # Ours to mend, not the message's fault: it waits, at last among the dead letters, until somebody has.
    "AccessDeniedException": RetryableError,
    "ResourceNotFoundException": RetryableError,
}

META_API: Final = "v23.0"
"""The version of Meta's API that the messages are written for."""

EMPTY_VARIABLE: Final = "EmptyVariable"
"""Our own word: Meta refuses a template of which a variable is blank."""


class WhatsAppSender:
    """Implements ``ports.sending.Sender``."""

    def __init__(self, client: "EndUserMessagingSocialClient", *, phone_number_id: str) -> None:
        self._client = client
        self._phone_number_id = phone_number_id

    def send(self, outgoing: Outgoing) -> Receipt:
        message = whatsapp_message(outgoing)
        try:
            answer = self._client.send_whatsapp_message(
                originationPhoneNumberId=self._phone_number_id,
                message=json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(),
                metaApiVersion=META_API,
            )
        except AWS_ERRORS as error:
            raise translate_answer(error, ANSWERS) from error
        return Receipt(provider_id=answer.get("messageId", ""))


def whatsapp_message(outgoing: Outgoing) -> dict[str, Any]:
    """The message as Meta's Cloud API takes it: free words where the content has some, else the template.

    Raises:
        PermanentError: a variable of the template is blank.
    """
    content = cast("WhatsAppContent", outgoing.content)
    message: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": outgoing.addresses[0],
        "biz_opaque_callback_data": outgoing.message.id,
    }
    if content.text and content.media:
        return message | {"type": content.media[0], content.media[0]: _media(content) | {"caption": content.text}}
    if content.text:
        return message | {"type": "text", "text": {"body": content.text}}
    blank = [name for name, value in content.variables if not value]
    if blank:
        raise PermanentError(f"the template's variable {blank[0]} is blank", code=EMPTY_VARIABLE)
    components: list[dict[str, Any]] = []
    if content.media:
        kind = content.media[0]
        components.append({"type": "header", "parameters": [{"type": kind, kind: _media(content)}]})
    if content.variables:
        components.append({"type": "body", "parameters": [_parameter(*variable) for variable in content.variables]})
    template = {"name": content.template, "language": {"code": content.language}}
    return message | {"type": "template", "template": template | ({"components": components} if components else {})}


def _media(content: WhatsAppContent) -> dict[str, str]:
    return {"link": content.media[1]} if content.media else {}


def _parameter(name: str, value: str) -> dict[str, str]:
    """A variable by its place, or by its name where the template was made with names."""
    parameter = {"type": "text", "text": value}
    return parameter if name.isdigit() else parameter | {"parameter_name": name}
