"""The API at the front door, as clients that nobody here wrote use it."""

import gzip
import json
import uuid

import httpx
import pytest

from tests.e2e.conftest import LocalCloud
from tests.e2e.storefront import a_person, identify, signs_up

pytestmark = pytest.mark.e2e


def test_a_bad_event_of_a_batch_is_named_and_the_good_ones_work(cloud: LocalCloud) -> None:
    person = a_person()
    batch = [identify(person), {"type": "track", "userId": person, "messageId": "m"}, signs_up(person)]

    answer = cloud.post("/v1/batch", {"batch": batch})

    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "rejected": [{"index": 1, "errors": [{"path": "batch.1.event", "message": "is required"}]}],
    }
    assert [message["message"] for message in cloud.wait_for(person)] == ["welcome"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"not json", 400), (b'{"batch": ', 400), (b"[]", 400), (b"\xff\xfe{}", 400), (b'{"batch": {}}', 400)],
)
def test_what_is_no_batch_is_refused(cloud: LocalCloud, body: bytes, status: int) -> None:
    answer = httpx.post(f"{cloud.ingest_url}/v1/batch", content=body, auth=(cloud.secret_key, ""), timeout=30)

    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["title"]


def test_an_unknown_key_is_refused(cloud: LocalCloud) -> None:
    assert cloud.post("/v1/track", signs_up(a_person()), key="nobody's").status_code == 401


def test_a_browser_may_ask_first(cloud: LocalCloud) -> None:
    asked = {
        "Origin": "https://alderandoat.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    answer = httpx.options(f"{cloud.ingest_url}/v1/batch", headers=asked, timeout=30)

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] in {"*", asked["Origin"]}
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()


def test_a_beacon_of_plain_text_with_its_key_in_the_body_is_taken(cloud: LocalCloud) -> None:
    person = a_person()
    body = json.dumps({"writeKey": cloud.write_key, "batch": [identify(person), signs_up(person)]})
    headers = {"Content-Type": "text/plain;charset=UTF-8", "Origin": "https://alderandoat.example"}

    answer = httpx.post(f"{cloud.ingest_url}/v1/batch", content=body, headers=headers, timeout=30)

    assert answer.json() == {"success": True}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert cloud.wait_for(person)


def test_a_gzipped_body_arrives_whole(cloud: LocalCloud) -> None:
    person = a_person()
    body = gzip.compress(json.dumps({"batch": [identify(person), signs_up(person)]}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}

    answer = httpx.post(
        f"{cloud.ingest_url}/v1/batch", content=body, headers=headers, auth=(cloud.secret_key, ""), timeout=30
    )

    assert answer.json() == {"success": True}
    assert cloud.wait_for(person)


def test_the_pages_beside_the_api_are_there(cloud: LocalCloud) -> None:
    assert "Carillon" in httpx.get(cloud.console_url, timeout=30).text
    assert "text/html" in httpx.get(cloud.outbox_url, timeout=30).headers["content-type"]
    assert httpx.get(f"{cloud.ingest_url}/v1/health", timeout=30).status_code == 200
    assert httpx.get(f"{cloud.ingest_url}/openapi.json", timeout=30).json()["openapi"].startswith("3.")
    assert httpx.get(f"{cloud.ingest_url}/v1/{uuid.uuid4()}", timeout=30).status_code == 404
