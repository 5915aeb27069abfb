"""What a decision's trace says, in sentences for a colleague: one a line, the parts of a condition below it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from infra.replay.outlook import place
from infra.replay.person_clock import PersonClock, ahead
from shared.domain.conditions.wording import NOTHING_ASKED, Judgement
from shared.domain.decide import Occurrence
from shared.domain.events import Event, event_to_dict
from shared.domain.playbook import Playbook
from shared.domain.policy import FREQUENCY_CAP, QUIET_HOURS
from shared.domain.timing import Instant, format_duration, format_instant, parse_instant

SKIPPED: Final = {
    "late": "the event came more than 24 hours late",
    "no_key": "the event does not say which one it is about (the journey's key is missing)",
    "exit_event": "an event that ends it had come before",
    "running": "it is already on its way for this",
    "reenter": "the last one has not been over for long enough",
    "condition": "the person does not meet its condition",
    "too_many_runs": "the person is in too many journeys at once",
    "too_large": "the person's journeys remember too much of their events already",
    "no_journey": "the playbook has no such journey",
    "too_many_starts": "too many journeys started each other at once",
}
DROPPED: Final = {
    "expired": "it would have had to wait for too long",
    "run_ended": "its run ended while it was held",
    "answered": "it was answered on another channel while it was held",
    "condition": "the message's own condition does not hold",
    "holdout": "the person is in the holdout, who are measured and sent nothing",
    "paused": "the person wants no marketing for a while",
    "no_consent": "the person has not agreed to it",
    "suppressed": "the address bounced, complained or stopped us",
    "no_address": "there is no usable address",
    "no_content": "the message no longer has any words for it",
}
UNTAKEN: Final = {
    "unknown_channel_or_topic": "it names a channel or a topic that cannot be",
    "too_many": "the person has said too much already",
    "address_changed": "the address at which it was confirmed is no longer the person's",
    "not_vouched": "by a browser's word alone it is this person's",
    "former_address": "the link was sent to an address that is no longer the person's, and goes for that address",
    "nothing_waits": "nothing waits to be confirmed",
    "no_end_within_a_year": "a pause needs an end, within a year",
}
HELD: Final = {
    QUIET_HOURS: "these are the person's quiet hours",
    FREQUENCY_CAP: "the person has heard enough from us of late (a frequency cap)",
}
FELL_BACK: Final = {"silence": "was not answered", "failure": "did not arrive"}
EXITED: Final = {
    "completed": "it has come to its end",
    "exit_event": "the event that ends it happened",
    "exit_condition": "its exit condition became true",
    "merged": "the person was two, and as one they would not have begun it",
    "journey_changed": "the playbook no longer has the step at which it stood",
}
REFUSED: Final = {
    "merged_elsewhere": "that is another person's already",
    "kept_apart": "the two were parted",
    "not_vouched": "nobody whom we trust says so",
}

NO_ID: Final = "derived:"
"""How the ids begin that are given to events without one."""

MAX_SHOWN: Final = 160
"""Characters of an event's fields that are shown."""

