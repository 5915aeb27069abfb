"""Loading the compiled playbook in a cold start: 500 journeys and 500 messages, over the imports."""

import json
import marshal
from collections.abc import Callable
from typing import Any, Final

from infra.playbook.source import check_playbook
from shared.adapters.playbook_lines import from_lines, to_lines
from shared.domain.decide import decide
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.profiles import Profile
from tests.benchmarks.decide import PLAYBOOK
from tests.benchmarks.measure import Table, microseconds
from tests.builders import NOON, an_event

MANY: Final = 500
SEGMENTS: Final = 50
EVENTS: Final = 100


def run(rounds: int) -> list[Table]:
    plain = a_large_playbook()
    playbook, faults = read_playbook(plain)
    if faults:
        raise ValueError(faults[:3])
    as_json, as_marshal = json.dumps(plain), marshal.dumps(plain)
    lines = "\n".join(to_lines(playbook)).encode()
    if from_lines(lines.split(b"\n")) != playbook:
        raise AssertionError("the lines are of another playbook")
    event = an_event("Product Added", properties={"cart_id": "c", "price": 20.0})

    def deciding(load: Callable[[], Playbook]) -> Callable[[], Any]:
        return lambda: decide(load(), Profile(id="u1"), [event], NOON)

    def from_json() -> Playbook:
        return read_playbook(json.loads(as_json))[0]

    def from_marshal() -> Playbook:
        return read_playbook(marshal.loads(as_marshal))[0]  # noqa: S302  # our own bytes

    def by_line() -> Playbook:
        return from_lines(lines.split(b"\n"))

    contenders: dict[str, Callable[[], Any]] = {
        "from lines, each read when it is touched": by_line,
        "… and the first event decided": deciding(by_line),
        "from JSON, all of it read": from_json,
        "marshalled, all of it read": from_marshal,
    }
    title = f"Loading a playbook of {MANY} journeys, {MANY} messages and {SEGMENTS} segments"
    return [Table(title, "µs", microseconds(contenders, rounds))]


def a_large_playbook() -> dict[str, Any]:
    """The shipped one, with copies of its cart journey on a hundred events, each with its own messages."""
    plain, faults = check_playbook(PLAYBOOK)
    if faults:
        raise ValueError([*map(str, faults)])
    cart, message = plain["journeys"]["cart_abandonment"], plain["messages"]["cart_reminder"]
    journeys = {
        f"cart_{n}": cart
        | {
            "enter": {"on": f"Entry {n % EVENTS}", "where": {"properties.price": {"at_least": n}}},
            "exit": {"on": f"Exit {n % EVENTS}"},
            "steps": [step | {"send": f"message_{n}"} if "send" in step else step for step in cart["steps"]],
        }
        for n in range(MANY)
    }
    messages = {f"message_{n}": message | {"channels": ["email", "sms", "push"]} for n in range(MANY)}
    segments = {f"segment_{n}": {"if": {"did": {"event": f"Entry {n}", "within": "30 days"}}} for n in range(SEGMENTS)}
    return {
        **plain,
        "version": "0" * 12,
        "journeys": plain["journeys"] | journeys,
        "messages": plain["messages"] | messages,
        "segments": plain["segments"] | segments,
    }
