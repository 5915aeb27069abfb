"""The kinds of steps: each row of the contract's table, as what a run does and when."""

from typing import Any

import pytest

from shared.domain.timing import DAY, HOUR, MINUTE, Duration
from tests.unit.language.public_way import HEAD, Told, event, faults_of, journey, person, simulate

END = 20 * DAY
HELLO = "{send: hello, via: [email]}"
BYE = "{send: bye, via: [email]}"


def told(steps: str, *lines: Any, until: Duration = END, others: dict[str, str] | None = None, **traits: Any) -> Told:
    files = journey(f"steps: {steps}\n") | {f"journeys/{name}.yaml": text for name, text in (others or {}).items()}
    return simulate(files, person(-1, **traits), *(lines or [event("Start", n=1)]), until=until)


# --- wait, send, exit ------------------------------------------------------------------------------------------------


def test_what_follows_a_wait_comes_exactly_then_and_what_follows_a_send_counts_from_it() -> None:
    found = told(f"[{{wait: 1 hour}}, {HELLO}, {{wait: 1 hour}}, {BYE}]")
    assert found.sent == [("hello", HOUR), ("bye", 2 * HOUR)]
    assert found.exits == [("completed", 2 * HOUR)]


def test_a_step_of_a_send_is_its_place_in_the_file() -> None:
    nested = f"[{{wait: 1 hour}}, {{if: {{traits.email: {{exists: true}}}}, then: [{{wait: 1 hour}}, {HELLO}]}}]"
    assert told(nested).of("send", "step", "message", "channel") == [("1.then.1", "hello", "email")]


def test_an_exit_ends_the_run_with_its_reason() -> None:
    assert told("[{exit: far away}]").exits == [("far away", 0)]


# --- if, choose, split -----------------------------------------------------------------------------------------------


IS_1, IS_2 = "{traits.n: 1}", "{traits.n: 2}"


@pytest.mark.parametrize(
    ("steps", "sent"),
    [
        (f"{{if: {IS_1}, then: [{HELLO}], else: [{BYE}]}}", ["hello"]),
        (f"{{if: {IS_2}, then: [{HELLO}], else: [{BYE}]}}", ["bye"]),
        (f"{{if: {{traits.missing: 2}}, then: [{HELLO}], else: [{BYE}]}}", ["bye"]),
        (f"{{if: {{traits.n: {{starts_with: '1'}}}}, then: [{HELLO}], else: [{BYE}]}}", ["bye"]),
        (f"{{if: {IS_2}, then: [{HELLO}]}}, {BYE}", ["bye"]),
        (f"{{if: {IS_1}, then: [{HELLO}]}}, {BYE}", ["hello", "bye"]),
        (f"{{choose: [{{when: {IS_1}, steps: [{HELLO}]}}, {{when: {IS_1}, steps: [{BYE}]}}]}}", ["hello"]),
        (f"{{choose: [{{when: {IS_2}, steps: [{HELLO}]}}, {{when: {IS_1}, steps: [{BYE}]}}]}}", ["bye"]),
        (f"{{choose: [{{when: {IS_2}, steps: [{HELLO}]}}, {{otherwise: [{BYE}]}}]}}", ["bye"]),
        (f"{{choose: [{{when: {IS_2}, steps: [{HELLO}]}}]}}, {BYE}", ["bye"]),
        (f"{{if: {IS_1}, then: [{{if: {{entry.event: Start}}, then: [{HELLO}]}}], else: [{BYE}]}}", ["hello"]),
    ],
)
def test_a_branch_is_the_first_that_holds(steps: str, sent: list[str]) -> None:
    assert [name for name, _ in told(f"[{steps}]", n=1).sent] == sent


def test_a_branch_is_decided_when_it_is_reached() -> None:
    steps = f"[{{wait: 1 hour}}, {{if: {{traits.n: 2}}, then: [{HELLO}], else: [{BYE}]}}]"
    late = [event("Start"), person(HOUR - 1, n=2), person(HOUR, n=3)]
    assert told(steps, *late).sent == [("hello", HOUR)]


# --- await -----------------------------------------------------------------------------------------------------------

AWAIT = (
    f"[{{wait: 1 hour}}, {{await: {{on: [Click, Tap], where: {{properties.n: {{is: {{path: entry.properties.n}}}}}}}},"
    f" timeout: 1 hour, then: [{HELLO}], else: [{BYE}]}}]"
)