_EXACT_INSTANT: Final = re.compile(r"(?<![\"\w])\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
"""As conditions tell of instants, not as events quote them."""


class Line(NamedTuple):
    """A sentence, and how deep it stands below the one before."""

    depth: int
    text: str


def plain(person: str, occurrence: Occurrence) -> dict[str, Any]:
    """The occurrence as JSON has it."""
    details = {name: _PLAIN.get(type(value), lambda same: same)(value) for name, value in occurrence.details.items()}
    for name in _INSTANTS & details.keys():
        details[name] = format_instant(details[name])
    return {"type": occurrence.kind, "at": format_instant(occurrence.at), "profile": person, **details}


def _plain_judgement(judgement: Judgement) -> dict[str, Any]:
    flips_at = None if judgement.flips_at is None else format_instant(judgement.flips_at)
    parts = [_plain_judgement(part) for part in judgement.parts]
    return {"words": judgement.words, "holds": judgement.holds, "until": flips_at, "parts": parts}


_PLAIN: Final[Mapping[type, Callable[[Any], Any]]] = {Event: event_to_dict, Judgement: _plain_judgement}
_INSTANTS: Final = frozenset({"until"})


def told(occurrence: Occurrence, clock: PersonClock, playbook: Playbook) -> Iterator[Line]:
    """The occurrence in words; what its journey is called stands above it."""
    teller = _Teller(clock, occurrence.at, playbook)
    if occurrence.kind == "judged":
        yield from _judged(occurrence.details, teller)
        return
    tell = _SENTENCES.get(occurrence.kind)
    if tell is None:
        details = {name: value for name, value in occurrence.details.items() if name != "journey"}
        named = ", ".join(f"{name} {value}" for name, value in details.items())
        yield Line(0, f"{occurrence.kind.replace('_', ' ')}: {named}")
        return
    yield Line(0, tell(occurrence.details, teller))


def _judged(details: Mapping[str, Any], teller: "_Teller") -> Iterator[Line]:
    judgement: Judgement = details["judgement"]
    if judgement == NOTHING_ASKED:
        return
    leads_to = ""
    if "leads_to" in details:
        leads_to = f": {'on' if judgement.holds else 'not'} to {teller.place(details['journey'], details['leads_to'])}"
    yield Line(0, f"{_verdict(judgement)} {details['question']} {_asked(judgement, teller)}{leads_to}")
    yield from _parts(judgement, 1, teller)


def _by(details: Mapping[str, Any]) -> str:
    return "" if details.get("channel") is None else f" by {details['channel']}"


def _credit(details: Mapping[str, Any]) -> str:
    return "" if details["message"] is None else f", put down to {details['message']} by {details['channel']}"


def _parts(judgement: Judgement, depth: int, teller: "_Teller") -> Iterator[Line]:
    for part in judgement.parts:
        yield Line(depth, f"{_verdict(part)} {_asked(part, teller)}")
        yield from _parts(part, depth + 1, teller)


def _verdict(judgement: Judgement) -> str:
    return "✓" if judgement.holds else "✗"


def _asked(judgement: Judgement, teller: "_Teller") -> str:
    words = teller.text(judgement.words)
    if judgement.flips_at is None:
        return words
    return f"{words}; {'true' if judgement.holds else 'false'} until {teller.when(judgement.flips_at)}"


class _Teller(NamedTuple):
    clock: PersonClock
    now: Instant
    playbook: Playbook

    def when(self, at: Instant) -> str:
        return f"{self.clock.brief(at, self.now)}, {ahead(at - self.now)}"

    def text(self, words: str) -> str:
        return _EXACT_INSTANT.sub(lambda found: self.clock.brief(parse_instant(found[0]), self.now), words)

    def place(self, journey: str | None, position: str) -> str:
        return place(self.playbook.journeys.get(journey or ""), position)


def event_words(event: Event, clock: PersonClock) -> str:
    """What happened, and what it said."""
    fields = {**event.traits, **event.properties}
    shown = ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
    shown = shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}…"
    came = [] if event.id.startswith(NO_ID) else [event.id]
    came += [f"happened {clock.brief(event.at, event.received_at)}, came late"] if event.at != event.received_at else []
    return event.name + (f" ({', '.join(came)})" if came else "") + (f": {shown}" if shown else "")


def for_key(key: str | None) -> str:
    return "" if key is None else f" for {key}"


