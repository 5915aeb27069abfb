"""Whatever is posted to ``ingest_events``, the answer is deliberate, and what is accepted can be stored."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.event_queue import event_body
from shared.domain.events import event_from_dict
from tests.http_requests import SECRET_KEY, a_call, request
from tests.unit.functions.conftest import Inside

NAMES = ["track", "identify", "alias", "page", "screen", "group"]

texts = st.text(st.characters(codec=None), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
FIELDS = {
    "type": st.sampled_from(NAMES) | values,
    "event": texts | values,
    "userId": texts | values,
    "anonymousId": texts | values,
    "messageId": texts | values,
    "timestamp": st.datetimes().map(str) | texts | values,
    "sentAt": st.datetimes().map(str) | values,
    "properties": st.dictionaries(st.sampled_from(["email", "phone"]) | texts, values, max_size=4) | values,
    "traits": values,
    "context": st.dictionaries(st.just("traits") | texts, values, max_size=3) | values,
    "groupId": values,
    "previousId": values,
    "name": values,
}
calls = st.fixed_dictionaries({}, optional=FIELDS) | st.fixed_dictionaries(
    {
        "type": st.just("track"),
        "event": st.just("A"),
        "userId": st.just("u1"),
        "properties": st.dictionaries(texts, values),
    }
)
bodies = (
    values
    | calls
    | st.fixed_dictionaries(
        {"batch": st.lists(calls | values, max_size=4)}, optional={"context": values, "sentAt": values}
    )
)
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


@FUZZ
@given(path=st.sampled_from(["/v1/batch", *(f"/v1/{call}" for call in NAMES)]), body=bodies)
def test_any_json_is_accepted_whole_or_refused_in_words(inside: Inside, path: str, body: Any) -> None:
    inside.queue.events.clear()
    answer = request(path, json.dumps(body), key=SECRET_KEY)

    assert answer.status in {200, 400}
    assert answer.status == 200 or all(error["message"] for error in answer.json["errors"])
    for event in inside.queue.events:
        assert event_from_dict(json.loads(event_body(event))) == event
        assert event.profile_id


@FUZZ
@given(body=st.binary(max_size=200), encoding=st.sampled_from(["", "gzip"]))
def test_any_bytes_are_refused_in_words(inside: Inside, body: bytes, encoding: str) -> None:
    assert request("/v1/batch", body, headers={"content-encoding": encoding}).status in {200, 400}


@FUZZ
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_credentials_are_refused_in_words(inside: Inside, scheme: str, credentials: str) -> None:
    answer = request("/v1/track", a_call(), key=None, headers={"authorization": f"{scheme} {credentials}"})

    assert answer.status == 401
