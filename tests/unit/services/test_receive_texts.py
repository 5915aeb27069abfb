"""Texts that people send: the list of suppressed addresses first, then their stream."""

import pytest

from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.identity.identifiers import Identifier, provisional_profile_id
from shared.domain.intake.inbound_texts import MAX_TEXT, InboundText
from shared.services.receive_texts import TextReceiver
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeAliases
from tests.fakes.queues import FakeEventQueue
from tests.fakes.sending import FakeSuppressions

SMS, STOP = Channel.SMS, SuppressionReason.STOP
ANA = "+353871234567"
NOBODY = provisional_profile_id(Identifier("phone", ANA))


class House:
    def __init__(self) -> None:
        self.aliases = FakeAliases()
        self.suppressions = FakeSuppressions()
        self.events = FakeEventQueue()
        self.texts = 0

    def receive(self, text: str, *, at: int = NOON, channel: Channel = SMS) -> list[str]:
        """The names of the events that it led to."""
        self.texts += 1
        inbound = InboundText(
            id=f"in{self.texts}",
            at=at,
            sender=ANA,
            receiver="+12125550101",
            text=text,
            answers="out1",
            channel=channel,
        )
        before = len(self.events.events)
        TextReceiver(
            aliases=self.aliases, suppressions=self.suppressions, events=self.events, clock=FakeClock(NOON + 9)
        ).receive(inbound)
        return [event.name for event in self.events.events[before:]]


@pytest.fixture
def house() -> House:
    return House()


def test_stop_suppresses_the_number_and_is_told_to_whose_it_is(house: House) -> None:
    house.aliases.claim("phone", ANA, "u1", vouched=True)

    assert house.receive("Stop.") == ["Unsubscribed", "SMS Received"]

    assert house.suppressions.find(SMS, ANA) == {STOP: NOON}
    stated, received = house.events.events
    assert (stated.profile_id, received.profile_id) == ("u1", "u1")
    assert (stated.id, received.id) == ("unsubscribed:sms:in1", "received:in1")
    assert stated.properties == {
        "channel": "sms",
        "source": "sms_keyword",
        "phone": ANA,
        "keyword": "stop",
        "reason": "stop",
    }
    assert received.properties == {
        "text": "Stop.",
        "phone": ANA,
        "to": "+12125550101",
        "keyword": "stop",
        "answers": "out1",
    }


def test_stop_by_whatsapp_stops_whatsapp_and_nothing_else(house: House) -> None:
    house.aliases.claim("phone", ANA, "u1", vouched=True)

    assert house.receive("STOP", channel=Channel.WHATSAPP) == ["Unsubscribed", "Message Received"]

    assert house.suppressions.find(Channel.WHATSAPP, ANA) == {STOP: NOON}
    assert house.suppressions.find(SMS, ANA) == {}
    stated, received = house.events.events
    assert (stated.id, stated.properties["channel"]) == ("unsubscribed:whatsapp:in1", "whatsapp")
    assert stated.properties["source"] == "whatsapp_keyword"
    assert (received.properties["channel"], received.properties["text"]) == ("whatsapp", "STOP")
    assert house.receive("START", at=NOON + 1, channel=Channel.WHATSAPP) == ["Subscribed", "Message Received"]
    assert house.suppressions.find(Channel.WHATSAPP, ANA) == {}


def test_a_number_that_is_nobody_s_has_a_stream_of_its_own(house: House) -> None:
    house.receive("STOP")

    assert {event.profile_id for event in house.events.events} == {NOBODY}


def test_start_lifts_what_stop_did_and_not_a_complaint(house: House) -> None:
    house.suppressions.suppress(SMS, ANA, SuppressionReason.COMPLAINT, NOON - 2)
    house.receive("STOP", at=NOON - 1)

    assert house.receive("Start") == ["Subscribed", "SMS Received"]

    assert house.suppressions.find(SMS, ANA) == {SuppressionReason.COMPLAINT: NOON - 2}


def test_start_that_comes_before_the_stop_it_followed_still_counts(house: House) -> None:
    house.receive("START", at=NOON + 1)
    house.receive("STOP", at=NOON)

    assert house.suppressions.find(SMS, ANA) == {}


@pytest.mark.parametrize("text", ["please stop by tomorrow", "HELP", "thank you", ""])
def test_other_texts_are_kept_for_journeys_and_staff_and_change_nothing(house: House, text: str) -> None:
    assert house.receive(text) == ["SMS Received"]
    assert house.suppressions.find(SMS, ANA) == {}


def test_a_request_in_other_words_is_marked(house: House) -> None:
    house.receive("would you please stop this")

    assert house.events.events[-1].properties["seems_to_ask_for_an_end"] is True


def test_a_long_text_is_cut(house: House) -> None:
    house.receive("x" * 5_000)

    assert len(house.events.events[-1].properties["text"]) == MAX_TEXT


def test_a_clock_that_is_ahead_does_not_date_it_after_its_arrival(house: House) -> None:
    house.receive("STOP", at=NOON + 1_000)

    assert house.suppressions.find(SMS, ANA) == {STOP: NOON + 9}
