"""Dispatching one message: every way it can end, and what ledger and stream say of it then."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.channels.content import EmailContent, PushContent, SmsContent, WhatsAppContent
from shared.domain.channels.webhooks import Partner
from shared.domain.consent.rules import ConsentRules
from shared.domain.consent.words import ANY, Channel, Purpose, Statement, SuppressionReason, address_digest
from shared.domain.events import Event, EventType, SystemEvent, Trust
from shared.domain.ledger import Attempt, AttemptOutcome, DropReason, LedgerEntry, MessageStatus, Receipt
from shared.domain.messages import Message
from shared.domain.profiles import COMPLETED, EXIT_EVENT, Device, Predecessor, Profile, Run, Suppression
from shared.domain.shop.offers import CouponSource, Offer
from shared.domain.timing import DAY
from shared.errors import (
    AmbiguousError,
    CarillonError,
    DeadAddressError,
    OptedOutError,
    PermanentError,
    RetryableError,
    ThrottledError,
)
from shared.services.attach_documents import DocumentClerk
from shared.services.digests import keyed_digest
from shared.services.dispatch_message import Dispatched, Dispatcher
from shared.services.give_coupons import CouponGiver
from shared.services.links import read_address_token, read_preferences_token, read_unsubscribe_token
from shared.services.pace import Pace
from shared.services.personalise import PersonalContent
from shared.services.throttle import Throttle
from tests.builders import NOON, a_message, a_profile
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeRates
from tests.fakes.people import FakeProfiles
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeSigningSecrets
from tests.fakes.sending import NO_MARKS, FakeDocuments, FakeLedger, FakeRenderer, FakeSender, FakeSuppressions
from tests.fakes.shop import FakeCatalogue, FakeCoupons, FakePurchases

EMAIL, SMS, PUSH, WHATSAPP = Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.WHATSAPP
STOP = SuppressionReason.STOP
NAME = a_message().name

ANA = a_profile(
    traits={"firstName": "Ana", "email": "ana@example.com", "phone": "+353871234567"},
    devices={"token1": Device("ios", NOON), "token2": Device("android", NOON)},
)
OFFERS = {
    "welcome10": Offer(name="welcome10", title="10 % off", prefix="HELLO", expires_after=30 * DAY),
    "spring": Offer(name="spring", title="Spring", source=CouponSource.POOL),
}
MARKETING = a_message()
TRANSACTIONAL = a_message(purpose=Purpose.TRANSACTIONAL, topic=None)


def a_pace(clock: FakeClock) -> Pace:
    return Pace(Throttle(FakeRates(), clock), clock, quotas={}, fixed={})


@dataclass
class House:
    """A dispatcher among fakes. The person is known, reachable everywhere, and hears of everything by default."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    suppressions: FakeSuppressions = field(default_factory=FakeSuppressions)
    events: FakeEventQueue = field(default_factory=FakeEventQueue)
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    purchases: FakePurchases = field(default_factory=FakePurchases)
    coupons: FakeCoupons = field(default_factory=lambda: FakeCoupons(pools={"spring": {"SPRING1": "Spring-1"}}))
    named: tuple[str, ...] = ()
    """The coupons that the message's templates ask for."""
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    renderer: FakeRenderer = field(
        default_factory=lambda: FakeRenderer(
            {
                (NAME, EMAIL): EmailContent("subject", "<p>html</p>", "text"),
                (NAME, SMS): SmsContent("text"),
                (NAME, PUSH): PushContent("title", "body"),
            }
        )
    )
    senders: dict[Channel, FakeSender] = field(
        default_factory=lambda: {EMAIL: FakeSender(), SMS: FakeSender(), PUSH: FakeSender()}
    )
    topics: dict[str, bool] = field(default_factory=lambda: {"cart_reminders": True})
    consent_rules: ConsentRules = field(default_factory=dict)
    opt_out: dict[str, str] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    pace: Pace | None = None
    """What lasts from one message to the next; ``None``: each is the first."""
    looks: list[tuple[Profile, Message, int]] = field(default_factory=list)
    holds: bool | Exception = True
    """What a second look at a message's condition finds."""

    def __post_init__(self) -> None:
        self.ledger = FakeLedger(self.clock)
        self.know(ANA)

    def know(self, profile: Profile) -> None:
        self.profiles.stored[profile.id] = replace(profile, version=1)

    def dispatch(self, message: Message = MARKETING) -> Dispatched:
        return Dispatcher(
            ledger=self.ledger,
            profiles=self.profiles,
            suppressions=self.suppressions,
            renderer=self.renderer,
            personal=PersonalContent(
                catalogue=self.catalogue,
                purchases=self.purchases,
                giver=CouponGiver(
                    coupons=self.coupons,
                    offers=OFFERS,
                    named=lambda name: self.named if name == NAME else (),
                    digest=lambda kind, value: keyed_digest(b"key", kind, value),
                ),
            ),
            senders=self.senders,
            events=self.events,
            secrets=FakeSigningSecrets(),
            clock=self.clock,
            still_holds=self.look,
            default_of=lambda topic: self.topics.get(topic, False),
            consent_rules=self.consent_rules,
            public_url="https://carillon.example",
            pace=self.pace or a_pace(self.clock),
            marks=NO_MARKS,
            documents=DocumentClerk(self.documents),
            opt_out=self.opt_out,
            partners=self.partners,
        ).dispatch(message)

    def look(self, profile: Profile, message: Message, now: int) -> bool:
        self.looks.append((profile, message, now))
        if isinstance(self.holds, Exception):
            raise self.holds
        return self.holds

    def entry(self) -> LedgerEntry:
        return self.ledger.entries[MARKETING.id]

    @property
    def sent(self) -> list[tuple[Channel, tuple[str, ...]]]:
        return [(channel, out.addresses) for channel, sender in self.senders.items() for out in sender.sent]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event.id, event.name) for event in self.events.events]


