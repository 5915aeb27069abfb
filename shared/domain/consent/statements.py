"""What an event says of consent: taken into the profile, told to the person's consent history, confirmed where needed.

A yes that policy wants confirmed counts for nothing until the person confirms it through the link that is sent for it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from shared.domain.behaviour.engagement import is_answer
from shared.domain.conditions.needs import Kind
from shared.domain.consent.direct_messages import order_directly
from shared.domain.consent.former_addresses import is_for_former_address
from shared.domain.consent.rules import Basis, kept_alive, rule_of
from shared.domain.consent.words import (
    ANY,
    MAX_TOPIC_LENGTH,
    MAX_WORDING,
    Channel,
    ConsentState,
    Pause,
    Statement,
    Unconfirmed,
    address_digest,
    covering,
    is_within,
    merged_pause,
    record,
)
from shared.domain.draft import Draft
from shared.domain.events import SERVERS, Event, SystemEvent, Trust
from shared.domain.identity.standing import may_consent
from shared.domain.messages import ConsentRecorded
from shared.domain.timing import DAY, Duration, Instant, parse_instant

MAX_STATEMENTS: Final = 200
MAX_UNCONFIRMED: Final = 10
"""Of one channel; what is asked for beyond that takes the place of the oldest."""
MAX_PAUSE: Final[Duration] = 366 * DAY
ASKED_EVERY: Final[Duration] = DAY
"""A form must not be a way to bury somebody in mail: an address is asked no more often to confirm."""

CONFIRMED: Final = "confirmed"

_EVIDENCE: Final = ("ip", "userAgent")
_DIGEST: Final = re.compile("[0-9a-f]{16,128}", re.ASCII)


def take_statement(draft: Draft, event: Event) -> None:
    """What a server, or the person through us, said of consent; what a browser says of it is nothing."""
    take = _TAKEN.get(event.name)
    if take is not None and event.trust in SERVERS:
        if not is_for_former_address(draft, event):
            take(draft, event)
    elif draft.consent and is_answer(event):
        _keep_alive(draft, event.at)
    if draft.unconfirmed:
        _ask_where_it_was_not_possible(draft)


def _take_yes(draft: Draft, event: Event) -> None:
    scope = _scope(draft, event)
    if scope is None:
        return
    if not may_consent(event, draft.profile_id, draft):
        draft.tell("statement_refused", reason="not_vouched")
        return
    if event.trust is Trust.SYSTEM and event.properties.get(CONFIRMED) is True and not _is_still_theirs(draft, event):
        draft.tell("statement_refused", reason="address_changed")
        return
    draft.concern(Kind.CONSENT)
    channel, topic = scope
    if event.properties.get("address") is not None and topic == ANY:
        _confirm_what_waits(draft, event, channel)
        return
    channels = [*Channel] if channel == ANY else [Channel(channel)]
    waiting = [] if _is_confirmed(event) else [one for one in channels if _confirmation(draft, one)]
    if not waiting:
        _record(draft, event, channel, topic)
        return
    for one in channels:
        if one in waiting:
            _let_wait(draft, event, one, topic)
        elif not _ends_a_no_to_more(draft, one, topic):
            _record(draft, event, one, topic, part=one)


def _confirm_what_waits(draft: Draft, event: Event, channel: str) -> None:
    """A link that names no topic confirms what was asked for, and nothing else."""
    waiting = sorted(topic for of, topic in draft.unconfirmed if of == channel)
    if not waiting:
        draft.tell("statement_refused", reason="nothing_waits")
    for topic in waiting:
        _record(draft, event, channel, topic, part=topic)


def _ends_a_no_to_more(draft: Draft, channel: str, topic: str) -> bool:
    """Whether a yes that named no channel would, said of this one, end a no to the channel."""
    noes = (scope for scope in covering(channel, topic) if scope in draft.consent)
    return any(not draft.consent[no].subscribed and not is_within((ANY, topic), no) for no in noes)


def _take_no(draft: Draft, event: Event) -> None:
    scope = _scope(draft, event)
    if scope is not None:
        draft.concern(Kind.CONSENT)
        _record(draft, event, *scope)


def _take_pause(draft: Draft, event: Event) -> None:
    until = _until(event)
    if until is None or not event.at < until <= event.at + MAX_PAUSE:
        draft.tell("statement_refused", reason="no_end_within_a_year")
        return
    draft.concern(Kind.CONSENT)
    draft.pause = merged_pause(draft.pause, Pause(event.at, until))
    _tell_history(draft, event, ConsentState.PAUSED, ANY, ANY, until=until)


def _take_resumption(draft: Draft, event: Event) -> None:
    draft.concern(Kind.CONSENT)
    draft.pause = merged_pause(draft.pause, Pause(event.at, event.at))
    _tell_history(draft, event, ConsentState.RESUMED, ANY, ANY)


_TAKEN: Final[Mapping[str, Callable[[Draft, Event], None]]] = {
    SystemEvent.SUBSCRIBED: _take_yes,
    SystemEvent.UNSUBSCRIBED: _take_no,
    SystemEvent.MARKETING_PAUSED: _take_pause,
    SystemEvent.MARKETING_RESUMED: _take_resumption,
}


def _scope(draft: Draft, event: Event) -> tuple[str, str] | None:
    channel = event.properties.get("channel") or ANY
    topic = event.properties.get("topic") or ANY
    if channel not in (*Channel, ANY) or not isinstance(topic, str) or len(topic) > MAX_TOPIC_LENGTH:
        draft.tell("statement_refused", reason="unknown_channel_or_topic")
        return None
    return str(channel), topic


def _until(event: Event) -> Instant | None:
    value = event.properties.get("until")
    try:
        return parse_instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _is_confirmed(event: Event) -> bool:
    """What a person says through our own pages is, unless the page knows better; a form of the shop's is not."""
    return event.trust is Trust.SYSTEM and event.properties.get(CONFIRMED) is not False


