"""The playbook as lines, of which a function reads what its events touch; stories are told by such playbooks too."""

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from infra.playbook.source import check_playbook
from shared.adapters.compiled_playbook import LINES, lines_of, load
from shared.adapters.playbook_lines import from_lines, to_lines
from shared.domain.decide import decide
from shared.domain.events import EventType
from shared.domain.journeys.versions import with_former
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.timing import HOUR
from shared.errors import PlaybookError
from tests.builders import NOON, a_profile, an_event
from tests.conftest import SHIPPED_PLAYBOOK
from tests.playbooks import PLAIN
from tests.stories import a_journey, plain_playbook

WAITED = {"properties.x": {"is": {"path": "entry.properties.x"}}}
STEPS: list[dict[str, Any]] = [
    {"wait": {"until": "09:00", "on": ["mon"]}},
    {
        "await": {"on": "Start", "where": WAITED},
        "timeout": "1 day",
        "then": [{"set": {"traits.seen": "yes"}}],
        "else": [{"emit": {"event": "Told", "properties": {"n": 0.1}}}],
    },
    {
        "split": {
            "a": {"weight": 1, "steps": [{"exit": "bored"}]},
            "b": {"weight": 2, "steps": [{"send": "hello", "via": ["sms", "push"]}]},
        }
    },
    {
        "if": {
            "sum": {"event": "Start", "of": "properties.x", "within": "1 day", "above": 0.5},
            "segment": "all",
        },
        "then": [{"exit": "rich"}],
    },
    {"wait": {"date": "traits.renews", "offset": "-1 day"}},
    {
        "send": "hello",
        "via": "best",
        "if": {"did_not": {"event": "Start", "where": {"properties.x": {"matches": "^a"}}}},
    },
    {"send": "bye", "via": "all", "name": "farewell"},
    {"choose": [{"when": {"not": {"traits.x": {"within_last": "1 day"}}}, "steps": [{"start": "late"}]}]},
]
TEXT_OPERATORS = ["is_not", "contains", "starts_with", "ends_with", "matches", "before", "after"]
HOURS = {"from": "19:00", "until": "10:00"}
RICH = plain_playbook(
    {
        "rich": a_journey(steps=STEPS, holdout="5%", goal={"on": "Won", "within": "1 day"}, key="properties.x"),
        "dated": a_journey(enter={"date": "traits.renews", "at": "08:00", "offset": "-1 day", "yearly": True}),
        "late": a_journey(
            priority=90,
            in_flight="migrate",
            enter={"on": ["Start", "Begin"], "where": {"properties.x": [1, "a", True]}},
        ),
    },
    segments={
        "all": {"if": {"any": [{"in_journey": "rich"}, {"traits.x": {"exists": False}}]}},
        "near": {"if": {"reachable": "sms", "consents": {"channel": "sms", "topic": "news"}}},
        "told": {"if": {"any": [{"traits.x": {operator: "2026-11-02"}} for operator in TEXT_OPERATORS]}},
        "some": {"if": {"traits.x": {"in": ["a", {"path": "traits.y"}], "at_most": 0.1, "within_next": "1 day"}}},
    },
    policy={
        "topics": {"news": {"title": "News", "default": True}},
        "quiet_hours": {"sms": {**HOURS, "countries": {"FR": HOURS}}},
        "frequency_caps": [{"channels": ["email"], "purpose": "marketing", "at_most": 1, "per": "1 day"}],
    },
)


def lines(playbook: Playbook) -> list[bytes]:
    return [line.encode() for line in to_lines(playbook)]


@pytest.mark.parametrize("plain", [RICH, PLAIN, check_playbook(SHIPPED_PLAYBOOK)[0]], ids=["rich", "tests", "shipped"])
def test_a_playbook_comes_back_from_its_lines(plain: dict[str, Any]) -> None:
    playbook, faults = read_playbook(plain)
    assert not faults
    again = from_lines(lines(playbook))
    assert again == playbook
    assert to_lines(again) == to_lines(playbook)


def test_a_pattern_that_comes_back_matches() -> None:
    playbook, _ = read_playbook(RICH)
    person = from_lines(lines(playbook))
    event = an_event("Other", id="i", type=EventType.IDENTIFY, traits={"x": "on 2026-11-02 at noon"})
    assert "told" in decide(person, a_profile(), [event], NOON).profile.segments


def test_an_event_reads_what_it_touches_and_nothing_else() -> None:
    """However many journeys there are: a line that cannot be read fails nobody whom it does not concern."""
    playbook, _ = read_playbook(
        plain_playbook({f"j{n}": a_journey(enter={"on": f"Start {n}"}, exit=None) for n in range(50)})
    )
    broken = [
        line.replace(b"program.Journey", b"program.None") if b'"j7"' not in line[:40] else line
        for line in lines(playbook)
    ]
    few = from_lines(broken)
    event = an_event("Start 7")
    assert decide(few, a_profile(), [event], NOON + HOUR) == decide(playbook, a_profile(), [event], NOON + HOUR)
    former = with_former(few, {("j7", "an earlier one"): a_journey(exit={"on": "Stop 7"})})
    assert decide(former, a_profile(), [event], NOON + HOUR) == decide(few, a_profile(), [event], NOON + HOUR)
    with pytest.raises(AttributeError):
        decide(few, a_profile(), [an_event("Start 8")], NOON)


def test_only_what_is_the_domains_is_written_and_read() -> None:
    @dataclass(frozen=True)
    class Stranger:
        name: str

    playbook, _ = read_playbook(RICH)
    with pytest.raises(TypeError, match="Stranger"):
        to_lines(replace(playbook, topics={"x": Stranger("x")}))  # type: ignore[dict-item]
    head = json.loads(to_lines(playbook)[0])
    for name in ("json.JSONDecoder", "timing.parse_instant", "playbook.Any"):
        with pytest.raises((TypeError, ModuleNotFoundError, AttributeError)):
            from_lines([json.dumps(head | {"spread": name}).encode()])


def test_a_playbook_with_faults_has_no_lines(tmp_path: Any) -> None:
    with pytest.raises(PlaybookError, match="unknown key"):
        lines_of(plain_playbook({"j": a_journey(wait="1 hour")}))
    (tmp_path / LINES).write_text(lines_of(RICH))
    assert load(tmp_path) == read_playbook(RICH)[0]
