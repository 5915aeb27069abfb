"""Cold starts: what importing each function's handler costs in a fresh process, beside ``import boto3`` alone.

The process has no environment but a path: importing a handler must ask for nothing and do nothing.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.benchmarks.measure import Figure, Table

ROOT: Final = Path(__file__).resolve().parents[2]
BASELINE: Final = "boto3"
SERVICE: Final = "dynamodb"
"""Of which a client is the least that a function needs of it."""
PROGRAM: Final = """
import importlib, pathlib, re, resource, sys, time
before = time.process_time()
name, _, service = sys.argv[1].partition(":")
module = importlib.import_module(name)
if service:
    module.client(service, region_name="eu-west-1")
took = time.process_time() - before
status = pathlib.Path("/proc/self/status")
if status.exists():  # ru_maxrss would count what this process was before it became Python
    peak = int(re.search("VmHWM:\\s+([0-9]+) kB", status.read_text())[1]) * 1024
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(took * 1e3, peak / 2**20)
"""


def run(rounds: int) -> list[Table]:
    client = {f"… and a client of {SERVICE}": f"{BASELINE}:{SERVICE}"}
    names = (
        {f"import {BASELINE}": BASELINE}
        | client
        | {
            path.parent.name: f"functions.{path.parent.name}.handler"
            for path in sorted((ROOT / "functions").glob("*/handler.py"))
        }
    )
    for module in names.values():
        import_afresh(module)  # leaves the compiled bytecode behind, which a deployment brings along
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, module in names.items():
            samples[name].append(import_afresh(module))

    def least(column: Callable[[tuple[float, float]], float]) -> tuple[Figure, ...]:
        return tuple(Figure(name, min(map(column, found))) for name, found in samples.items())

    return [
        Table("Importing a handler, CPU time", "ms", least(lambda sample: sample[0])),
        Table("Importing a handler, peak memory", "MiB", least(lambda sample: sample[1])),
    ]


def import_afresh(module: str) -> tuple[float, float]:
    """CPU milliseconds of the import, and MiB of the process at its peak; ``boto3:sqs``: with a client, too.

    Raises:
        subprocess.CalledProcessError: the import fails, or needs more than a path.
    """
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, module], cwd=ROOT, env={}, check=True, capture_output=True, text=True
    )
    milliseconds, mebibytes = map(float, answer.stdout.split())
    return milliseconds, mebibytes
