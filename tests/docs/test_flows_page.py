"""Every shipped flow does, to the minute, what its page says; whoever refused marketing gets none of it."""

import json
from collections.abc import Iterable
from typing import Final

import pytest

from infra.playbook.source import check_playbook
from shared.domain.decide import Occurrence
from shared.domain.events import Event, EventType
from shared.domain.journeys.program import Send
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.timing import DAY, MINUTE
from shared.services.simulate import ROWS, Simulation
from tests.builders import an_event
from tests.docs.examples import ROOT, blocks
from tests.docs.test_examples_page import KNOWN_FROM, Example, instant_of, told_as

PAGE: Final = ROOT / "docs/flows.md"
TRAITS: Final = json.loads(blocks("json", PAGE)[0].text)
STORIES: Final = [Example(block.line, block.text) for block in blocks("text", PAGE)]
ALWAYS_TOLD: Final = ("send", "held", "dropped")


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    plain, faults = check_playbook(ROOT / "templates")
    playbook, more = read_playbook(plain)
    assert not faults
    assert not more
    return playbook


def lived(playbook: Playbook, story: Example, *before: Event) -> Iterable[Occurrence]:
    """The story and the sixty days after it, with Ana known beforehand."""
    known, *told = story.events
    events = [an_event("", id="known", type=EventType.IDENTIFY, at=known.at, traits=TRAITS), *before, *told]
    last = max(instant_of(line[0]) for line in story.lines())
    happened = Simulation(playbook).run(events, last + 60 * DAY)
    return [occurrence for _, occurrence in happened if occurrence.kind in ROWS]


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_a_flow_does_what_its_story_says(playbook: Playbook, story: Example) -> None:
    rows = [(one.kind, told_as(one)) for one in lived(playbook, story)]
    assert [row for kind, row in rows if kind in ALWAYS_TOLD or row in story.rows] == story.rows


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_who_refuses_marketing_gets_none(playbook: Playbook, story: Example) -> None:
    """But what is about their own orders."""
    refusal = an_event("Unsubscribed", id="refusal", at=KNOWN_FROM + MINUTE)
    refused = Example(story.line, "\n".join(line for line in story.told.splitlines() if "Subscribed" not in line))
    sent = {row.details["journey"] for row in lived(playbook, refused, refusal) if row.kind == "send"}
    assert {playbook.journeys[name].purpose for name in sent} <= {"transactional"}


def test_every_flow_and_each_of_its_messages_has_a_story(playbook: Playbook) -> None:
    told = "\n".join(row for story in STORIES for row in story.rows)
    steps = (placed.step for journey in playbook.journeys.values() for placed in journey.program.values())
    messages = {step.message for step in steps if isinstance(step, Send)}
    assert {name for name in messages if f" send {name} " not in told} == set()
