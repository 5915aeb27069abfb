"""Addresses that must not be written to, whoever has them, at whatever moment they come on the list."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.consent.words import Purpose, SuppressionReason
from shared.domain.ledger import DropReason, MessageStatus
from shared.domain.profiles import Suppression
from shared.errors import (
    OptedOutError,
)
from tests.builders import NOON, a_message
from tests.unit.services.dispatching import ANA, EMAIL, PUSH, SMS, STOP, House

# Which channel, and why not


@pytest.mark.parametrize("reason", SuppressionReason)
@pytest.mark.parametrize("purpose", Purpose)
def test_an_address_on_the_list_is_not_written_to_whoever_s_it_is(
    house: House, reason: SuppressionReason, purpose: Purpose
) -> None:
    house.suppressions.suppress(EMAIL, "ANA@example.com", reason, NOON - 1)

    dispatched = house.dispatch(a_message(purpose=purpose, topic="cart_reminders", channels=(EMAIL,)))

    of_marketing = {SuppressionReason.ERASED, SuppressionReason.UNSUBSCRIBED}
    if reason in of_marketing and purpose is Purpose.TRANSACTIONAL:
        assert house.sent == [(EMAIL, ("ana@example.com",))]
    else:
        assert house.sent == []
        assert (dispatched.entry.status, dispatched.entry.reason) == (MessageStatus.DROPPED, DropReason.SUPPRESSED)


def test_the_next_channel_takes_over_from_an_address_on_the_list(house: House) -> None:
    house.suppressions.suppress(SMS, "+353871234567", SuppressionReason.STOP, NOON - 1)

    house.dispatch(a_message(channels=(SMS, EMAIL)))

    assert [channel for channel, _ in house.sent] == [EMAIL]


def test_push_tokens_are_not_looked_up(house: House) -> None:
    house.suppressions.suppress(PUSH, "token1", SuppressionReason.INVALID, NOON - 1)

    house.dispatch(a_message(channels=(PUSH,)))

    assert [channel for channel, _ in house.sent] == [PUSH]


def test_an_opt_out_that_only_the_provider_knew_is_kept_and_told(house: House) -> None:
    house.senders[SMS].failures.append(OptedOutError("refused", code="OptedOut"))

    dispatched = house.dispatch(a_message(channels=(SMS, EMAIL)))

    assert [channel for channel, _ in house.sent] == [EMAIL]
    assert house.suppressions.find(SMS, "+353871234567") == {SuppressionReason.STOP: NOON}
    assert house.told == [
        (f"sent:{dispatched.entry.id}", "Message Sent"),
        (f"unsubscribed:{dispatched.entry.id}:sms", "Unsubscribed"),
    ]
    assert house.events.events[-1].properties == {
        "channel": "sms",
        "source": "provider",
        "phone": "+353871234567",
        "reason": "stop",
        "message_id": dispatched.entry.id,
    }


_STEPS = st.lists(st.sampled_from(["stop", "start", "send"]), max_size=12)


@given(steps=_STEPS, late=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_interleaving_of_opt_out_and_send_lets_a_later_send_through(steps: list[str], late: bool) -> None:
    """Whatever the profile knows: it learns of the opt-out through its stream, perhaps long after."""
    house = House()
    stopped = False
    for number, step in enumerate(steps):
        house.clock.at = at = NOON + number
        before = len(house.sent)
        match step:
            case "stop":
                house.suppressions.suppress(SMS, "+353871234567", SuppressionReason.STOP, at)
                stopped = True
                if not late:
                    house.know(replace(ANA, suppressed={("sms", "+353871234567"): Suppression(STOP, at)}))
            case "start":
                house.suppressions.lift(SMS, "+353871234567", [STOP], at)
                stopped = False
                house.know(ANA)
            case "send":
                house.dispatch(a_message(id=f"m{number}", channels=(SMS,)))
                assert len(house.sent) == before + (not stopped)


@pytest.mark.parametrize("switch", range(4))
def test_an_opt_out_while_a_message_is_prepared_stops_it_until_the_list_has_been_read(switch: int) -> None:
    """It arrives while the profile is loaded, while the message is rendered, while the list is read, while it goes."""
    house = House()
    doors = [
        (house.profiles, "load"),
        (house.renderer, "render"),
        (house.suppressions, "find"),
        (house.senders[SMS], "send"),
    ]
    at, method = doors[switch]
    pass_on = getattr(at, method)

    def opted_out_meanwhile(*arguments: Any, **named: Any) -> Any:
        answer = pass_on(*arguments, **named)
        house.suppressions.suppress(SMS, "+353871234567", STOP, NOON)
        return answer

    setattr(at, method, opted_out_meanwhile)
    house.dispatch(a_message(id="m1", channels=(SMS,)))
    assert len(house.sent) == (switch >= 2)

    house.dispatch(a_message(id="m2", channels=(SMS,)))
    assert len(house.sent) == (switch >= 2)
