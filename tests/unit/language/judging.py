"""Asks one condition in every place of the language that takes one, and wants one answer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from shared.domain.events import NOTHING
from shared.domain.timing import DAY
from tests.unit.language.public_way import event, person, simulate

HEAD: Final = "purpose: transactional\n"
BRANCH: Final = "then: [{exit: 'yes'}], else: [{exit: 'no'}]"

OF_THE_PERSON: Final = {
    "enter_if": "enter: {on: Probe, if: ASKED}\nsteps: [{exit: 'yes'}]\n",
    "not": "enter: {on: Probe, if: {not: ASKED}}\nsteps: [{exit: 'no'}]\n",
    "if": f"enter: {{on: Probe}}\nsteps: [{{if: ASKED, {BRANCH}}}]\n",
    "choose": "enter: {on: Probe}\n"
    "steps: [{choose: [{when: ASKED, steps: [{exit: 'yes'}]}, {otherwise: [{exit: 'no'}]}]}]\n",
    "exit_if": "enter: {on: Probe}\nexit: {if: ASKED}\nsteps: [{exit: 'no'}]\n",
}
"""Where a condition looks at the person: traits, behaviour, standing."""

OF_THE_ENTRY: Final = {name: text for name, text in OF_THE_PERSON.items() if name in {"if", "choose", "exit_if"}}
"""Where it may look at the event that started the run."""

OF_THE_EVENT: Final = {
    "enter_where": "enter: {on: Probe, where: ASKED}\nsteps: [{exit: 'yes'}]\n",
    "not": "enter: {on: Probe, where: {not: ASKED}}\nsteps: [{exit: 'no'}]\n",
    "did_where": f"enter: {{on: Then}}\nsteps: [{{if: {{did: {{event: Probe, where: ASKED}}}}, {BRANCH}}}]\n",
    "did_not_where": "enter: {on: Then, if: {did_not: {event: Probe, where: ASKED}}}\nsteps: [{exit: 'no'}]\n",
    "sum_where": "enter: {on: Then, if: {sum: {event: Probe, of: properties.one, where: ASKED, at_least: 1}}}\n"
    "steps: [{exit: 'yes'}]\n",
    "await_where": "enter: {on: First}\n"
    f"steps: [{{await: {{on: Probe, where: ASKED}}, timeout: 30 minutes, {BRANCH}}}]\n",
}
"""Where it looks at an event at hand."""

LONG: Final = 5_000 * DAY

_NEGATED: Final = {"not", "did_not_where"}


Facts = Mapping[str, Any]


def of_people(asked: str, people: Sequence[Facts]) -> list[bool]:
    """Of which people the condition holds at noon, by their traits."""
    return _verdicts(asked, OF_THE_PERSON, [[person(-1, **traits), event("Probe")] for traits in people])


def of_a_person(asked: str, *history: Facts, files: Mapping[str, str] = NOTHING, **traits: Any) -> bool:
    """Whether it holds at noon of one to whom that happened, among files that it may refer to."""
    (found,) = _verdicts(asked, OF_THE_PERSON, [[person(-LONG, **traits), *history, event("Probe")]], files)
    return found


def of_entries(asked: str, entries: Sequence[Facts]) -> list[bool]:
    """In which runs it holds, by the properties of the events that started them."""
    return _verdicts(asked, OF_THE_ENTRY, [[event("Probe", **properties)] for properties in entries])


def of_events(asked: str, events: Sequence[Facts], *, places: Iterable[str] = tuple(OF_THE_EVENT)) -> list[bool]:
    """Of which events it holds, by their properties, which are their context, too."""
    lives = [
        [event("First"), event("Probe", 1, context=dict(facts), one=1, **facts), event("Then", 2)] for facts in events
    ]
    return _verdicts(asked, {place: OF_THE_EVENT[place] for place in places}, lives)


def _verdicts(
    asked: str, places: Mapping[str, str], lives: Sequence[Sequence[Facts]], around: Mapping[str, str] = NOTHING
) -> list[bool]:
    asking = {f"journeys/{place}.yaml": HEAD + text.replace("ASKED", asked) for place, text in places.items()}
    lines = [
        {**line, "userId": f"u{number}", "messageId": f"{number} {line['messageId']}"}
        for number, life in enumerate(lives)
        for line in life
    ]
    told = simulate({**around, **asking}, *lines, until=2, assumed=False)
    reasons = {(name, who): why for name, who, why in told.of("journey_exited", "journey", "profile", "reason")}
    found = []
    for number in range(len(lives)):
        answers = {place: _answer(place, reasons.get((place, f"u{number}"))) for place in places}
        assert len(set(answers.values())) == 1, (lives[number], answers)
        found.append(answers.popitem()[1])
    return found


def _answer(place: str, reason: str | None) -> bool:
    return place in _NEGATED if reason is None else reason != "no"
