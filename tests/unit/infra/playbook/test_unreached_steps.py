"""Steps that nobody reaches: by a journey's shape a fault, by what a condition asks a warning."""

from typing import Any

import pytest

from infra.playbook.certainty import certain
from infra.playbook.reach import doubtful, unreached
from shared.domain.playbook import read_playbook
from tests.conditions import read

EXIT = [{"exit": "done"}]
WAIT = [{"wait": "1 hour"}]
ASKED = {"traits.a": 1}
NEVER = {"all": [{"traits.a": 1}, {"traits.a": 2}]}
ALWAYS = {"did": {"event": "Bought", "at_least": 0}}
SEVERAL: dict[str, Any] = {"traits.a": 1, "traits.b": 2}


def read_journey(**parts: Any) -> tuple[Any, dict[str, Any]]:
    plain = {"purpose": "transactional", "enter": {"on": "Checked"}, "steps": EXIT, **parts}
    playbook, faults = read_playbook({"journeys": {"a": plain}, "messages": {}})
    assert not faults
    return playbook.journeys["a"], plain


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([{"if": ASKED, "then": EXIT, "else": EXIT}, *WAIT], "steps.1"),
        ([{"if": ASKED, "then": EXIT}, *WAIT], None),
        ([{"if": ASKED, "then": EXIT, "else": WAIT}, *WAIT], None),
        ([{"if": ASKED, "then": [*WAIT, *EXIT], "else": [*WAIT, *EXIT]}, *WAIT, *WAIT], "steps.1"),
        ([{"choose": [{"when": ASKED, "steps": EXIT}, {"otherwise": EXIT}]}, *WAIT], "steps.1"),
        ([{"choose": [{"when": ASKED, "steps": EXIT}]}, *WAIT], None),
        ([{"split": {"a": {"weight": 1, "steps": EXIT}, "b": {"weight": 1, "steps": EXIT}}}, *WAIT], "steps.1"),
        ([{"split": {"a": {"weight": 1, "steps": EXIT}, "b": {"weight": 0, "steps": WAIT}}}, *WAIT], None),
        ([{"await": {"on": "Bought"}, "timeout": "1 day", "then": EXIT, "else": EXIT}, *WAIT], "steps.1"),
        ([{"await": {"on": "Bought"}, "timeout": "1 day", "then": EXIT}, *WAIT], None),
        (
            [{"if": ASKED, "then": [{"if": ASKED, "then": EXIT, "else": EXIT}, *WAIT]}, *WAIT],
            "steps.0.then.1",
        ),
        (
            [{"split": {"v1.5": {"weight": 1, "steps": [{"if": ASKED, "then": EXIT, "else": EXIT}, *WAIT]}}}],
            "steps.0.split.v1.5.steps.1",
        ),
        (
            [{"choose": [{"otherwise": [{"if": ASKED, "then": EXIT, "else": EXIT}, *WAIT]}]}],
            "steps.0.choose.0.otherwise.1",
        ),
    ],
)
def test_a_step_to_which_no_way_leads_is_a_fault(steps: list[Any], place: str | None) -> None:
    found = list(unreached(*read_journey(steps=steps)))
    assert [".".join(path) for path, _ in found] == ([place] if place else [])
    assert all("is never reached: every way through the step before it ends the run" in said for _, said in found)


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"enter": {"on": "Checked", "if": NEVER}}, "enter.if: can never hold: nobody enters"),
        (
            {"enter": {"on": "Checked", "where": {"properties.a": {"above": 9, "below": 5}}}},
            "enter.where: can never hold: nobody enters",
        ),
        ({"exit": {"if": NEVER}}, "exit.if: can never hold: it ends no run"),
        ({"steps": [{"if": NEVER, "then": WAIT}]}, "steps.0.if: can never hold: its steps are never reached"),
        ({"steps": [{"if": ALWAYS, "then": WAIT, "else": WAIT}]}, "steps.0.if: always holds: `else` is never reached"),
        ({"steps": [{"if": ALWAYS, "then": WAIT}]}, "steps.0.if: always holds: it asks nothing"),
        (
            {"steps": [{"choose": [{"when": ALWAYS, "steps": WAIT}, {"when": ASKED, "steps": WAIT}]}]},
            "steps.0.choose.0.when: always holds: the cases after it are never reached",
        ),
        (
            {"steps": [{"choose": [{"when": ASKED, "steps": WAIT}, {"when": ALWAYS, "steps": WAIT}]}]},
            "steps.0.choose.1.when: always holds: write `otherwise`",
        ),
        (
            {"steps": [{"choose": [{"when": NEVER, "steps": WAIT}, {"otherwise": WAIT}]}]},
            "steps.0.choose.0.when: can never hold: its steps are never reached",
        ),
        (
            {"steps": [{"split": {"a": {"weight": 1, "steps": WAIT}, "b": {"weight": 0, "steps": WAIT}}}]},
            "steps.0.split.b.weight: is 0: nobody takes this arm",
        ),
        ({"steps": [{"if": ASKED, "then": WAIT}]}, None),
    ],
)
def test_what_keeps_everybody_out_is_told(parts: dict[str, Any], told: str | None) -> None:
    found = [f"{'.'.join(path)}: {said}" for path, said in doubtful(*read_journey(**parts))]
    assert found == ([told] if told else [])


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        (ASKED, None),
        (SEVERAL, None),
        (NEVER, False),
        ({"not": NEVER}, True),
        ({"any": [ASKED, NEVER]}, None),
        ({"any": [NEVER, NEVER]}, False),
        ({"any": [ASKED, ALWAYS]}, True),
        ({"all": [ASKED, ALWAYS]}, None),
        ({"all": [ASKED, {"any": [NEVER]}]}, False),
        ({"all": [{"traits.a": 1}, {"traits.a": 1.0}]}, None),
        ({"all": [{"traits.a": [1, 2]}, {"traits.a": [3, 4]}]}, False),
        ({"all": [{"traits.a": [1, 2]}, {"traits.a": [2, 3]}]}, None),
        ({"all": [{"traits.a.*": 1}, {"traits.a.*": 2}]}, None),
        ({"all": [{"traits.a": 1}, {"traits.a": {"path": "traits.b"}}]}, None),
        ({"traits.a": {"is": "x", "is_not": "x"}}, False),
        ({"traits.a": {"is": "Cork", "starts_with": "D"}}, False),
        ({"traits.a": {"is": "Cork", "matches": "^D"}}, False),
        ({"traits.a": {"above": 5, "below": 5}}, False),
        ({"traits.a": {"at_least": 5, "at_most": 5}}, None),
        ({"traits.a": {"at_least": 5, "below": 5}}, False),
        ({"traits.a": {"above": 1, "below": 5}}, None),
        ({"traits.a": {"above": 1, "exists": False}}, False),
        ({"traits.a": {"is_not": 1, "exists": False}}, None),
        ({"traits.a": {"is": 5, "above": 9}}, False),
        ({"did_not": {"event": "Bought", "at_least": 0}}, False),
        ({"did": {"event": "Bought", "at_least": 0, "at_most": 1}}, None),
    ],
)
def test_only_what_is_certain_is_said_of_a_condition(condition: Any, verdict: bool | None) -> None:
    assert certain(read(condition)) is verdict