def _is_still_theirs(draft: Draft, event: Event) -> bool:
    """Whether the address at which it was confirmed, if it was at one, is the person's now."""
    confirmed_at, channel = event.properties.get("address"), event.properties.get("channel")
    if confirmed_at is None:
        return True
    if channel not in tuple(Channel):
        return False
    return any(address_digest(channel, one) == confirmed_at for one in draft.reach().known_addresses(Channel(channel)))


def _confirmation(draft: Draft, channel: Channel) -> str | None:
    """The message by which a yes to this channel is to be confirmed, where the person is."""
    return rule_of(draft.playbook.policy.consent, channel, draft.traits).confirmation


def _record(draft: Draft, event: Event, channel: str, topic: str, *, part: str = "") -> None:
    """Take the statement, as far as there is room, and tell the history of it in any case."""
    is_yes = event.name == SystemEvent.SUBSCRIBED
    said = Statement(is_yes, event.at, _source(event))
    request = draft.unconfirmed.get((channel, topic))
    _tell_history(
        draft,
        event,
        ConsentState.SUBSCRIBED if is_yes else ConsentState.UNSUBSCRIBED,
        channel,
        topic,
        part=part,
        wording=request.wording if request is not None and is_yes else "",
    )
    if request is not None and request.at <= event.at:
        del draft.unconfirmed[channel, topic]
    if (channel, topic) in draft.consent or len(draft.consent) < MAX_STATEMENTS:
        draft.consent = record(draft.consent, channel, topic, said)
    elif is_yes:
        draft.tell("statement_refused", reason="too_many")
    else:
        _take_one_refusal_more(draft, channel, topic, said)


def _take_one_refusal_more(draft: Draft, channel: str, topic: str, said: Statement) -> None:
    """A no always counts: for it the oldest yes goes, and where all are noes, they become one to everything."""
    granted = [(held.at, key) for key, held in draft.consent.items() if held.subscribed]
    if granted:
        del draft.consent[min(granted)[1]]
        draft.consent = record(draft.consent, channel, topic, said)
    else:
        latest = max(said.at, *(held.at for held in draft.consent.values()))
        draft.consent = {(ANY, ANY): replace(said, at=latest)}


