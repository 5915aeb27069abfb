"""Webhooks to partners, signed by Standard Webhooks: one POST a message, whose id the partner knows it by.

What concerns the partner as a whole (no connection, a certificate that is not its own, a refused signature, a redirect)
is ours or its to mend: the message waits, and the partner rests. What concerns the message alone is for good.
"""

from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Final, Protocol, cast

from shared.adapters.channels.https_posts import Answer
from shared.domain.channels.content import Outgoing, WebhookContent
from shared.domain.channels.webhooks import MAX_BYTES, Partner, signed_headers, signing_key
from shared.domain.ledger import Receipt
from shared.domain.timing import HOUR, SECOND, Duration, Instant, from_datetime
from shared.errors import AmbiguousError, CarillonError, PermanentError, RepeatableError, RetryableError, ThrottledError
from shared.ports.clock import Clock

AGENT: Final = "Carillon"

LATER: Final = frozenset({409, 425})
"""Not now: the same message is under way there, or came over a connection that might be replayed."""
NOT_THIS_PARTNER_NOW: Final = frozenset({401, 403, 407, 408, 429, 503})
"""No message of ours is taken now: too many, the wrong secret, a server that is being mended."""

LONGEST_WAIT: Final[Duration] = HOUR
"""As long as a partner is believed who asks for a rest."""

TOO_LARGE: Final = "PayloadTooLarge"
BAD_SECRET: Final = "BadSecret"  # noqa: S105
"""Our own words."""


class Posts(Protocol):
    """Makes one request, as ``HttpsPosts`` does."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout: Duration) -> Answer: ...


class WebhookSender:
    """Implements ``ports.sending.Sender``. ``secrets``: a partner's values, the current one first."""

    def __init__(
        self,
        partners: Mapping[str, Partner],
        *,
        posts: Posts,
        secrets: Callable[[Partner], Sequence[str]],
        clock: Clock,
    ) -> None:
        self._partners = partners
        self._posts = posts
        self._secrets = secrets
        self._clock = clock

    def send(self, outgoing: Outgoing) -> Receipt:
        content = cast("WebhookContent", outgoing.content)
        partner = self._partners[content.partner]
        body = content.body.encode("utf-8", "replace")  # half a surrogate pair may have come by the bus
        if len(body) > MAX_BYTES:
            raise PermanentError(f"the body is larger than {MAX_BYTES:,} bytes", code=TOO_LARGE)
        now = self._clock.wall()
        headers = {
            "User-Agent": AGENT,
            **partner.headers,
            "Content-Type": "application/json",
            **signed_headers(self._keys(partner), outgoing.message.id, body, now),
        }
        try:
            answer = self._posts.post(partner.url, headers, body, timeout=partner.timeout)
        except AmbiguousError as error:
            raise _in_doubt(partner, str(error), str(error.context.get("code", ""))) from error
        failure = _failure(partner, answer, now)
        if failure is not None:
            raise failure
        return Receipt(provider_id=outgoing.message.id, is_delivered=True)

    def _keys(self, partner: Partner) -> list[bytes]:
        """The current secret's must be there; one that was mended since may be none."""
        try:
            current, *former = self._secrets(partner)
            return [signing_key(current), *(signing_key(secret) for secret in former if _can_sign(secret))]
        except (PermanentError, ValueError) as error:
            raise RetryableError(f"the secret of {partner.name} cannot sign: {error}", code=BAD_SECRET) from None


def _can_sign(secret: str) -> bool:
    try:
        signing_key(secret)
    except ValueError:
        return False
    return True


def _failure(partner: Partner, answer: Answer, now: Instant) -> CarillonError | None:
    """What the answer means; ``None``: the partner has the message."""
    status, code = answer.status, f"HTTP {answer.status}"
    said = f"{partner.name} answers {status}"
    if 200 <= status < 300:
        return None
    if status in LATER:
        return RetryableError(said, code=code)
    if status in NOT_THIS_PARTNER_NOW or 300 <= status < 400:
        return ThrottledError(said, wait=wait_of(answer.retry_after, now), code=code)
    if 400 <= status < 500:
        return PermanentError(said, code=code)
    return _in_doubt(partner, said, code)


def _in_doubt(partner: Partner, said: str, code: str) -> AmbiguousError:
    return (RepeatableError if partner.deduplicates else AmbiguousError)(said, code=code)


def wait_of(retry_after: str, now: Instant) -> Duration:
    """What ``Retry-After`` asks for, in seconds or until a date; 0 where it says neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * SECOND, LONGEST_WAIT)
    try:
        until = from_datetime(parsedate_to_datetime(text))
    except (TypeError, ValueError, OverflowError):
        return 0
    return min(max(until - now, 0), LONGEST_WAIT)
