"""Keys with rules at the front door of the running stack."""

import httpx
import pytest

from infra.stages import LOCAL
from shared.domain.intake.client_keys import key_text
from tests.e2e.conftest import LocalCloud
from tests.e2e.storefront import a_person

pytestmark = pytest.mark.e2e

ORIGIN = "https://www.alderandoat.example"


def post(cloud: LocalCloud, origin: str, event: str = "Product Viewed") -> httpx.Response:
    (name,) = LOCAL.public_keys
    return httpx.post(
        f"{cloud.ingest_url}/v1/track",
        json={"userId": a_person(), "event": event},
        auth=(key_text(name, cloud.write_key), ""),
        headers={"Origin": origin},
        timeout=30,
    )


def test_a_named_key_is_for_its_pages_events_and_rate(cloud: LocalCloud) -> None:
    assert post(cloud, ORIGIN).json() == {"success": True}
    assert post(cloud, "https://evil.example").status_code == 403
    assert post(cloud, ORIGIN, "Signed Up").json()["errors"] == [
        {"path": "event", "message": "is not among what this key may send"}
    ]
    answers = [post(cloud, ORIGIN) for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    assert refused[0].headers["access-control-allow-origin"] == "*"