def _fields(values: Mapping[str, Any], before: str = "", between: str = " ") -> str:
    told = (f"{before}{name}{between}{json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return ", ".join(told) or "nothing, for there is no value"


def _awaited(details: Mapping[str, Any], teller: _Teller) -> str:
    happened = " or ".join(details["came"] or details["events"])
    outcome = "came" if details["came"] else f"did not come within {format_duration(details['within'])}"
    return f"→ {happened} {outcome}: on to {teller.place(details['journey'], details['leads_to'])}"


def _waits(details: Mapping[str, Any], teller: _Teller) -> str:
    return f"… waits at {teller.place(details['journey'], details['step'])} until {teller.when(details['until'])}"


def _skipped(details: Mapping[str, Any], _: _Teller) -> str:
    return f"✗ does not begin: {SKIPPED.get(details['reason'], details['reason'])}"


def _held(details: Mapping[str, Any], teller: _Teller) -> str:
    reason = HELD.get(details["reason"], details["reason"])
    return f"→ holds {details['message']} by {details['channel']} until {teller.when(details['until'])}: {reason}"


def _dropped(details: Mapping[str, Any], _: _Teller) -> str:
    return f"→ does not send {details['message']}{_by(details)}: {DROPPED.get(details['reason'], details['reason'])}"


def _began(details: Mapping[str, Any], _: _Teller) -> str:
    held_out = ", in the holdout" if details.get("variant") else ""
    return f"→ begins{for_key(details['key'])} (run {details['run']}{held_out})"


def _checked(details: Mapping[str, Any], teller: _Teller) -> str:
    reason = details["reason"]
    allowed = "may be used" if reason is None else DROPPED.get(reason, reason)
    consent = f" ({teller.text(details['consent'])})" if "consent" in details else ""
    return f"{'✓' if reason is None else '✗'} {details['message']} by {details['channel']}: {allowed}{consent}"


def _sent(details: Mapping[str, Any], _: _Teller) -> str:
    place = "to confirm a yes" if details["step"] is None else f"step {details['step']}"
    return f"→ sends {details['message']} by {details['channel']} ({place})"


def _stopped(details: Mapping[str, Any], teller: _Teller) -> str:
    reason = HELD.get(details["reason"], details["reason"])
    return f"✗ {details['message']} by {details['channel']} until {teller.when(details['until'])}: {reason}"


_SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any], _Teller], str]]] = {
    "checked": _checked,
    "stopped": _stopped,
    "note": lambda details, teller: teller.text(details["text"]),
    "sets": lambda details, _: f"→ sets {_fields(details['traits'], 'traits.', ' to ')}",
    "emits": lambda details, _: (
        f"→ emits {details['name']}" + (f": {_fields(details['properties'])}" if details["properties"] else "")
    ),
    "draws": lambda details, teller: (
        f"→ split {details['split']}: on to {teller.place(details['journey'], details['leads_to'])}"
    ),
    "awaited": _awaited,
    "starts": lambda details, _: f"→ starts {details['other']}",
    "journey_entered": _began,
    "entry_skipped": _skipped,
    "waits": _waits,
    "send": _sent,
    "confirmation_not_asked": lambda details, _: (
        f"→ does not send {details['message']} by {details['channel']}: the address was asked within a day"
    ),
    "fell_back": lambda details, _: (
        f"→ {details['message']} {FELL_BACK[details['reason']]} by {details['channel']}: on to another channel"
    ),
    "held": _held,
    "dropped": _dropped,
    "goal_reached": lambda details, _: f"→ reaches its goal (run {details['run']}){_credit(details)}",
    "journey_exited": lambda details, _: (
        f"→ ends: {EXITED.get(details['reason'], details['reason'])} (run {details['run']})"
    ),
    "segment_entered": lambda details, _: f"enters the segment {details['segment']}",
    "segment_left": lambda details, _: f"leaves the segment {details['segment']}",
    "contact_refused": lambda details, _: (
        f"{details['contact']} is not taken: a public key may not say where a known person is written to"
    ),
    "trait_refused": lambda details, _: f"the trait {details['trait']} is not taken: {details['reason']}",
    "trait_unread": lambda details, _: f"the trait {details['trait']} cannot be read: {details['reason']}",
    "joined": lambda details, _: f"is one with {details['other']}, of whom everything is this person's from now on",
    "join_refused": lambda details, _: f"is not joined with {details['other']}: {REFUSED[details['reason']]}",
    "statement_refused": lambda details, _: (
        f"the statement is not taken: {UNTAKEN.get(details['reason'], details['reason'])}"
    ),
}
