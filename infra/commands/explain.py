"""``carillon explain``: what happened to one person, and why."""

import json
import shutil
import sys
from collections import deque
from pathlib import Path
from typing import Annotated

import typer

from infra.commands.check import PlaybookOption
from infra.commands.replaying import (
    SOME_LINES_INVALID,
    ConsentOption,
    EventsOption,
    UntilOption,
    load_rules,
    open_recording,
    read_end,
)


def explain(
    events: EventsOption,
    profile: Annotated[
        str, typer.Option("--profile", help="Whom: a profile's id, anonymous id, email or phone.", metavar="ID")
    ],
    playbook: PlaybookOption = Path("templates"),
    until: UntilOption = None,
    consent: ConsentOption = "assumed",
    json_: Annotated[bool, typer.Option("--json", help="Print every step of judgement as a JSON object.")] = False,
) -> None:
    """Tell, for one person, every journey considered, every condition with its value, and why each message went."""
    from infra.replay.explanation import plain
    from infra.replay.story import Story, wrapped
    from shared.services.simulate import Simulation

    rules, end = load_rules(playbook, consent), read_end(until)
    with open_recording(events) as recording:
        people = recording.whom(profile).people
        arrivals = recording.events()
        simulation, story = Simulation(rules, explain=people), Story(rules)
        for person, occurrence in simulation.run(arrivals, end):
            if person in people:
                story.add(person, occurrence)
        deque(arrivals, maxlen=0)
        if json_:
            for person, occurrence in story.trace:
                print(json.dumps(plain(person, occurrence), ensure_ascii=False, separators=(",", ":")))
        else:
            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
            for line in story.lines(map(simulation.person, people), simulation.now):
                print(wrapped(line, width))
        if recording.has_invalid:
            print(f"Some lines of {recording.name} are no events: carillon simulate names them.", file=sys.stderr)
        raise typer.Exit(SOME_LINES_INVALID if recording.has_invalid else 0)
