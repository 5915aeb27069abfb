"""Whatever providers do: marketing is accepted once at most, and what is transactional is not lost."""

from contextlib import suppress
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.consent.words import Purpose
from shared.domain.ledger import AttemptOutcome, MessageStatus, Receipt
from shared.errors import (
    AmbiguousError,
    PermanentError,
    RetryableError,
    ThrottledError,
)
from tests.builders import a_message
from tests.unit.services.dispatching import (
    EMAIL,
    SMS,
    House,
)


class Killed(BaseException):
    """The process ends here and now: nothing of ours runs any more."""


@dataclass
class Provider:
    """Does what it is told: takes the message or not, and says so or not."""

    script: list[str]
    accepted: int = 0

    def send(self, _outgoing: object) -> Receipt:
        act = self.script.pop(0) if self.script else "takes"
        if act.startswith("takes"):
            self.accepted += 1
        match act:
            case "takes":
                return Receipt("p1")
            case "takes, and the answer is lost" | "loses it, and the answer too":
                raise AmbiguousError("timeout")
            case "takes, and we are killed" | "loses it, and we are killed":
                raise Killed
            case "throttles":
                raise ThrottledError("slower")
            case "is down":
                raise RetryableError("later")
            case _:
                raise PermanentError("no", code="no")


ACTS = [
    "takes",
    "takes, and the answer is lost",
    "takes, and we are killed",
    "loses it, and the answer too",
    "loses it, and we are killed",
    "throttles",
    "is down",
    "refuses",
]


@settings(max_examples=400, deadline=None)
@given(
    purpose=st.sampled_from(Purpose),
    scripts=st.tuples(st.lists(st.sampled_from(ACTS), max_size=6), st.lists(st.sampled_from(ACTS), max_size=6)),
    pauses=st.lists(st.sampled_from([1, 30_000, 60_000, 90_000]), min_size=1, max_size=12),
)
def test_whatever_providers_do_marketing_is_accepted_once_at_most_and_transactional_is_not_lost(
    purpose: Purpose, scripts: tuple[list[str], list[str]], pauses: list[int]
) -> None:
    house = House()
    email, sms = Provider(scripts[0]), Provider(scripts[1])
    house.senders = {EMAIL: email, SMS: sms}  # type: ignore[dict-item]
    message = a_message(purpose=purpose, channels=(EMAIL, SMS))
    for pause in [*pauses, *[house.ledger.lease] * 14]:
        with suppress(Killed, RetryableError):
            house.dispatch(message)
        house.clock.at += pause
    entry = house.entry()
    accepted = email.accepted + sms.accepted
    if purpose is Purpose.MARKETING:
        assert accepted <= 1
        assert accepted or entry.status in {MessageStatus.UNKNOWN, MessageStatus.FAILED}
    else:
        assert accepted or entry.status is MessageStatus.FAILED
    # Every end is told exactly once, and a message that may have gone without our knowing says so.
    [event_id] = {event.id for event in house.events.events}
    assert event_id == (f"sent:{message.id}" if entry.sent_at else f"failed:{message.id}")
    if accepted and entry.status is not MessageStatus.SENT:
        assert AttemptOutcome.UNKNOWN in {attempt.outcome for attempt in entry.attempts}
