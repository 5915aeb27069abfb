"""Push by AWS End User Messaging, whose API is still Pinpoint's ``SendMessages``, to the tokens of the profile.

The call answers 200 whatever became of each token, so every token's own result is read. One accepted token makes
the message sent; otherwise the result that leaves most open decides: a doubt before a delay before a refusal.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

from shared.adapters.aws_errors import AWS_ERRORS
from shared.adapters.channels.answers import Meaning, translate_answer
from shared.domain.channels.content import Outgoing, PushContent
from shared.domain.channels.push_payloads import MAX_BYTES, apple, google, size
from shared.domain.consent.words import Purpose
from shared.domain.ledger import Receipt
from shared.errors import AmbiguousError, DeadAddressError, PermanentError, RetryableError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_pinpoint import PinpointClient
    from mypy_boto3_pinpoint.literals import ChannelTypeType
    from mypy_boto3_pinpoint.type_defs import (
        AddressConfigurationTypeDef,
        DirectMessageConfigurationTypeDef,
        MessageResultTypeDef,
    )

ANSWERS: Final[dict[str, Meaning]] = {
    "BadRequestException": PermanentError,
    "PayloadTooLargeException": PermanentError,
    "TooManyRequestsException": ThrottledError,
    "InternalServerErrorException": AmbiguousError,
    # Ours to mend, not the message's fault: it waits, at last among the dead letters, until somebody has.
    "ForbiddenException": RetryableError,
    "NotFoundException": RetryableError,
    "MethodNotAllowedException": RetryableError,
}

ACCEPTED: Final = "SUCCESSFUL"

RESULTS: Final[dict[str, Meaning]] = {
    "UNKNOWN_FAILURE": AmbiguousError,
    "TIMEOUT": AmbiguousError,
    "THROTTLED": ThrottledError,
    "TEMPORARY_FAILURE": RetryableError,
    "PERMANENT_FAILURE": PermanentError,
    "OPT_OUT": PermanentError,
    "DUPLICATE": PermanentError,
}
"""What a token's ``DeliveryStatus`` means. One that is not here leaves everything open."""

MOST_OPEN_FIRST: Final = (AmbiguousError, ThrottledError, RetryableError, PermanentError)

CHANNEL_TYPES: Final[Mapping[str, "ChannelTypeType"]] = {"ios": "APNS", "android": "GCM"}

TOO_LARGE: Final = "PayloadTooLarge"
"""Our own word, before anybody is asked; the service's is ``PayloadTooLargeException``."""

GONE: Final = 410
"""The status code of a token that reaches no device any more …"""
WRONG_APP: Final = "DeviceTokenNotForTopic"
"""… unless Apple's own word is this one: then the credentials are for another app, and the tokens are good."""


class PinpointSender:
    """Implements ``ports.sending.Sender``."""

    def __init__(self, client: "PinpointClient", *, application_id: str) -> None:
        self._client = client
        self._application_id = application_id

    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            answer = self._client.send_messages(
                ApplicationId=self._application_id,
                MessageRequest={
                    "Addresses": {token: _address(outgoing.platforms[token]) for token in outgoing.addresses},
                    "MessageConfiguration": _notification(outgoing),
                    "TraceId": outgoing.message.id,
                },
            )
        except AWS_ERRORS as error:
            raise translate_answer(error, ANSWERS) from error
        response = answer["MessageResponse"]
        return _read(response.get("Result", {}), request_id=response.get("RequestId", ""))


def _address(platform: str) -> "AddressConfigurationTypeDef":
    return {"ChannelType": CHANNEL_TYPES[platform]}


def _notification(outgoing: Outgoing) -> "DirectMessageConfigurationTypeDef":
    """Raw payloads, so that what was counted is what is sent. What is a header at Apple stands beside its payload.

    Raises:
        PermanentError: it is larger than the services take.
    """
    content, message_id = cast("PushContent", outgoing.content), outgoing.message.id
    bytes_ = size(content, message_id)
    if bytes_ > MAX_BYTES:
        raise PermanentError(f"the payload has {bytes_:,} bytes, of at most {MAX_BYTES:,}", code=TOO_LARGE)
    is_urgent = outgoing.message.purpose is Purpose.TRANSACTIONAL
    configuration: DirectMessageConfigurationTypeDef = {
        "APNSMessage": {
            "APNSPushType": "alert",
            "Priority": "10" if is_urgent else "5",
            "RawContent": apple(content, message_id),
        },
        "GCMMessage": {
            "Priority": "high" if is_urgent else "normal",
            "RawContent": google(content, message_id, is_urgent=is_urgent),
        },
    }
    if content.time_to_live is not None:
        configuration["APNSMessage"]["TimeToLive"] = configuration["GCMMessage"]["TimeToLive"] = content.time_to_live
    if content.collapse:
        configuration["APNSMessage"]["CollapseId"] = configuration["GCMMessage"]["CollapseKey"] = content.collapse
    return configuration


def _read(results: Mapping[str, "MessageResultTypeDef"], *, request_id: str) -> Receipt:
    dead = tuple(token for token, result in results.items() if _is_gone(result))
    accepted = {token: result for token, result in results.items() if result["DeliveryStatus"] == ACCEPTED}
    if accepted:
        renewed = {token: result["UpdatedToken"] for token, result in accepted.items() if result.get("UpdatedToken")}
        return Receipt(provider_id=request_id, dead_addresses=(*dead, *renewed), new_addresses=renewed)
    raise _failure(results.values(), dead)


def _is_gone(result: "MessageResultTypeDef") -> bool:
    return (
        result["DeliveryStatus"] == "PERMANENT_FAILURE"
        and result["StatusCode"] == GONE
        and WRONG_APP not in result.get("StatusMessage", "")
    )


def _failure(results: Iterable["MessageResultTypeDef"], dead: tuple[str, ...]) -> Exception:
    """No token was accepted: the error that says best what to do with the message."""
    meanings = [(RESULTS.get(result["DeliveryStatus"], AmbiguousError), result["DeliveryStatus"]) for result in results]
    for meaning in MOST_OPEN_FIRST:
        codes = [code for found, code in meanings if found is meaning]
        if not codes:
            continue
        wording = f"no device took the notification: {codes[0]}"
        if meaning is PermanentError and dead:
            return DeadAddressError(wording, addresses=dead, code=codes[0])
        return meaning(wording, code=codes[0])
    return AmbiguousError("the answer names no device", code="NoResult")
