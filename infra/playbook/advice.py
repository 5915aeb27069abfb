"""What in a playbook is probably not meant, though it runs: the warnings of ``carillon check``.

A warning needs a reason that a marketer would act on; whatever can be meant as it stands is passed over.
"""

from collections.abc import Iterator, Mapping, Set
from typing import Any, Final, TypeAlias

from infra.playbook.advertising import advertised
from infra.playbook.consent import silencing
from infra.playbook.places import PathTo, event_names, mappings, steps, sums
from infra.playbook.properties import missing_conditions, misspelt_conditions
from infra.playbook.reach import doubtful
from infra.playbook.second_looks import overtaken
from infra.playbook.source import CheckedSource
from shared.domain.behaviour.aggregates import MAX_AMOUNTS
from shared.domain.conditions.trees import ALWAYS
from shared.domain.consent.words import Channel
from shared.domain.events import SystemEvent
from shared.domain.intake.event_names import FREQUENT, OWN_NAMES, SPEC_NAMES, meant_instead
from shared.domain.journeys.program import Emit, Journey, Send, Via
from shared.domain.language.step_reader import FALLBACK_AFTER
from shared.domain.timing import DAY, Duration, format_duration, parse_duration
from shared.errors import PlaybookWarning

Found: TypeAlias = Iterator[tuple[str, PathTo, str]]
"""File, path in it, what is said."""

FREQUENT_WITHIN: Final[Duration] = 5 * DAY
"""Within longer than this, somebody may look around 256 times: fifty times a day."""

RARE_WITHIN: Final[Duration] = 512 * DAY
"""… and order, or do whatever else is not done all day, every other day."""

_UNASKED: Final = frozenset({SystemEvent.MESSAGE_SENT, SystemEvent.MESSAGE_DELIVERED})
"""What follows a message without anybody's doing."""

_OF_EVERY_RUN: Final = frozenset(
    {SystemEvent.JOURNEY_ENTERED, SystemEvent.JOURNEY_EXITED, SystemEvent.JOURNEY_COMPLETED}
)


def advise(checked: CheckedSource) -> list[PlaybookWarning]:
    """Every warning, in the order of the files; of what is faulty, only what its words alone tell."""
    found = [*_near_names(checked), *_long_sums(checked), *_properties(checked)]
    if not checked.faults:
        found += [*_unused(checked), *_incomplete_brand(checked), *silencing(checked.playbook)]
    faulty = {fault.file for fault in checked.faults}
    for name, journey in checked.playbook.journeys.items():
        file = f"journeys/{name}.yaml"
        if file not in faulty:
            plain = checked.source.plain["journeys"][name]
            found += [(file, path, said) for path, said in _of_journey(journey, plain, checked.playbook.tracking.heard)]
    return sorted({checked.source.warning(*warning) for warning in found})


def _of_journey(journey: Journey, plain: Mapping[str, Any], heard: Set[Channel]) -> Iterator[tuple[PathTo, str]]:
    yield from doubtful(journey, plain)
    yield from overtaken(journey, plain)
    yield from _answering_itself(journey)
    yield from _unheard(journey, plain, heard)


def _unheard(journey: Journey, plain: Mapping[str, Any], heard: Set[Channel]) -> Iterator[tuple[PathTo, str]]:
    """Channels from which a message never falls back, though its step asks for it."""
    for position, path, item in steps(plain.get("steps")):
        placed = journey.program.get(position)
        step = placed.step if placed else None
        if isinstance(step, Send) and step.fallback_after is not None:
            first = step.channels if step.via is Via.BEST else step.channels[:-1]
            if deaf := [channel.value for channel in first if channel not in heard]:
                where = (*path, FALLBACK_AFTER) if FALLBACK_AFTER in item else path
                yield where, f"nobody would hear of an answer by {' or '.join(deaf)}: what goes there goes nowhere else"


