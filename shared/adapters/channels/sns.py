"""SMS by SNS ``Publish`` to a phone number."""

from typing import TYPE_CHECKING, Final, cast

from shared.adapters.aws_errors import AWS_ERRORS
from shared.adapters.channels.answers import Meaning, translate_answer
from shared.domain.channels.content import Outgoing, SmsContent
from shared.domain.channels.sms_parts import sms_parts
from shared.domain.consent.words import Purpose
from shared.domain.ledger import Receipt
from shared.errors import AmbiguousError, OptedOutError, PermanentError, RetryableError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

ANSWERS: Final[dict[str, Meaning]] = {
    "InvalidParameter": PermanentError,
    "ParameterValueInvalid": PermanentError,
    "ValidationException": PermanentError,
    "EndpointDisabled": PermanentError,
    "OptedOut": OptedOutError,
    "OptedOutException": OptedOutError,
    "InternalError": AmbiguousError,
    "KMSThrottling": ThrottledError,
    # Ours to mend, not the message's fault: it waits, at last among the dead letters, until somebody has.
    "AuthorizationError": RetryableError,
    "InvalidSecurity": RetryableError,
    "NotFound": RetryableError,
    "PlatformApplicationDisabled": RetryableError,
    "KMSAccessDenied": RetryableError,
    "KMSDisabled": RetryableError,
    "KMSInvalidState": RetryableError,
    "KMSNotFound": RetryableError,
    "KMSOptInRequired": RetryableError,
}

SMS_TYPES: Final = {Purpose.MARKETING: "Promotional", Purpose.TRANSACTIONAL: "Transactional"}

MESSAGE_ATTRIBUTE: Final = "carillon.message"
"""Our ledger's id, beside the attributes that SNS knows; on a text to a phone SNS passes it over."""


NUMBER_ATTRIBUTE: Final = "AWS.MM.SMS.OriginationNumber"
NAME_ATTRIBUTE: Final = "AWS.SNS.SMS.SenderID"


class SnsSender:
    """Implements ``ports.sending.Sender``.

    ``sender`` is a number of the account (``+353…``), a name of at most 11 letters and digits where the person's
    country allows one, or empty: then SNS chooses.
    """

    def __init__(self, client: "SNSClient", *, sender: str = "") -> None:
        self._client = client
        self._sender = sender

    def send(self, outgoing: Outgoing) -> Receipt:
        content = cast("SmsContent", outgoing.content)
        try:
            answer = self._client.publish(
                PhoneNumber=outgoing.addresses[0],
                Message=content.text,
                MessageAttributes=self._attributes(outgoing),
            )
        except AWS_ERRORS as error:
            raise translate_answer(error, ANSWERS) from error
        return Receipt(provider_id=answer["MessageId"], parts=sms_parts(content.text).parts)

    def _attributes(self, outgoing: Outgoing) -> dict[str, "MessageAttributeValueTypeDef"]:
        values = {
            "AWS.SNS.SMS.SMSType": SMS_TYPES[outgoing.message.purpose],
            MESSAGE_ATTRIBUTE: outgoing.message.id,
        }
        if self._sender:
            values[NUMBER_ATTRIBUTE if self._sender.startswith("+") else NAME_ATTRIBUTE] = self._sender
        return {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