@pytest.mark.parametrize(
    ("happens", "sent"),
    [
        (event("Click", HOUR + 1, n=1), ("hello", HOUR + 1)),
        (event("Tap", 2 * HOUR - 1, n=1), ("hello", 2 * HOUR - 1)),
        (event("Click", 2 * HOUR, n=1), ("bye", 2 * HOUR)),
        (event("Click", HOUR, n=1), ("bye", 2 * HOUR)),
        (event("Click", HOUR - 1, arrives=HOUR + 1, n=1), ("bye", 2 * HOUR)),
        (event("Click", HOUR + 1, arrives=2 * HOUR - 1, n=1), ("hello", 2 * HOUR - 1)),
        (event("Click", HOUR + 1, arrives=2 * HOUR, n=1), ("bye", 2 * HOUR)),
        (event("Click", HOUR + 1, n=2), ("bye", 2 * HOUR)),
        (event("Click", HOUR + 1), ("bye", 2 * HOUR)),
        (event("Click", HOUR + 1, n="1"), ("bye", 2 * HOUR)),
        (event("Clack", HOUR + 1, n=1), ("bye", 2 * HOUR)),
    ],
    ids=[
        "just after it was reached", "just before the timeout", "at the timeout", "when it is reached", "before, late",
        "within, late", "within, arriving with the timeout", "another value", "no value", "another type",
        "another event",
    ],
)  # fmt: skip
def test_an_await_takes_its_first_branch_when_it_happens_in_time(happens: dict[str, Any], sent: Any) -> None:
    assert told(AWAIT, event("Start", n=1), happens).sent == [sent]


def test_an_await_that_is_reached_late_is_reached_at_its_own_instant() -> None:
    """The entry came so late that the wait was over, and with it perhaps the timeout."""
    found = told(AWAIT, event("Start", 0, arrives=90 * MINUTE, n=1))
    assert found.sent == [("bye", 2 * HOUR)]
    assert told(AWAIT, event("Start", 0, arrives=3 * HOUR, n=1)).sent == [("bye", 3 * HOUR)]


@pytest.mark.parametrize(
    ("branches", "sent"),
    [
        ("then: [{exit: seen}]", []),
        (f"then: [{HELLO}]", ["hello", "bye"]),
        ("else: [{exit: unseen}]", ["bye"]),
    ],
)
def test_a_branch_that_is_left_out_goes_on_behind_the_step(branches: str, sent: list[str]) -> None:
    found = told(f"[{{await: {{on: Click}}, timeout: 1 hour, {branches}}}, {BYE}]", event("Start"), event("Click", 1))
    assert [name for name, _ in found.sent] == sent


# --- set, emit -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ("gold", "{traits.tier: gold}"),
        ("{path: entry.properties.n}", "{traits.tier: 1}"),
        ("{path: traits.email}", "{traits.tier: u1@example.com}"),
        ("true", "{traits.tier: true}"),
        ("[a, b]", "{traits.tier: {contains: b}}"),
    ],
)
def test_set_changes_the_profile(value: str, condition: str) -> None:
    steps = f"[{{set: {{traits.tier: {value}}}}}, {{if: {condition}, then: [{{exit: was set}}]}}]"
    assert told(steps, event("Start", n=1), email="u1@example.com").exits == [("was set", 0)]


def test_what_is_set_is_what_others_see() -> None:
    other = HEAD.replace("Start", "Look") + "steps: [{if: {traits.tier: gold}, then: [{exit: saw it}]}]\n"
    found = told("[{set: {traits.tier: gold}}]", event("Start"), event("Look", 1), others={"other": other})
    assert found.exits[-1] == ("saw it", 1)


def test_emit_reaches_the_persons_own_stream() -> None:
    other = (
        "purpose: transactional\nenter: {on: Asked, where: {properties.n: 1, properties.of: Start}}\n"
        "steps: [{exit: 'heard'}]\n"
    )
    emit = "{emit: {event: Asked, properties: {n: {path: entry.properties.n}, of: {path: entry.event}}}}"
    found = told(f"[{{wait: 1 hour}}, {emit}]", event("Start", n=1), others={"other": other})
    assert ("heard", HOUR) in found.exits


@pytest.mark.parametrize("name", ["Message Sent", "Segment Entered", "Journey Entered", "Goal Reached"])
def test_emit_says_nothing_that_the_system_says(name: str) -> None:
    (fault,) = faults_of(journey(f"steps:\n  - emit: {{event: {name}}}\n"))
    assert fault.startswith("journeys/j.yaml:5: steps.0.emit.event: ")


# --- start -----------------------------------------------------------------------------------------------------------


def test_start_starts_another_journey() -> None:
    other = f"purpose: transactional\nsteps: [{{wait: 1 hour}}, {BYE}]\n"
    found = told("[{wait: 1 hour}, {start: other}, {exit: done}]", others={"other": other})
    assert found.of("journey_entered", "journey", "at") == [("j", 0), ("other", HOUR)]
    assert found.sent == [("bye", 2 * HOUR)]
    assert found.exits == [("done", HOUR), ("completed", 2 * HOUR)]


@pytest.mark.parametrize(
    ("steps", "other", "refused"),
    [
        ("[{start: other}]", "[{start: j}]", True),
        ("[{start: j}]", "[{exit: x}]", True),
        ("[{start: other}]", "[{wait: 1 day}, {start: j}]", False),
        ("[{if: {traits.x: 1}, then: [{start: other}]}]", "[{start: j}]", True),
        ("[{start: othr}]", "[{exit: x}]", True),
    ],
    ids=["in a circle", "itself", "with a wait", "in a branch", "a name that is none"],
)
def test_start_forms_no_cycle_without_a_wait(steps: str, other: str, refused: bool) -> None:
    files = journey(f"steps: {steps}\n") | {"journeys/other.yaml": HEAD.replace("Start", "Other") + f"steps: {other}\n"}
    assert bool(faults_of(files)) is refused
