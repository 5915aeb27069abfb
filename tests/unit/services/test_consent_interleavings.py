"""No interleaving of what people say, decisions and sending lets a message out after a no that was heard."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.channels.content import EmailContent
from shared.domain.consent.rules import ChannelRule, Consent
from shared.domain.consent.words import Channel, Purpose, address_digest
from shared.domain.decide import decide
from shared.domain.events import Trust
from shared.domain.ledger import DropReason, MessageStatus
from shared.domain.messages import Message
from shared.domain.playbook import Playbook
from shared.domain.timing import DAY, MINUTE, format_instant
from shared.services.links import read_confirm_token
from tests.builders import NOON, a_message, a_profile, an_event
from tests.fakes.secrets import FakeSigningSecrets
from tests.fakes.sending import FakeRenderer
from tests.stories import TOPICS, a_journey, plain_playbook, read_as_deployed
from tests.unit.services.dispatching import House

RULES = {"email": {"lapses_after": "3 days"}}
DOORS = {
    "yes": ("Subscribed", {"channel": "email", "topic": "offers"}),
    "no": ("Unsubscribed", {"channel": "email", "topic": "offers"}),
    "none": ("Unsubscribed", {}),
    "pause": ("Marketing Paused", {"until": format_instant(NOON + 10 * DAY)}),
    "resume": ("Marketing Resumed", {}),
    "start": ("Start", {}),
}
acts = st.lists(st.sampled_from([*DOORS, "dispatch", "day"]), max_size=14)


def a_playbook() -> Playbook:
    journey = a_journey(steps=[{"send": "hello", "via": ["email"]}], topic="offers", exit=None)
    return read_as_deployed(plain_playbook({"j": journey}, policy={"topics": TOPICS, "consent": RULES}))


PLAYBOOK = a_playbook()


@given(acts)
def test_nothing_goes_out_that_the_person_had_said_no_to(order: list[str]) -> None:
    house = House(topics={"offers": False}, consent_rules=PLAYBOOK.policy.consent)
    house.renderer = FakeRenderer({("hello", Channel.EMAIL): EmailContent("subject", "html", "text")})
    house.know(a_profile())
    yes_at, no, paused = None, False, False
    waiting: list[Message] = []
    for number, act in enumerate(order):
        if act == "day":
            house.clock.at += DAY
        elif act == "dispatch":
            before = len(house.senders[Channel.EMAIL].sent)
            for message in waiting:
                house.dispatch(message)
            waiting.clear()
            may = yes_at is not None and not no and not paused and house.clock.now() < yes_at + 3 * DAY
            assert may or len(house.senders[Channel.EMAIL].sent) == before
        else:
            house.clock.at += MINUTE
            now = house.clock.now()
            name, properties = DOORS[act]
            event = an_event(name, id=f"m{number}", at=now, properties=properties, trust=Trust.SYSTEM)
            decision = decide(PLAYBOOK, house.profiles.stored["u1"], [event], now)
            house.know(decision.profile)
            waiting += [effect for effect in decision.effects if isinstance(effect, Message)]
            yes_at, no = (now, False) if act == "yes" else (yes_at, no or act in {"no", "none"})
            paused = act == "pause" or (paused and act != "resume")


def a_question(**changes: Any) -> Message:
    return replace(
        a_message(name="cart_reminder", journey="", run_id="", step="", topic="news", purpose=Purpose.TRANSACTIONAL),
        confirms=address_digest("email", "ana@example.com"),
        **changes,
    )


def test_who_is_asked_gets_a_link_that_confirms_what_waits_at_that_address() -> None:
    house = House()
    told: list[dict[str, Any]] = []
    rendered = house.renderer.render

    def listen(name: str, channel: Channel, context: Any) -> Any:
        told.append(context)
        return rendered(name, channel, context)

    house.renderer.render = listen  # type: ignore[method-assign]
    house.dispatch(a_question())
    (sent,) = house.senders[Channel.EMAIL].sent
    url = told[-1]["links"]["confirm"]
    link = read_confirm_token(url.rpartition("/")[2], FakeSigningSecrets().accepted(), NOON)
    assert (link.profile_id, link.channel, link.topic) == ("u1", Channel.EMAIL, "news")
    assert link.address == address_digest("email", sent.addresses[0])


def test_who_has_another_address_by_now_is_not_asked_there() -> None:
    house = House()
    house.know(a_profile(traits={"email": "new@example.com"}))
    ended = house.dispatch(a_question())
    assert (ended.entry.status, ended.entry.reason) == (MessageStatus.DROPPED, DropReason.NO_ADDRESS)


def test_a_pause_that_began_since_the_decision_drops_the_message() -> None:
    house = House()
    event = an_event("Marketing Paused", trust=Trust.SYSTEM, properties={"until": format_instant(NOON + DAY)})
    house.know(decide(PLAYBOOK, house.profiles.stored["u1"], [event], NOON).profile)
    ended = house.dispatch()
    assert (ended.entry.status, ended.entry.reason) == (MessageStatus.DROPPED, DropReason.PAUSED)


def test_the_policys_rules_are_asked_again() -> None:
    house = House(consent_rules={Channel.EMAIL: Consent(ChannelRule(default=False))})
    assert house.dispatch().entry.reason == DropReason.NO_CONSENT
