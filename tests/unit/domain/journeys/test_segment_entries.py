"""Entry by segment: a journey begins when people enter a segment, by what they do or by time alone."""

from typing import Any

import pytest

from shared.domain.playbook import read_playbook
from shared.domain.timing import DAY, HOUR, MINUTE, format_instant
from tests.builders import NOON
from tests.stories import Story, a_journey, a_playbook, plain_playbook

HELLO = {"send": "hello", "via": ["email"]}
GOLD = {"traits.tier": "gold"}
LAPSED = {"did": {"event": "Seen"}, "did_not": {"event": "Seen", "within": "1 hour"}}


def by_segment(name: str, **changes: Any) -> dict[str, Any]:
    return a_journey(**({"enter": {"segment": name}, "exit": None, "steps": [HELLO]} | changes))


def test_the_event_that_brings_a_person_in_begins_the_run() -> None:
    story = Story(a_playbook(segments={"vip": GOLD}, j=by_segment("vip")))
    story.identify(tier="silver")
    story.identify(NOON + HOUR, tier="gold")
    story.identify(NOON + 2 * HOUR, tier="gold", other=1)

    assert story.sent == [("hello", HOUR)]


def test_time_alone_begins_it_at_the_millisecond() -> None:
    story = Story(a_playbook(segments={"lapsed": LAPSED}, j=by_segment("lapsed", steps=[{"wait": "1 minute"}, HELLO])))
    story.happens("Seen", NOON + 1)
    story.time_comes(NOON + DAY)

    assert story.sent == [("hello", HOUR + 1 + MINUTE)]


def test_the_runs_entry_is_the_event_of_entering() -> None:
    reads = {"set": {"traits.entered": {"path": "entry.properties.segment"}}}
    story = Story(a_playbook(segments={"vip": GOLD}, j=by_segment("vip", steps=[reads, {"wait": "1 day"}])))
    story.identify(tier="gold")

    [run] = story.profile.runs.values()
    assert (run.entered_at, run.entry["event"]) == (NOON, "Segment Entered")
    assert run.entry["timestamp"] == format_instant(NOON)
    assert story.profile.traits["entered"] == "vip"


def test_another_segment_begins_nothing() -> None:
    story = Story(a_playbook(segments={"vip": GOLD, "lapsed": LAPSED}, j=by_segment("lapsed")))
    story.identify(tier="gold")

    assert (story.sent, story.skipped()) == ([], [])


def test_who_leaves_and_enters_again_begins_again_as_reenter_says() -> None:
    playbook = a_playbook(segments={"vip": GOLD}, always=by_segment("vip"), once=by_segment("vip", reenter="never"))
    story = Story(playbook)
    for hour, tier in enumerate(["gold", "silver", "gold"]):
        story.identify(NOON + hour * HOUR, tier=tier)

    begun = [(one["journey"], one["at"] - NOON) for one in story.told("journey_entered")]
    assert begun == [("always", 0), ("once", 0), ("always", 2 * HOUR)]
    assert story.skipped() == ["reenter"]


def test_if_is_asked_of_the_person_as_they_enter() -> None:
    journey = by_segment("vip", enter={"segment": "vip", "if": {"traits.visits": {"above": 3}}})
    story = Story(a_playbook(segments={"vip": GOLD}, j=journey))
    story.identify(tier="gold", visits=1)
    story.identify(NOON + HOUR, tier="silver", visits=5)
    story.identify(NOON + 2 * HOUR, tier="gold")

    assert (story.skipped(), story.sent) == (["condition"], [("hello", 2 * HOUR)])


def test_a_segment_may_be_what_a_dates_condition_asks_at_its_instant() -> None:
    enter = {"date": "traits.renews", "at": "13:00", "if": {"segment": "lapsed"}}
    story = Story(a_playbook(segments={"lapsed": LAPSED}, j=a_journey(enter=enter, exit=None, steps=[HELLO])))
    story.identify(renews="2026-11-02")
    story.happens("Seen", NOON)
    story.time_comes(NOON + DAY)

    assert story.sent == [("hello", HOUR)]


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"enter": {"segment": "vpi"}}, "enter.segment", 'there is no segment "vpi", did you mean "vip"?'),
        ({"enter": {"segment": 5}}, "enter.segment", "expected text, found 5"),
        ({"enter": {"segment": "vip", "on": "Start"}}, "enter", '"on", "segment" are several'),
        ({"enter": {"segment": "vip", "where": {"properties.a": 1}}}, "enter.where", 'test the person, with "if"'),
        ({"enter": {"segment": "vip", "yearly": True}}, "enter.yearly", '"yearly" goes with "date" only'),
        ({"key": "properties.segment"}, "key", "entering a segment is none"),
    ],
)
def test_a_faulty_entry_by_segment_is_told_where_and_how(changes: dict[str, Any], path: str, message: str) -> None:
    plain = plain_playbook({"j": by_segment("vip", **changes)}, segments={"vip": {"if": GOLD}})
    [(file, finding)] = read_playbook(plain)[1]
    assert (file, ".".join(finding.path)) == ("journeys/j.yaml", path)
    assert message in finding.message
