"""SMS by AWS End User Messaging: ``SendTextMessage``, whose receipts bring our ledger's id back in their context."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from shared.adapters.aws_errors import AWS_ERRORS
from shared.adapters.channels.answers import Meaning, translate_answer
from shared.domain.channels.content import Outgoing, SmsContent
from shared.domain.channels.sms_parts import sms_parts
from shared.domain.consent.words import Purpose
from shared.domain.ledger import Receipt
from shared.errors import AmbiguousError, OptedOutError, PermanentError, RetryableError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client
    from mypy_boto3_pinpoint_sms_voice_v2.literals import MessageTypeType
    from mypy_boto3_pinpoint_sms_voice_v2.type_defs import SendTextMessageRequestTypeDef

ANSWERS: Final[dict[str, Meaning]] = {
    "ThrottlingException": ThrottledError,
    "InternalServerException": AmbiguousError,
    "ValidationException": PermanentError,
    # Ours to mend, not the message's fault: it waits, at last among the dead letters, until somebody has.
    "AccessDeniedException": RetryableError,
    "ResourceNotFoundException": RetryableError,
    "ServiceQuotaExceededException": RetryableError,
    "ConflictException": RetryableError,
    "ValidationException/CHANNEL_NOT_ENABLED": RetryableError,
    "ValidationException/INVALID_ARN": RetryableError,
    "ValidationException/RESOURCE_NOT_ACCESSIBLE": RetryableError,
    # Of this person's number or country, whatever we mend: the next channel is tried.
    "ConflictException/DESTINATION_PHONE_NUMBER_OPTED_OUT": OptedOutError,
    "ConflictException/DESTINATION_PHONE_NUMBER_NOT_VERIFIED": PermanentError,
    "ConflictException/DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": PermanentError,
    "ConflictException/DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": PermanentError,
    "ConflictException/NUMBER_CAPABILITIES_MISMATCH": PermanentError,
}
"""By code, and by code and reason where the reason decides."""

MESSAGE_TYPES: Final[dict[Purpose, "MessageTypeType"]] = {
    Purpose.MARKETING: "PROMOTIONAL",
    Purpose.TRANSACTIONAL: "TRANSACTIONAL",
}

MESSAGE: Final = "message"
"""Our ledger's id, in the context that every receipt repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSettings:
    """How texts are sent.

    Attributes:
        origination: a pool, a number or a sender id, by id or ARN.
        configuration_set: what leads the receipts back; empty: none come.
        max_price: US dollars for one part at most, such as ``0.10``; empty: whatever it costs.
        time_to_live: seconds after which a text that was not delivered is of no use.
        protect_configuration: which countries may be texted; empty: that of the account.
    """

    origination: str
    configuration_set: str = ""
    max_price: str = ""
    time_to_live: int = 3_600
    protect_configuration: str = ""


class EndUserMessagingSender:
    """Implements ``ports.sending.Sender``."""

    def __init__(self, client: "PinpointSMSVoiceV2Client", settings: TextSettings) -> None:
        self._client = client
        self._settings = settings

    def send(self, outgoing: Outgoing) -> Receipt:
        text = cast("SmsContent", outgoing.content).text
        try:
            answer = self._client.send_text_message(**self._request(outgoing, text))
        except AWS_ERRORS as error:
            raise translate_answer(error, ANSWERS) from error
        return Receipt(provider_id=answer["MessageId"], parts=sms_parts(text).parts)

    def _request(self, outgoing: Outgoing, text: str) -> "SendTextMessageRequestTypeDef":
        message, settings = outgoing.message, self._settings
        request: SendTextMessageRequestTypeDef = {
            "DestinationPhoneNumber": outgoing.addresses[0],
            "OriginationIdentity": settings.origination,
            "MessageBody": text,
            "MessageType": MESSAGE_TYPES[message.purpose],
            "TimeToLive": settings.time_to_live,
            "Context": {
                name: value
                for name, value in ((MESSAGE, message.id), ("name", message.name), ("journey", message.journey))
                if value
            },
        }
        if settings.configuration_set:
            request["ConfigurationSetName"] = settings.configuration_set
        if settings.max_price:
            request["MaxPrice"] = settings.max_price
        if settings.protect_configuration:
            request["ProtectConfigurationId"] = settings.protect_configuration
        return request