def _near_names(checked: CheckedSource) -> Found:
    for file, value in _files(checked):
        for path, name in event_names(value):
            for known, whose in ((SPEC_NAMES, "the Segment spec"), (OWN_NAMES, "the system's own events")):
                meant = None if name in SPEC_NAMES | OWN_NAMES else meant_instead(name, known)
                if meant is not None:
                    yield file, path, f'"{name}" is nearly "{meant}" of {whose}: is that what you mean?'
                    break


def _properties(checked: CheckedSource) -> Found:
    for file, value in _files(checked):
        if isinstance(value, Mapping):
            yield from ((file, path, said) for path, said in misspelt_conditions(value))
    yield from missing_conditions(checked.source.plain["journeys"])


def _long_sums(checked: CheckedSource) -> Found:
    for file, value in _files(checked):
        for path, plain in sums(value):
            names = plain.get("event")
            names = [names] if isinstance(names, str) else names if isinstance(names, list) else []
            is_frequent = any(isinstance(name, str) and name in FREQUENT for name in names)
            within = _duration(plain.get("within"))
            if within is not None and within > (FREQUENT_WITHIN if is_frequent else RARE_WITHIN):
                yield (
                    file,
                    (*path, "within"),
                    (
                        f"a person may do this more than {MAX_AMOUNTS} times within {format_duration(within)}: "
                        "beyond that the oldest amounts are merged, and age out together"
                    ),
                )


def _unused(checked: CheckedSource) -> Found:
    """Messages that nothing sends, topics that nothing is about. A segment is of use by itself, to whoever reads it."""
    journeys = checked.playbook.journeys.values()
    values = [value for _, value in _files(checked)]
    sent = {plain["send"] for value in values for _, plain in mappings(value) if isinstance(plain.get("send"), str)}
    sent |= checked.playbook.policy.confirmations
    change = checked.playbook.policy.address_change
    sent |= {change.confirmation, change.notice or ""} if change is not None else set()
    for message in checked.playbook.messages:
        if message not in sent:
            yield f"messages/{message}/message.yaml", (), "no journey sends this message"
    about = {journey.topic for journey in journeys}
    about |= {plain.get("topic") for value in values for path, plain in mappings(value) if path[-1:] == ("consents",)}
    for topic in checked.playbook.topics:
        if topic not in about:
            yield "policy.yaml", ("topics", topic), "no journey is about this topic"


def _incomplete_brand(checked: CheckedSource) -> Found:
    brand = checked.source.plain["brand"]
    sends = advertised(checked.playbook, Channel.EMAIL)
    if not sends or not brand.get("name"):
        return
    journey, message = min((journey, message) for message, journeys in sends.items() for journey in journeys)
    for key in ("from", "postal_address"):
        if not brand.get(key):
            yield (
                "brand.yaml",
                (),
                (f"`{key}` is missing: marketing by email needs it ({message}, sent by the journey {journey})"),
            )


def _answering_itself(journey: Journey) -> Iterator[tuple[PathTo, str]]:
    """A journey that causes its own entry event, asks nothing, and so begins again whenever it ends."""
    if journey.reenter_after != 0 or (journey.enter_where, journey.enter_if) != (ALWAYS, ALWAYS):
        return
    steps = [placed.step for placed in journey.program.values()]
    causes: dict[str, str] = dict.fromkeys(_OF_EVERY_RUN, "every run of it causes")
    causes |= {step.event: "it emits" for step in steps if isinstance(step, Emit)}
    if any(isinstance(step, Send) for step in steps):
        causes |= dict.fromkeys(_UNASKED, "its own messages cause")
    for event in sorted(journey.enter_on & causes.keys()):
        yield (
            ("enter", "on"),
            (
                f'answers itself: it enters on "{event}", which {causes[event]}; '
                "ask in `where` for another message or journey, or limit it with `reenter`"
            ),
        )


def _files(checked: CheckedSource) -> Iterator[tuple[str, Any]]:
    for folder in ("journeys", "segments"):
        for name, value in checked.source.plain[folder].items():
            yield f"{folder}/{name}.yaml", value


def _duration(value: Any) -> Duration | None:
    try:
        return parse_duration(value) if isinstance(value, str) else None
    except ValueError:
        return None
