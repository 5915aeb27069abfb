"""What the page on the HTTP API shows is what the functions take and answer."""

import json
import re
from typing import Any

from functions.ingest_events.problems import PROBLEMS, problem_response
from shared.domain.events import Event, Trust
from shared.domain.intake.segment_batch import read_batch
from shared.domain.intake.segment_spec import Reception, read_event
from shared.errors import Fault
from shared.services.accept_events import INVALID_EVENT
from shared.services.normalize_events import BusOutcome, EventNormalizer
from tests.builders import NOON
from tests.docs.examples import ROOT, blocks
from tests.doors import a_quality_watch, an_intake
from tests.fakes.intake import FakeQuarantine
from tests.fakes.queues import FakeEventQueue

PAGE = ROOT / "docs/http-api.md"
EVENT, SUCCESS, REJECTED, PROBLEM, ENTRY = (json.loads(block.text) for block in blocks("json", PAGE))
RECEPTION = Reception(received_at=NOON, trust=Trust.PUBLIC, source="http")


def test_the_event_is_accepted() -> None:
    assert isinstance(read_event(EVENT, RECEPTION), Event)
    assert SUCCESS == {"success": True}


def test_the_bad_event_of_a_batch_is_named_so() -> None:
    nameless = {key: value for key, value in EVENT.items() if key != "event"}
    batch = read_batch({"batch": [EVENT, nameless]}, RECEPTION, body_size=1_000)
    (rejection,) = batch.rejections
    (shown,) = REJECTED["rejected"]
    assert shown["index"] == rejection.index
    assert [Fault(**error) for error in shown["errors"]] == rejection.placed_faults()


def test_the_problem_is_answered_so() -> None:
    faults = [Fault(**error) for error in PROBLEM["errors"]]
    assert json.loads(problem_response(INVALID_EVENT, faults).body or "") == PROBLEM


def test_every_problem_is_listed_with_its_status() -> None:
    rows = re.findall(r"^\| (`.+`) \| (\d{3}) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    listed = {code: int(status) for codes, status in rows for code in re.findall(r"`([\w-]+)`", codes)}
    assert listed == {code: problem.status.value for code, problem in PROBLEMS.items()}


def test_every_path_is_in_the_openapi_document() -> None:
    served: dict[str, Any] = json.loads((ROOT / "functions/ingest_events/openapi.json").read_text("utf-8"))["paths"]
    first, *others = re.findall(r"^\| `(?:GET|POST) (/[\w/.{}]+)`([^|]*)", PAGE.read_text("utf-8"), re.MULTILINE)
    named = {first[0], *(f"/v1/{name}" for name in re.findall(r"`(\w+)`", first[1])), *(path for path, _ in others)}
    assert set(served) <= named


def test_the_bus_entry_is_accepted() -> None:
    queue = FakeEventQueue()
    envelope = {
        "id": "e1",
        "source": ENTRY["Source"],
        "detail-type": ENTRY["DetailType"],
        "time": "2026-11-02T12:00:00Z",
        "detail": json.loads(ENTRY["Detail"]),
    }
    normalizer = EventNormalizer(intake=an_intake(queue=queue), quarantine=FakeQuarantine(), quality=a_quality_watch())
    assert normalizer.normalize(json.dumps(envelope), received_at=NOON) is BusOutcome.ACCEPTED
    assert queue.events[0].name == ENTRY["DetailType"]
