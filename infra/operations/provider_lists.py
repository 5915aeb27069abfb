"""Whom the providers of mail and texts do not write to any more, by their own lists, page by page."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import CommandError
from shared.adapters.aws_errors import error_code
from shared.adapters.channels.addresses import from_ascii
from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.normalise.phones import e164_of
from shared.domain.profiles import email_of
from shared.domain.timing import Instant, from_datetime

_REASONS: Final = {"BOUNCE": SuppressionReason.HARD_BOUNCE, "COMPLAINT": SuppressionReason.COMPLAINT}
_FORBIDDEN: Final = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
_RIGHTS: Final = {
    "sesv2": "ses:ListSuppressedDestinations",
    "sns": "sns:ListPhoneNumbersOptedOut",
    "pinpoint-sms-voice-v2": "sms-voice:DescribeOptedOutNumbers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One address on a provider's list; ``at``: since when, where the provider tells."""

    provider: str
    channel: Channel
    address: str
    reason: SuppressionReason
    at: Instant | None


Page = list[Listed | None]
"""``None`` stands for an entry whose address or reason cannot be read."""

MakeClient = Callable[[str], Any]


def ses(client: MakeClient) -> Iterator[Page]:
    """The account's suppression list of SES."""
    for answer in _pages(client, "sesv2", "list_suppressed_destinations", "NextToken"):
        yield [_mail(one) for one in answer.get("SuppressedDestinationSummaries", ())]


def sns(client: MakeClient) -> Iterator[Page]:
    """The numbers that opted out of texts sent through SNS; since when is not told."""
    for answer in _pages(client, "sns", "list_phone_numbers_opted_out", "nextToken"):
        yield [_number("sns", number, None) for number in answer.get("phoneNumbers", ())]


def sms(client: MakeClient, opt_out_list: str) -> Iterator[Page]:
    """One opt-out list of End User Messaging."""
    pages = _pages(
        client, "pinpoint-sms-voice-v2", "describe_opted_out_numbers", "NextToken", OptOutListName=opt_out_list
    )
    for answer in pages:
        yield [
            _number("sms", one.get("OptedOutNumber"), _instant(one.get("OptedOutTimestamp")))
            for one in answer.get("OptedOutNumbers", ())
        ]


def _mail(one: Mapping[str, Any]) -> Listed | None:
    address, reason = email_of(from_ascii(str(one.get("EmailAddress", "")))), _REASONS.get(str(one.get("Reason")))
    if address is None or reason is None:
        return None
    at = _instant(one.get("LastUpdateTime"))
    return Listed(provider="ses", channel=Channel.EMAIL, address=address, reason=reason, at=at)


def _number(provider: str, number: object, at: Instant | None) -> Listed | None:
    address = e164_of(number)
    if address is None:
        return None
    return Listed(provider=provider, channel=Channel.SMS, address=address, reason=SuppressionReason.STOP, at=at)


def _instant(moment: Any) -> Instant | None:
    return None if moment is None else from_datetime(moment)


def _pages(client: MakeClient, service: str, call: str, token: str, **asked: str) -> Iterator[Mapping[str, Any]]:
    """Raises ``CommandError`` without AWS's message, which may quote an address."""
    try:
        ask = getattr(client(service), call)
        answer = ask(**asked)
        yield answer
        while answer.get(token):
            answer = ask(**asked, **{token: answer[token]})
            yield answer
    except (BotoCoreError, ClientError) as error:
        code = error_code(error)
        if code in _FORBIDDEN:
            problem = f"these credentials may not read the list of {service}"
            raise CommandError(problem, f"they need {_RIGHTS[service]} (docs/operations.md)") from None
        problem = f"the list of {service} cannot be read ({code})"
        raise CommandError(problem, "mend that and start it again: nothing is done twice") from None