@pytest.fixture
def house() -> House:
    return House()


def said(subscribed: bool, channel: str = ANY, topic: str = ANY) -> dict[tuple[str, str], Statement]:
    return {(channel, topic): Statement(subscribed, NOON - 1, "web")}


def test_what_went_instead_of_another_says_so(house: House) -> None:
    house.dispatch(replace(MARKETING, instead_of="f" * 32))
    assert house.entry().instead_of == "f" * 32


def test_a_message_that_may_go_goes_and_is_recorded_and_told(house: House) -> None:
    dispatched = house.dispatch()
    assert house.sent == [(EMAIL, ("ana@example.com",))]
    assert dispatched == Dispatched(house.entry())
    assert house.entry() == LedgerEntry(
        id=MARKETING.id,
        profile_id="u1",
        journey="cart_abandonment",
        name="cart_reminder",
        purpose=Purpose.MARKETING,
        topic="cart_reminders",
        status=MessageStatus.SENT,
        at=NOON,
        sent_at=NOON,
        channel=EMAIL,
        provider_id="provider-1",
        attempts=(Attempt(EMAIL, NOON, AttemptOutcome.ACCEPTED),),
    )
    assert house.events.events == [
        Event(
            id=f"sent:{MARKETING.id}",
            type=EventType.TRACK,
            name="Message Sent",
            at=NOON,
            received_at=NOON,
            profile_id="u1",
            properties={
                "message": "cart_reminder",
                "message_id": MARKETING.id,
                "channel": "email",
                "journey": "cart_abandonment",
            },
            trust=Trust.SYSTEM,
            source="carillon",
        )
    ]


def test_marketing_carries_a_signed_link_for_its_person_channel_and_topic(house: House) -> None:
    house.dispatch()
    url = house.senders[EMAIL].sent[0].unsubscribe_url
    assert url is not None
    assert url.startswith("https://carillon.example/v1/unsubscribe/")
    link = read_unsubscribe_token(url.rsplit("/", 1)[1], FakeSigningSecrets().accepted(), NOON)
    assert (link.profile_id, link.channel, link.topic, link.message_id) == ("u1", EMAIL, "cart_reminders", MARKETING.id)


