"""What a hostile request costs at most, in work and in memory: counted, not timed."""

import gc
import gzip
import json
import sys
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from shared.domain.intake.json_values import MAX_VALUES
from shared.domain.intake.segment_batch import MAX_BATCH_SIZE, MAX_EVENT_SIZE
from tests.http_requests import PUBLIC_KEY, Answer, http_request
from tests.integration.lambda_events import FakeLambdaContext
from tests.unit.functions.conftest import Inside

MOST_CALLS: Final = 800_000
"""Of functions, Python's own included: what 2,500 honest events of 200 bytes take, and some."""
MOST_MEMORY: Final = 40_000_000
"""Bytes, of 1,024 MB."""

ROOM: Final = MAX_BATCH_SIZE - 100


def batch_of(event: str) -> str:
    """As many as fit."""
    return '{"batch":[' + ",".join([event] * min(2_500, ROOM // (len(event) + 1))) + "]}"


def in_event(properties: str) -> str:
    return '{"batch":[{"type":"track","event":"A","userId":"u","properties":{' + properties + "}}]}"


def filled(piece: str, room: int = ROOM) -> str:
    return (piece * (room // len(piece))).rstrip(",")


FIELDS: Final = (
    "type",
    "userId",
    "anonymousId",
    "messageId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "properties",
    "traits",
    "context",
    "integrations",
)

GZIPPED: Final = {"content-encoding": "gzip"}
EMPTY_MEMBER: Final = gzip.compress(b"")
BATCHES: Final[Mapping[str, Callable[[], str | bytes]]] = {
    "a gzip bomb": lambda: gzip.compress(b" " * 400_000_000, 9)[:ROOM],
    "a small gzip bomb": lambda: gzip.compress(b" " * 50_000_000, 9),
    "gzip in thousands of pieces": lambda: EMPTY_MEMBER * (ROOM // len(EMPTY_MEMBER)),
    "lists without end": lambda: "[" * ROOM,
    "objects without end": lambda: filled('{"a":'),
    "depth that closes": lambda: in_event('"a":' + "[" * 900 + "]" * 900),
    "a batch of numbers": lambda: '{"batch":[' + filled("1,") + "]}",
    "a batch of empty lists": lambda: '{"batch":[' + filled("[],") + "]}",
    "too many events": lambda: '{"batch":[' + ",".join(["{}"] * 2_501) + "]}",
    "empty events": lambda: batch_of("{}"),
    "events that are none": lambda: batch_of('"x"'),
    "events without ids": lambda: batch_of('{"type":"track","event":"A","anonymousId":"a"}'),
    "events with every fault": lambda: batch_of(json.dumps(dict.fromkeys(FIELDS, ()))),
    "values with every fault": lambda: batch_of(
        '{"type":"track","event":"A","userId":"u","properties":{' + ",".join(f'"{n}":1e999' for n in range(15)) + "}}"
    ),
    "many keys": lambda: in_event(",".join(f'"k{number}":0' for number in range(40_000))),
    "one key again and again": lambda: in_event(filled('"k":0,', ROOM - 90)),
    "long keys": lambda: in_event(",".join(f'"{"k" * 5_000}{number}":0' for number in range(90))),
    "long integers": lambda: in_event(",".join(f'"k{number}":{"9" * 4_000}' for number in range(120))),
    "an integer of 400,000 digits": lambda: in_event('"k":' + "9" * 400_000),
    "longer integers, many": lambda: in_event(",".join(f'"k{number}":{"9" * 4_400}' for number in range(110))),
    "a fraction of 400,000 digits": lambda: in_event('"k":0.' + "1" * 400_000),
    "exponents": lambda: in_event(",".join(f'"k{number}":1e{"9" * 300}' for number in range(1_500))),
    "halves of surrogate pairs": lambda: in_event('"k":"' + filled("\\ud800", ROOM - 90) + '"'),
    "escapes": lambda: in_event('"k":"' + filled("\\u0000", ROOM - 90) + '"'),
    "a long name": lambda: batch_of('{"type":"track","event":"' + "A" * 30_000 + '","userId":"u"}'),
    "long instants": lambda: batch_of('{"type":"track","event":"A","userId":"u","timestamp":"' + "2" * 30_000 + '"}'),
    "addresses": lambda: batch_of('{"type":"track","event":"A","properties":{"email":"a@b.ie","phone":"+35386123"}}'),
    "long addresses": lambda: batch_of(
        '{"type":"identify","userId":"u","traits":{"email":"' + "a@" * 15_000 + '","phone":"' + "0" * 300 + '"}}'
    ),
    "ids of other systems": lambda: batch_of(
        '{"type":"identify","userId":"u","context":{"externalIds":['
        + ",".join(['{"type":"a","id":"b"}'] * 1_000)
        + "]}}"
    ),
    "a context for all": lambda: '{"context":{"a":"' + "b" * 780 + '"},' + batch_of('{"type":"page","userId":"u"}')[1:],
    "proofs": lambda: batch_of('{"type":"page","userId":"u","context":{"userHash":"' + "0" * 64 + '"}}'),
    "a long proof": lambda: batch_of('{"type":"page","userId":"u","context":{"userHash":"' + "é" * 30_000 + '"}}'),
    "what is larger than may be": lambda: "x" * 6_000_000,
}


def cost(body: str | bytes, path: str = "/v1/batch", **headers: str) -> tuple[Answer, int, int]:
    """The answer, how many functions were called for it, and how much memory it took at its height."""
    from functions.ingest_events.handler import lambda_handler

    more = GZIPPED if isinstance(body, bytes) else {}
    event = http_request(path, body, method="POST", key=PUBLIC_KEY, headers={**more, **headers})
    calls = 0

    def note(_frame: object, kind: str, _argument: object) -> None:
        nonlocal calls
        calls += kind in {"call", "c_call"}

    gc.disable()
    sys.setprofile(note)
    try:
        answer = lambda_handler(event, FakeLambdaContext())
    finally:
        sys.setprofile(None)
        gc.enable()
    tracemalloc.start()
    lambda_handler(event, FakeLambdaContext())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Answer(answer["statusCode"], answer["headers"], answer["body"]), calls, peak


@pytest.mark.parametrize("name", BATCHES)
def test_a_hostile_body_costs_no_more_than_an_honest_one(inside: Inside, name: str) -> None:
    answer, calls, peak = cost(BATCHES[name]())
    assert answer.status in {200, 400}
    assert calls <= MOST_CALLS, f"{calls:,} calls"
    assert peak <= MOST_MEMORY, f"{peak:,} bytes"
    assert len(answer.text) < 1_000_000


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("a gzip bomb", 3_000),
        ("gzip in thousands of pieces", 3_000),
        ("lists without end", 3_000),
        ("a batch of numbers", 3_000),
    ],
)
def test_what_nobody_means_is_refused_before_it_is_read(inside: Inside, name: str, calls: int) -> None:
    answer, made, peak = cost(BATCHES[name]())
    assert (answer.status, made <= calls) == (400, True), made
    assert peak < 8_000_000


def test_an_honest_batch_is_far_from_every_limit(inside: Inside) -> None:
    event = {
        "type": "track",
        "event": "Product Viewed",
        "userId": "u1",
        "properties": {"product_id": "p1", "price": 9.5},
    }
    body = json.dumps({"batch": [event | {"messageId": f"m{number}"} for number in range(2_500)]})
    answer, calls, _ = cost(body)
    assert answer.json == {"success": True}
    assert calls < MOST_CALLS / 2
    assert body.count(",") + body.count("{") < MAX_VALUES / 2


@pytest.mark.parametrize("header", ["origin", "authorization", "content-encoding", "content-type", "x-anything"])
def test_a_long_header_costs_nothing(inside: Inside, header: str) -> None:
    answer, calls, peak = cost("{}", "/v1/track", **{header: "Basic " + "e" * 500_000})
    assert answer.status in {400, 401}
    assert calls < 3_000
    assert peak < 5_000_000


def test_an_event_of_its_own_is_held_to_its_own_size(inside: Inside) -> None:
    answer, calls, _ = cost(gzip.compress(b" " * 1_000_000), "/v1/track")
    assert answer.json["errors"] == [{"path": "", "message": f"must have at most {MAX_EVENT_SIZE} bytes"}]
    assert calls < 3_000