def _let_wait(draft: Draft, event: Event, channel: Channel, topic: str) -> None:
    """Keep the yes until it is confirmed, and ask the person to; who has confirmed one before need not again."""
    held, request = draft.consent.get((channel, topic)), draft.unconfirmed.get((channel, topic))
    if draft.ruling(channel, topic).basis is Basis.YES:
        _tell_history(draft, event, ConsentState.SUBSCRIBED, channel, topic, part=channel)
        return
    _tell_history(draft, event, ConsentState.PENDING, channel, topic, part=channel)
    if (held is not None and held.at >= event.at) or (request is not None and request.at >= event.at):
        return
    waits = Unconfirmed(event.at, _wording(event))
    if request is not None:
        waits = replace(waits, asked_at=request.asked_at, asked_to=request.asked_to)
    draft.unconfirmed[channel, topic] = waits
    of_channel = [scope for scope in draft.unconfirmed if scope[0] == channel]
    if len(of_channel) > MAX_UNCONFIRMED:
        del draft.unconfirmed[min(of_channel, key=lambda scope: (draft.unconfirmed[scope].at, scope))]
    _ask(draft, channel, topic)


def _ask(draft: Draft, channel: Channel, topic: str) -> None:
    """Order the message with the link, unless the address was asked within a day: its link confirms what waits."""
    name, addresses = _confirmation(draft, channel), draft.reach().addresses(channel)
    if name is None or not addresses:
        return
    asked_to = address_digest(channel, addresses[0])
    asked_before = [one.asked_at for one in draft.unconfirmed.values() if one.asked_to == asked_to]
    request = draft.unconfirmed[channel, topic]
    if asked_before and max(asked_before) > draft.clock - ASKED_EVERY:
        draft.unconfirmed[channel, topic] = replace(request, asked_at=max(asked_before), asked_to=asked_to)
        draft.explain("confirmation_not_asked", message=name, channel=channel.value, topic=topic)
        return
    draft.unconfirmed[channel, topic] = replace(request, asked_at=draft.clock, asked_to=asked_to)
    # Of one address and day there is one message, whosever: the ledger lets no second one through.
    identity = f"confirm\0{asked_to}\0{draft.clock // ASKED_EVERY}"
    about = None if topic == ANY else topic
    order_directly(draft, name, channel, identity=identity, confirms=asked_to, topic=about)


def _ask_where_it_was_not_possible(draft: Draft) -> None:
    """An address may have come after the yes."""
    for (channel, topic), request in list(draft.unconfirmed.items()):
        if not request.asked_at and request.at > draft.clock - ASKED_EVERY:
            _ask(draft, Channel(channel), topic)


def _keep_alive(draft: Draft, at: Instant) -> None:
    rules = draft.playbook.policy.consent
    draft.consent = dict(kept_alive(draft.consent, rules, draft.traits, at))
    if rules:
        draft.concern(Kind.CONSENT)


def _tell_history(
    draft: Draft,
    event: Event,
    state: ConsentState,
    channel: str,
    topic: str,
    *,
    part: str = "",
    wording: str = "",
    until: Instant | None = None,
) -> None:
    draft.order(
        ConsentRecorded(
            id=event.id + (f":{part}" if part else ""),
            state=state,
            channel=channel,
            topic=topic,
            at=event.at,
            source=_source(event),
            wording=_wording(event) or wording,
            evidence=_evidence(event.properties.get("evidence")),
            is_confirmed=event.trust is Trust.SYSTEM and event.properties.get(CONFIRMED) is True,
            until=until,
        )
    )


def _source(event: Event) -> str:
    return str(event.properties.get("source", event.source))[:100]


def _wording(event: Event) -> str:
    value = event.properties.get("wording")
    return value[:MAX_WORDING] if isinstance(value, str) else ""


def _evidence(value: Any) -> Mapping[str, str]:
    """Digests only: whatever else somebody may have put there is left out."""
    plain = value if isinstance(value, Mapping) else {}
    found = {name: plain.get(name) for name in _EVIDENCE}
    return {name: one for name, one in found.items() if isinstance(one, str) and _DIGEST.fullmatch(one)}