def test_a_transactional_message_carries_no_link(house: House) -> None:
    house.dispatch(TRANSACTIONAL)
    assert house.senders[EMAIL].sent[0].unsubscribe_url is None


def test_templates_get_the_person_the_entry_event_and_the_links(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.dispatch(a_message(entry={"properties": {"cart_id": "c1"}}))
    [context] = contexts
    assert context["traits"]["firstName"] == "Ana"
    assert context["entry"] == {"properties": {"cart_id": "c1"}}
    assert context["links"].keys() == {"preferences", "unsubscribe"}
    assert context["links"]["unsubscribe"] == house.senders[EMAIL].sent[0].unsubscribe_url


@pytest.mark.parametrize("message", [a_message(), TRANSACTIONAL], ids=["marketing", "transactional"])
def test_every_message_can_lead_to_the_preference_centre(
    house: House, monkeypatch: pytest.MonkeyPatch, message: Message
) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.dispatch(message)
    address, _, token = contexts[0]["links"]["preferences"].rpartition("/")
    link = read_preferences_token(token, FakeSigningSecrets().accepted(), NOON)

    assert address.endswith("/v1/preferences")
    assert (link.profile_id, link.channel, link.message_id) == (message.profile_id, EMAIL, message.id)


def test_an_address_that_is_nobodys_yet_gets_the_link_that_confirms_it_and_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.dispatch(replace(TRANSACTIONAL, to="new@example.org", confirms="ab"))
    [outgoing] = house.senders[EMAIL].sent
    token = contexts[0]["links"].pop("confirm").rpartition("/")[2]

    assert outgoing.addresses == ("new@example.org",)
    assert contexts[0]["links"] == {}
    assert read_address_token(token, FakeSigningSecrets().accepted(), NOON).address == "new@example.org"


def test_an_address_that_must_not_be_written_to_is_not_asked_either(house: House) -> None:
    suppressed = {("email", "new@example.org"): Suppression(SuppressionReason.COMPLAINT, NOON)}
    house.know(replace(ANA, suppressed=suppressed))
    house.dispatch(replace(TRANSACTIONAL, to="new@example.org", confirms="ab"))

    assert house.senders[EMAIL].sent == []


def test_push_goes_to_every_device_that_is_not_suppressed(house: House) -> None:
    house.know(replace(ANA, suppressed={("push", "token1"): Suppression(SuppressionReason.INVALID, NOON)}))
    house.dispatch(a_message(channels=(PUSH,)))
    [outgoing] = house.senders[PUSH].sent
    assert (outgoing.addresses, outgoing.platforms) == (("token2",), {"token2": "android"})


# Which channel, and why not


REFUSES_ALL = {"consent": said(False)}


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


SUPPRESSED = {("email", "ana@example.com"): Suppression(SuppressionReason.HARD_BOUNCE, NOON)}


@pytest.mark.parametrize(
    ("purpose", "changes", "topics", "goes"),
    [
        (Purpose.MARKETING, {}, {"cart_reminders": True}, True),
        (Purpose.MARKETING, {}, {"cart_reminders": False}, False),
        (Purpose.MARKETING, {}, {}, False),
        (Purpose.MARKETING, {"consent": said(True)}, {}, True),
        (Purpose.MARKETING, {"consent": said(True, "email")}, {}, True),
        (Purpose.MARKETING, {"consent": said(True, "sms")}, {}, False),
        (Purpose.MARKETING, {"consent": said(True, ANY, "cart_reminders")}, {}, True),
        (Purpose.MARKETING, {"consent": said(True, ANY, "news")}, {}, False),
        (Purpose.MARKETING, {"consent": said(False, "email", "cart_reminders")}, {"cart_reminders": True}, False),
        (Purpose.MARKETING, REFUSES_ALL, {"cart_reminders": True}, False),
        (Purpose.TRANSACTIONAL, REFUSES_ALL, {}, True),
        (Purpose.TRANSACTIONAL, {"suppressed": SUPPRESSED}, {}, False),
        (Purpose.MARKETING, {"suppressed": SUPPRESSED, "consent": said(True)}, {"cart_reminders": True}, False),
    ],
)
def test_consent_and_suppression_of_this_moment_decide(
    house: House, purpose: Purpose, changes: dict[str, Any], topics: dict[str, bool], goes: bool
) -> None:
    house.know(replace(ANA, **changes))
    house.topics = topics
    house.dispatch(a_message(purpose=purpose))
    assert bool(house.sent) is goes
    assert house.entry().status is (MessageStatus.SENT if goes else MessageStatus.DROPPED)


def test_marketing_without_a_topic_needs_a_word_of_the_person(house: House) -> None:
    house.dispatch(a_message(topic=None))
    assert house.entry().reason == DropReason.NO_CONSENT


NO_EMAIL = {"phone": "+353871234567"}


@pytest.mark.parametrize(
    ("channels", "changes", "reason", "skipped"),
    [
        ((EMAIL,), {"traits": NO_EMAIL}, DropReason.NO_ADDRESS, ["no_address"]),
        ((EMAIL,), {"traits": {"email": "not an address"}}, DropReason.NO_ADDRESS, ["no_address"]),
        ((EMAIL,), {"suppressed": SUPPRESSED}, DropReason.SUPPRESSED, ["suppressed"]),
        ((EMAIL,), REFUSES_ALL, DropReason.NO_CONSENT, ["no_consent"]),
        ((WHATSAPP,), {}, DropReason.NO_CONTENT, ["no_content"]),
        ((EMAIL, PUSH), {"suppressed": SUPPRESSED, "devices": {}}, DropReason.SUPPRESSED, ["suppressed", "no_address"]),
        ((PUSH, EMAIL), {"suppressed": SUPPRESSED, "devices": {}}, DropReason.SUPPRESSED, ["no_address", "suppressed"]),
        ((PUSH, EMAIL), {"devices": {}, **REFUSES_ALL}, DropReason.NO_CONSENT, ["no_address", "no_consent"]),
        ((EMAIL, PUSH), {"suppressed": SUPPRESSED, **REFUSES_ALL}, DropReason.NO_CONSENT, ["suppressed", "no_consent"]),
        ((WHATSAPP, EMAIL), {"traits": NO_EMAIL}, DropReason.NO_ADDRESS, ["no_content", "no_address"]),
    ],
)
def test_what_no_channel_may_carry_is_dropped_with_the_most_telling_reason(
    house: House, channels: tuple[Channel, ...], changes: dict[str, Any], reason: DropReason, skipped: list[str]
) -> None:
    house.know(replace(ANA, **changes))
    house.dispatch(a_message(channels=channels))
    entry = house.entry()
    assert (entry.status, entry.reason, entry.channel, entry.sent_at) == (MessageStatus.DROPPED, reason, None, None)
    assert [attempt.detail for attempt in entry.attempts] == skipped
    assert {attempt.outcome for attempt in entry.attempts} == {AttemptOutcome.SKIPPED}
    assert house.sent == []
    assert house.told == [(f"failed:{MARKETING.id}", "Message Failed")]
    assert house.events.events[0].properties == {
        "message": "cart_reminder",
        "message_id": MARKETING.id,
        "journey": "cart_abandonment",
        "reason": reason,
        "outcome": "dropped",
    }


def test_a_stage_without_a_provider_for_the_channel_drops(house: House) -> None:
    del house.senders[PUSH]
    house.dispatch(a_message(channels=(PUSH,)))
    assert house.entry().reason == DropReason.NO_PROVIDER


def test_the_first_channel_that_may_be_used_is(house: House) -> None:
    house.know(replace(ANA, devices={}))
    house.dispatch(a_message(channels=(PUSH, SMS, EMAIL)))
    assert [channel for channel, _ in house.sent] == [SMS]
    assert [(a.channel, a.outcome, a.detail) for a in house.entry().attempts] == [
        (PUSH, AttemptOutcome.SKIPPED, "no_address"),
        (SMS, AttemptOutcome.ACCEPTED, ""),
    ]


# The run


def a_run(**changes: Any) -> Run:
    return Run(id="run1", journey="cart_abandonment", key=None, version="v1", entered_at=NOON, **changes)


@pytest.mark.parametrize(
    ("runs", "goes"),
    [
        ({}, True),
        ({"run1": a_run()}, True),
        ({"run1": a_run(ended_at=NOON, ended_reason=COMPLETED)}, True),
        ({"run1": a_run(ended_at=NOON, ended_reason=EXIT_EVENT)}, False),
    ],
    ids=["forgotten", "live", "completed", "exited"],
)
@pytest.mark.parametrize("message", [MARKETING, TRANSACTIONAL], ids=lambda message: message.purpose)
def test_a_run_that_was_left_sends_nothing_more(
    house: House, message: Message, runs: dict[str, Run], goes: bool
) -> None:
    house.know(replace(ANA, runs=runs))
    house.dispatch(message)
    assert bool(house.sent) is goes
    assert house.entry().reason == (None if goes else DropReason.RUN_ENDED)


# The message's own condition


CONDITIONAL = a_message(condition={"traits.firstName": "Ana"})


@pytest.mark.parametrize("holds", [True, False])
def test_a_condition_is_looked_at_again_with_the_person_of_this_moment(house: House, holds: bool) -> None:
    house.holds = holds
    house.clock.at += 60_000
    house.dispatch(CONDITIONAL)
    assert house.looks == [(replace(ANA, version=1), CONDITIONAL, NOON + 60_000)]
    assert (len(house.sent), house.entry().reason) == ((1, None) if holds else (0, "condition"))
    if not holds:
        assert (house.entry().status, house.entry().attempts) == (MessageStatus.DROPPED, ())
        [event] = house.events.events
        assert (event.name, event.properties["reason"], event.properties["outcome"]) == (
            "Message Failed",
            "condition",
            "dropped",
        )


def test_a_message_without_a_condition_costs_no_second_look(house: House) -> None:
    house.dispatch()
    assert house.looks == []


def test_a_look_that_fails_gives_the_message_back(house: House) -> None:
    house.holds = ValueError("the message's condition cannot be read")
    with pytest.raises(ValueError, match="condition"):
        house.dispatch(CONDITIONAL)
    house.holds = True
    house.dispatch(CONDITIONAL)
    assert len(house.sent) == 1


# Refusals


def test_a_refusal_passes_the_message_to_the_next_channel(house: House) -> None:
    house.senders[PUSH].failures = [PermanentError("no", code="BadRequestException")]
    house.dispatch(a_message(channels=(PUSH, EMAIL)))
    assert house.entry().status is MessageStatus.SENT
    assert [(a.channel, a.outcome, a.detail) for a in house.entry().attempts] == [
        (PUSH, AttemptOutcome.REFUSED, "BadRequestException"),
        (EMAIL, AttemptOutcome.ACCEPTED, ""),
    ]


@pytest.mark.parametrize(
    ("code", "reason"), [("MessageRejected", "MessageRejected"), ("", "refused")], ids=["with code", "without"]
)
def test_a_message_that_every_provider_refuses_has_failed(house: House, code: str, reason: str) -> None:
    house.senders[EMAIL].failures = [PermanentError("no", code=code)]
    house.know(replace(ANA, devices={}))
    house.dispatch(a_message(channels=(EMAIL, PUSH)))
    assert (house.entry().status, house.entry().reason) == (MessageStatus.FAILED, reason)
    assert house.told == [(f"failed:{MARKETING.id}", "Message Failed")]
    assert house.events.events[0].properties["outcome"] == "failed"


def test_a_template_that_fails_passes_the_message_to_the_next_channel(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = house.renderer.render

    def broken(name: str, channel: Channel, context: Any) -> Any:
        if channel is PUSH:
            raise PermanentError("push.title asks for entry.properties.name", code="missing_variable")
        return render(name, channel, context)

    monkeypatch.setattr(house.renderer, "render", broken)
    house.dispatch(a_message(channels=(PUSH, EMAIL)))
    assert [channel for channel, _ in house.sent] == [EMAIL]
    assert house.entry().attempts[0].detail == "missing_variable"


def test_tokens_that_reach_nobody_are_told_though_the_message_went_elsewhere(house: House) -> None:
    house.senders[PUSH].failures = [DeadAddressError("gone", addresses=["token1", "token2"], code="PERMANENT_FAILURE")]
    house.dispatch(a_message(channels=(PUSH, EMAIL)))
    sent, *bounces = house.events.events
    assert (sent.name, sent.properties["channel"]) == (SystemEvent.MESSAGE_SENT, "email")
    assert [
        (event.name, event.properties["hard"], event.properties["channel"], event.properties["address"])
        for event in bounces
    ] == [(SystemEvent.MESSAGE_BOUNCED, True, "push", token) for token in ("token1", "token2")]
    assert len({event.id for event in bounces}) == 2


def test_a_token_that_the_provider_renewed_takes_the_old_ones_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = Receipt("p1", dead_addresses=("token2",), new_addresses={"token2": "token3"})
    monkeypatch.setattr(house.senders[PUSH], "send", lambda _: receipt)
    house.dispatch(a_message(channels=(PUSH,)))
    _, bounce = house.events.events
    assert (bounce.name, bounce.trust, bounce.properties["address"]) == ("Message Bounced", Trust.SYSTEM, "token2")
    assert bounce.context == {"device": {"token": "token3", "type": "android"}}


def test_no_event_of_ours_looks_like_something_that_the_person_did(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journey that begins with ``User Identified`` must not begin because a token was renewed."""
    receipt = Receipt("p1", dead_addresses=("token1", "token2"), new_addresses={"token2": "token3"})
    monkeypatch.setattr(house.senders[PUSH], "send", lambda _: receipt)
    house.dispatch(a_message(channels=(PUSH,)))
    assert {event.name for event in house.events.events} <= set(SystemEvent)


# What may work later


@pytest.mark.parametrize("message", [MARKETING, TRANSACTIONAL], ids=lambda message: message.purpose)
@pytest.mark.parametrize("error", [ThrottledError("slower"), RetryableError("later")], ids=lambda e: type(e).__name__)
def test_what_was_not_sent_is_given_back_and_sent_by_the_next_attempt(
    house: House, message: Message, error: CarillonError
) -> None:
    house.senders[EMAIL].failures = [error]
    with pytest.raises(type(error)):
        house.dispatch(message)
    assert (house.entry().status, house.entry().attempts) == (MessageStatus.WAITING, ())
    assert house.told == []
    house.dispatch(message)
    assert len(house.sent) == 1


@pytest.mark.parametrize("port", ["profiles.load", "renderer.channels", "renderer.render", "secrets.signing"])
@pytest.mark.parametrize("error", [RetryableError("later"), AmbiguousError("timeout"), KeyError("a bug")], ids=repr)
def test_whatever_fails_before_the_provider_is_asked_gives_the_message_back(
    house: House, monkeypatch: pytest.MonkeyPatch, port: str, error: Exception
) -> None:
    def fail(*_: Any) -> None:
        raise error

    where, method = port.split(".")
    monkeypatch.setattr(FakeSigningSecrets if where == "secrets" else getattr(house, where), method, fail)
    with pytest.raises(type(error)):
        house.dispatch()
    monkeypatch.undo()
    house.dispatch()
    assert len(house.sent) == 1


def test_a_message_that_another_attempt_holds_is_left_alone(house: House) -> None:
    house.ledger.claim(MARKETING, NOON)
    with pytest.raises(RetryableError):
        house.dispatch()
    assert house.sent == []


# Doubt


TIMEOUT = AmbiguousError("no answer from AWS", code="ReadTimeoutError")


def test_marketing_in_doubt_is_recorded_as_unknown_and_not_repeated(house: House) -> None:
    house.senders[EMAIL].failures = [TIMEOUT]
    message = a_message(channels=(EMAIL, PUSH))
    dispatched = house.dispatch(message)
    assert (dispatched.entry.status, dispatched.entry.channel) == (MessageStatus.UNKNOWN, EMAIL)
    assert house.entry().attempts == (Attempt(EMAIL, NOON, AttemptOutcome.UNKNOWN, "ReadTimeoutError"),)
    assert house.events.events[0].properties["outcome"] == "unknown"
    assert house.dispatch(message).is_repeated
    assert house.sent == []


def test_a_transactional_message_in_doubt_is_sent_again_and_the_doubt_stays_visible(house: House) -> None:
    house.senders[EMAIL].failures = [TIMEOUT]
    with pytest.raises(AmbiguousError):
        house.dispatch(TRANSACTIONAL)
    house.dispatch(TRANSACTIONAL)
    assert len(house.sent) == 1
    assert [a.outcome for a in house.entry().attempts] == [AttemptOutcome.UNKNOWN, AttemptOutcome.ACCEPTED]
    assert house.told == [(f"sent:{MARKETING.id}", "Message Sent")]


@pytest.mark.parametrize(
    ("message", "sent", "outcomes", "told"),
    [
        (MARKETING, 0, [AttemptOutcome.UNKNOWN], "failed"),
        (TRANSACTIONAL, 1, [AttemptOutcome.UNKNOWN, AttemptOutcome.ACCEPTED], "sent"),
    ],
    ids=["marketing", "transactional"],
)
def test_an_attempt_that_vanished_leaves_a_doubt_once_its_lease_is_over(
    house: House, message: Message, sent: int, outcomes: list[AttemptOutcome], told: str
) -> None:
    house.ledger.claim(message, NOON)
    house.clock.at += house.ledger.lease
    house.dispatch(message)
    assert len(house.sent) == sent
    assert [attempt.outcome for attempt in house.entry().attempts] == outcomes
    assert [event_id for event_id, _ in house.told] == [f"{told}:{message.id}"]


# Redelivery


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (MessageStatus.SENT, "sent"),
        (MessageStatus.DELIVERED, "sent"),
        (MessageStatus.BOUNCED, "sent"),
        (MessageStatus.DROPPED, "failed"),
        (MessageStatus.FAILED, "failed"),
        (MessageStatus.UNKNOWN, "failed"),
    ],
)
def test_a_redelivery_tells_the_stream_again_and_sends_nothing(house: House, status: MessageStatus, told: str) -> None:
    house.ledger.claim(MARKETING, NOON)
    entry = replace(house.entry(), status=status, sent_at=NOON if told == "sent" else None)
    house.ledger.record(entry)
    house.clock.at += 60_000
    assert house.dispatch() == Dispatched(entry, is_repeated=True)
    assert house.sent == []
    [event] = house.events.events
    assert (event.id, event.at, event.received_at) == (f"{told}:{MARKETING.id}", NOON, NOON + 60_000)


def test_an_entry_that_expires_under_our_hands_is_tried_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.dispatch()
    monkeypatch.setattr(house.ledger, "find", lambda _: None)
    with pytest.raises(RetryableError):
        house.dispatch()


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


def test_of_a_message_to_somebody_who_is_no_more_nothing_is_sent_kept_or_told(house: House) -> None:
    house.profiles.stored.clear()

    dispatched = house.dispatch()

    assert (dispatched.entry.status, dispatched.entry.reason) == (MessageStatus.DROPPED, DropReason.ERASED)
    assert not house.ledger.entries
    assert not house.ledger.leases
    assert not house.events.events


BACK = Predecessor(erased_at=NOON - 9, until=NOON - 3)
VISITED = a_profile(id="anon:a1", traits={}, merged_into="u1")


@pytest.mark.parametrize(
    ("message", "visitor", "person", "goes"),
    [
        (a_message(decided_at=NOON - 10), VISITED, replace(ANA, predecessor=BACK), False),
        (a_message(decided_at=NOON - 4), VISITED, replace(ANA, predecessor=BACK), False),
        (a_message(decided_at=NOON - 3), VISITED, replace(ANA, predecessor=BACK), True),
        (a_message(decided_at=0), VISITED, ANA, True),
        (a_message(profile_id="anon:a1", decided_at=0), VISITED, replace(ANA, predecessor=BACK), True),
        (a_message(profile_id="anon:a1", decided_at=NOON - 4), replace(VISITED, predecessor=BACK), ANA, False),
        (a_message(profile_id="anon:a1", decided_at=NOON - 3), replace(VISITED, predecessor=BACK), ANA, True),
    ],
    ids=[
        "ordered before the erasure",
        "ordered while it was carried out",
        "ordered by who came back",
        "of somebody whose id was nobody else's",
        "of a visitor who joined who came back",
        "of a visitor who was erased before others came by the browser",
        "of a visitor who came back, and was joined",
    ],
)
def test_nothing_that_was_ordered_for_the_erased_reaches_who_has_their_id_now(
    house: House, message: Message, visitor: Profile, person: Profile, goes: bool
) -> None:
    house.know(person)
    house.know(visitor)

    dispatched = house.dispatch(message)

    assert bool(house.sent) is goes
    assert (dispatched.entry.reason == DropReason.ERASED) is not goes
    assert bool(house.ledger.entries) is goes
    assert bool(house.events.events) is goes


@pytest.mark.parametrize(
    ("content", "wrote_at", "sent"),
    [
        (WhatsAppContent("reminder", "en", text="Hi"), NOON - 1, WhatsAppContent("reminder", "en", text="Hi")),
        (WhatsAppContent("reminder", "en", text="Hi"), 0, WhatsAppContent("reminder", "en")),
        (WhatsAppContent(text="Hi"), 0, None),
    ],
)
def test_whatsapp_takes_free_words_from_who_has_just_written_alone(
    house: House, content: WhatsAppContent, wrote_at: int, sent: WhatsAppContent | None
) -> None:
    house.know(replace(ANA, wrote_at=wrote_at))
    house.renderer.contents = {(NAME, WHATSAPP): content, (NAME, SMS): SmsContent("text")}
    house.senders[WHATSAPP] = FakeSender()
    house.dispatch(a_message(channels=(WHATSAPP, SMS)))
    assert [outgoing.content for outgoing in house.senders[WHATSAPP].sent] == ([sent] if sent else [])
    assert house.entry().channel is (WHATSAPP if sent else SMS)
    assert house.entry().attempts[0].detail == ("" if sent else "window_shut")


@pytest.mark.parametrize(
    ("purpose", "opt_out", "text"),
    [
        (Purpose.MARKETING, {"IE": "Reply STOP"}, "text\nReply STOP"),
        (Purpose.MARKETING, {"US": "Reply STOP"}, "text"),
        (Purpose.TRANSACTIONAL, {"IE": "Reply STOP"}, "text"),
    ],
)
def test_a_marketing_text_ends_with_the_words_of_its_country(
    house: House, purpose: Purpose, opt_out: dict[str, str], text: str
) -> None:
    house.opt_out = opt_out
    house.dispatch(a_message(purpose=purpose, channels=(SMS,)))
    (outgoing,) = house.senders[SMS].sent
    assert outgoing.content == SmsContent(text)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (EMAIL, "ana@example.com"),
        (SMS, "+353871234567"),
        (PUSH, ""),
    ],
)
def test_links_say_where_they_were_sent(
    house: House, monkeypatch: pytest.MonkeyPatch, channel: Channel, address: str
) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.know(replace(ANA, consent=said(True)))
    house.dispatch(replace(MARKETING, channels=(channel,)))
    tokens = {name: url.rpartition("/")[2] for name, url in contexts[0]["links"].items()}
    secrets = FakeSigningSecrets().accepted()

    assert read_unsubscribe_token(tokens["unsubscribe"], secrets, NOON).address == address
    digest = address_digest(channel, address) if address else ""
    assert read_preferences_token(tokens["preferences"], secrets, NOON).address == digest


def test_who_hears_at_a_former_address_that_it_was_changed_can_change_it_back_for_a_week(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts: list[Any] = []
    monkeypatch.setattr(house.renderer, "render", lambda _name, _channel, context: contexts.append(context))
    house.dispatch(replace(TRANSACTIONAL, to="ana@old.example"))
    token = contexts[0]["links"]["preferences"].rpartition("/")[2]

    link = read_preferences_token(token, FakeSigningSecrets().accepted(), NOON)
    assert (link.address, link.expires_at) == ("", NOON + 7 * DAY)
