"""Rules of consent that silence a journey, or do nothing: what ``check`` warns of."""

from collections.abc import Iterator
from typing import TypeAlias

from infra.playbook.places import PathTo
from shared.domain.conditions.trees import ALWAYS
from shared.domain.consent.rules import CONSENT
from shared.domain.consent.words import Channel, Purpose
from shared.domain.events import SystemEvent
from shared.domain.journeys.program import Journey, Send
from shared.domain.playbook import Playbook

Found: TypeAlias = Iterator[tuple[str, PathTo, str]]
"""File, path in it, what is said."""


def silencing(playbook: Playbook) -> Found:
    """What the policy's rules of consent make of journeys that are meant to be heard."""
    if not playbook.policy.consent:
        return
    for name, journey in playbook.journeys.items():
        if journey.purpose is Purpose.MARKETING:
            yield from ((f"journeys/{name}.yaml", path, said) for path, said in _of_journey(playbook, journey))
    for channel, consent in playbook.policy.consent.items():
        for country, rule in consent.countries.items():
            if rule == consent.rule:
                yield "policy.yaml", (CONSENT, channel, "countries", country), "changes nothing: it is so everywhere"


def _of_journey(playbook: Playbook, journey: Journey) -> Iterator[tuple[PathTo, str]]:
    channels = {c for placed in journey.program.values() if isinstance(placed.step, Send) for c in placed.step.channels}
    if channels and _is_heard_by_default(playbook, journey) and all(not _holds(playbook, c) for c in channels):
        by = " and ".join(sorted(channels))
        rule = f'its default is true, but policy.yaml has "default: false" for {by}'
        yield ("topic",), f"is heard of by nobody but who said yes: {rule}"
    first = journey.program.get("0")
    waiting = (
        [c for c in first.step.channels if _confirms(playbook, c)] if first and isinstance(first.step, Send) else []
    )
    if SystemEvent.SUBSCRIBED in journey.enter_on and journey.enter_where == ALWAYS and waiting:
        dropped = f"begins before the yes to {' and '.join(waiting)} is confirmed, so that its first message is dropped"
        yield ("enter",), f"{dropped}: give `where: {{properties.confirmed: true}}`"


def _is_heard_by_default(playbook: Playbook, journey: Journey) -> bool:
    topic = playbook.topics.get(journey.topic or "")
    return topic is not None and topic.default


def _holds(playbook: Playbook, channel: Channel) -> bool:
    """Whether the topics' defaults hold on the channel, somewhere."""
    consent = playbook.policy.consent.get(channel)
    return consent is None or consent.rule.default or any(rule.default for rule in consent.countries.values())


def _confirms(playbook: Playbook, channel: Channel) -> bool:
    consent = playbook.policy.consent.get(channel)
    return consent is not None and consent.rule.confirmation is not None
