"""Simulating: what each event takes from its line to the rows it causes, and what that holds in memory."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from infra.replay.event_files import EventFile
from shared.domain.events import Event
from shared.domain.timing import DAY, Instant, format_instant
from shared.services.simulate import Simulation, assuming_consent, row
from tests.benchmarks.decide import read_with_dead_journeys
from tests.benchmarks.measure import Figure, Table, microseconds
from tests.builders import NOON

ROOT: Final = Path(__file__).resolve().parents[2]
PEOPLE: Final = 500
EVENTS: Final = 5_000
"""Ten a person, over sixty days."""

LENGTHS: Final = (1_000, 10_000)
PEOPLE_IN_MEMORY: Final = 100

PROBE: Final = """
import re, resource, sys
from pathlib import Path
from infra.cli import app
try:
    app()
finally:
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would count what this process was before it became Python
        peak = int(re.search("VmHWM:\\\\s+([0-9]+) kB", status.read_text())[1])
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak, file=sys.stderr)
"""


def run(rounds: int) -> list[Table]:
    with TemporaryDirectory() as folder:
        return [_time(Path(folder), rounds), _memory(Path(folder))]


def _time(folder: Path, rounds: int) -> Table:
    lines = [*recorded(EVENTS, PEOPLE)]
    in_order = write(folder / "in_order.jsonl", lines)
    out_of_order = write(folder / "out_of_order.jsonl", lines[::-1])
    playbook = assuming_consent(read_with_dead_journeys(0))

    def simulate(path: Path) -> int:
        with EventFile(path) as file:
            events = (read for read in file if isinstance(read, Event))
            rows = (row(person, told) for person, told in Simulation(playbook).run(events))
            return sum(len(json.dumps(plain)) for plain in rows if plain is not None)

    contenders: dict[str, Callable[[], Any]] = {
        "json.loads of each line": lambda: [json.loads(line) for line in lines],
        "read in order of arrival": lambda: _count(in_order),
        "… from a file out of order": lambda: _count(out_of_order),
        "read, decide, print": lambda: simulate(in_order),
    }
    return Table("Simulating, per event", "µs", microseconds(contenders, min(rounds, 5), per=EVENTS))


def _count(path: Path) -> int:
    with EventFile(path) as events:
        return sum(1 for _ in events)


def _memory(folder: Path) -> Table:
    figures = []
    for length in LENGTHS:
        path = write(folder / f"{length}.jsonl", recorded(length, PEOPLE_IN_MEMORY))
        figures.append(Figure(f"{length:,} events of {PEOPLE_IN_MEMORY} people", _peak(path)))
    return Table("Simulating, memory at its peak", "MiB", tuple(figures))


def _peak(path: Path) -> float:
    """Of ``carillon simulate`` in a process of its own."""
    command = [sys.executable, "-c", PROBE, "simulate", "--events", str(path)]
    return int(subprocess.run(command, capture_output=True, check=True, cwd=ROOT, text=True).stderr) / 1_024


def write(path: Path, lines: Iterable[str]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
    return path


def recorded(count: int, people: int) -> Iterator[str]:
    """What a storefront records: everybody signs in, then looks around, fills baskets, and buys some of them."""
    for number in range(count):
        person, visit = number % people, number // people
        at = NOON - 60 * DAY + number * (60 * DAY // count)
        yield json.dumps(_happening(person, visit) | a_common_part(number, person, at))


def _happening(person: int, visit: int) -> dict[str, Any]:
    if visit == 0:
        return {"type": "identify", "traits": {"email": f"u{person}@example.com", "country": "IE"}}
    product = {"product_id": "p-118", "sku": "KIL-MUG-OAT", "name": "Stoneware mug", "price": 34.5, "category": "Mugs"}
    cart = {"cart_id": f"c-{person}-{visit // 10}"}
    match (person + visit) % 10:
        case 0 | 1 | 2:
            return {"type": "page", "name": "Mugs", "properties": {"path": "/mugs"}}
        case 3:
            return {"type": "track", "event": "Product Added", "properties": product | cart}
        case 4 if person % 2:
            order = {"order_id": f"o-{person}-{visit}", "total": 34.5, "products": [product]}
            return {"type": "track", "event": "Order Completed", "properties": order | cart}
    return {"type": "track", "event": "Product Viewed", "properties": product}


def a_common_part(number: int, person: int, at: Instant) -> dict[str, Any]:
    return {
        "messageId": f"ajs-next-{number:012}",
        "timestamp": format_instant(at),
        "userId": f"u{person}",
        "context": {
            "library": {"name": "analytics.js", "version": "next-1.70.0"},
            "locale": "en-IE",
            "page": {"path": "/mugs/kilkenny-oatmeal", "title": "Kilkenny stoneware mug"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
        },
    }
