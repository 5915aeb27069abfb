"""Every example of the playbook's page runs."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from infra.playbook.brand import read_brand
from infra.playbook.build import check_messages
from infra.playbook.source import check_playbook
from infra.replay.explanation import DROPPED, EXITED, FELL_BACK, HELD, SKIPPED
from shared.adapters.playbook_files import read_yaml
from shared.domain.decide import decide
from shared.domain.events import ASKED, IMPLIED_NAMES, EventType, SystemEvent
from shared.domain.playbook import read_playbook
from shared.domain.profiles import Profile
from shared.domain.timing import parse_duration, parse_instant
from shared.services import simulate
from tests.builders import NOON, an_event
from tests.docs.examples import ROOT, Block, blocks

PAGE = ROOT / "docs/playbook.md"
ROW = re.compile(r"^\| `(.+)` \| `(\{.*\})` \| (yes|no) \|$", re.MULTILINE)
DATE_ROW = re.compile(
    r"^\| `([\dT:Z-]+)` \| (?:`([^`]+)`)? ?\| (?:`(true)`)? ?\| `(\w+/\w+)` \| (?:`([^`]+)`|never: it is past) \|$",
    re.MULTILINE,
)
ROWS = ROW.findall(PAGE.read_text("utf-8"))
YAML_FILES = [block.text for block in blocks("yaml", PAGE)]

DATES = DATE_ROW.findall(PAGE.read_text("utf-8"))

JOURNEY: Mapping[str, Any] = {"purpose": "transactional", "enter": {"on": "Probe"}, "steps": [{"exit": "done"}]}
WELCOME: Mapping[str, Any] = {**JOURNEY, "enter": {"on": "Signed Up"}, "steps": [{"wait": "7 days"}]}
SEGMENTS: Mapping[str, Any] = {
    plain["title"].lower(): plain for plain in map(YAML(typ="safe").load, YAML_FILES) if "if" in plain
}
TOPICS: Mapping[str, Any] = {"news": {"title": "News from the workshop", "default": False}}


def read_condition(text: str, folder: Path) -> Any:
    (folder / "condition.yaml").write_text(text, "utf-8")
    return read_yaml(folder / "condition.yaml", "condition.yaml").value


@pytest.mark.parametrize(("text", "facts", "holds"), ROWS, ids=[f"{text} of {facts}" for text, facts, _ in ROWS])
def test_a_condition_holds_of_what_the_page_says(text: str, facts: str, holds: str, tmp_path: Path) -> None:
    plain = json.loads(facts)
    tests_the_event = plain.keys() & {"properties", "context"}
    enter = {"on": "Probe", "where" if tests_the_event else "if": read_condition(text, tmp_path)}
    journeys = {"probe": {**JOURNEY, "enter": enter}, "welcome": WELCOME}
    plain_playbook = {"journeys": journeys, "messages": {}, "policy": {"topics": TOPICS}, "segments": SEGMENTS}
    playbook, faults = read_playbook(plain_playbook)
    assert not faults
    person = Profile(id="u1")
    history = [
        an_event(name, id=f"{name} {ago}", at=NOON - parse_duration(ago), properties=properties)
        for name, times in plain.get("did", {}).items()
        for ago, properties in (times.items() if isinstance(times, dict) else ((ago, {}) for ago in times))
    ]
    history.append(an_event("", id="traits", type=EventType.IDENTIFY, at=NOON, traits=plain.get("traits", {})))
    for event in sorted(history, key=lambda event: event.received_at):
        person = decide(playbook, person, [event], event.received_at).profile
    probe = an_event("Probe", id="probe", properties=plain.get("properties", {}), context=plain.get("context", {}))
    kinds = [occurrence.kind for occurrence in decide(playbook, person, [probe], NOON).trace]
    assert ("journey_entered" in kinds) == (holds == "yes")


@pytest.mark.parametrize(("day", "offset", "yearly", "timezone", "begins"), DATES)
def test_a_date_begins_its_journey_when_the_page_says(
    day: str, offset: str, yearly: str, timezone: str, begins: str
) -> None:
    enter = {"date": "traits.day"} | ({"offset": offset} if offset else {}) | ({"yearly": True} if yearly else {})
    playbook, faults = read_playbook({"journeys": {"probe": {**JOURNEY, "enter": enter}}, "messages": {}, "policy": {}})
    assert not faults
    assert len(DATES) == 9
    said = an_event("", type=EventType.IDENTIFY, traits={"day": day, "timezone": timezone})
    wake_at = decide(playbook, Profile(id="u1"), [said], NOON).profile.wake_at
    assert wake_at == (parse_instant(begins) if begins else None)


def test_the_page_has_an_example_of_every_operator() -> None:
    used = set(re.findall(r"(\w+):", " ".join(text for text, _, _ in ROWS)))
    operators = "is is_not in not_in above at_least below at_most contains starts_with ends_with matches before after"
    others = "exists within_last within_next all any not did did_not within path sum of segment in_journey consents"
    assert set(f"{operators} {others} reachable".split()) <= used


@pytest.mark.parametrize("block", blocks("yaml", PAGE), ids=str)
def test_a_file_of_the_page_passes_the_check(block: Block, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    plain = YAML(typ="safe").load(block.text)
    (tmp_path / "templates/segments").mkdir(exist_ok=True)
    (tmp_path / "templates/segments/regulars.yaml").write_text(json.dumps(SEGMENTS["regulars"]), "utf-8")
    if "steps" in plain:
        (tmp_path / "templates/journeys/example.yaml").write_text(block.text, "utf-8")
        _, faults = check_playbook(tmp_path / "templates")
        assert not faults
    elif "if" in plain:
        (tmp_path / "templates/segments/example.yaml").write_text(block.text, "utf-8")
        _, faults = check_playbook(tmp_path / "templates")
        assert not faults
    elif "attachments" in plain:
        whole = tmp_path / "templates"
        brand = (whole / "brand.yaml").read_text("utf-8")
        (whole / "brand.yaml").write_text(f"{brand}\nsenders: {{orders: Orders <o@shop.example>}}\n", "utf-8")
        message = whole / "messages/order_confirmation"
        (message / "message.yaml").write_text(block.text, "utf-8")
        (message / "care.pdf").write_bytes(b"%PDF")
        example = json.loads((message / "example.json").read_text("utf-8"))
        example["entry"]["properties"]["ready_at"] = "2026-11-05T09:00:00Z"
        (message / "example.json").write_text(json.dumps(example), "utf-8")
        assert check_messages(whole) == []
    elif "name" in plain:
        (tmp_path / "templates/brand.yaml").write_text(block.text, "utf-8")
        assert not read_brand(tmp_path / "templates")[1]
    else:
        assert "topics" in plain
        assert not read_playbook(
            {"journeys": {}, "messages": {"confirm_subscription": {"channels": ["email"]}}, "policy": plain}
        )[1]


def section(heading: str) -> str:
    return PAGE.read_text("utf-8").partition(f"{heading}\n")[2].partition("\n#")[0]


def test_the_page_names_every_event_of_the_system_and_no_other() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|", section("## Events"), re.MULTILINE)
    assert set(re.findall(r"`([^`]+)`", " ".join(rows))) == set(SystemEvent)
    calls = {type_: name for type_, name in IMPLIED_NAMES.items() if type_ not in ASKED}
    assert all(
        f"`{type_}`" in section("## Events") and f"`{name}`" in section("## Events") for type_, name in calls.items()
    )


def test_the_page_says_what_every_row_of_simulate_holds_and_every_reason_in_it() -> None:
    rows, _, reasons = section("### The rows of `simulate`").partition("| `reason` of")
    told = {
        kind: tuple(re.findall(r"`(\w+)`", fields))
        for kinds, fields in re.findall(r"^\| (`[^|]+`) \| (`[^|]+`) \|", rows, re.MULTILINE)
        for kind in re.findall(r"`(\w+)`", kinds)
    }
    assert told == {**simulate.ROWS, "invalid_event": ("line", "errors")}
    named = re.findall(r"^\|[^|]*\| ((?:`\w+`(?:, )?)+) \|", reasons, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(named))) == {*SKIPPED, *HELD, *FELL_BACK, *DROPPED, *EXITED}
