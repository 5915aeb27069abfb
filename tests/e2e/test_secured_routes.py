"""Every route of the deployed API, and what opens it: forged, expired, truncated and swapped keys and links do not."""

import base64
from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest

from infra.stages import LOCAL
from shared.adapters.clock import SystemClock
from shared.domain.consent.words import Channel
from shared.domain.intake.client_keys import key_text
from shared.domain.intake.segment_spec import ADDRESSES, BATCH_ADDRESSES
from shared.services.links import LIFETIME, address_url, confirm_url, preferences_url, unsubscribe_url
from tests.e2e.conftest import LocalCloud
from tests.e2e.storefront import a_person, signs_up
from tests.integration.shop_webhooks import BODIES, shop_headers, sign

pytestmark = pytest.mark.e2e

OPEN: Final = {"GET /v1/health", "GET /openapi.json"}
SHOPIFY: Final = "POST /v1/webhooks/shopify"
EVENTS: Final = {f"POST /v1/{name}" for name in (*ADDRESSES, *BATCH_ADDRESSES)}
STAFF: Final = {
    "GET /v1/profiles/{id}",
    "GET /v1/profiles/{id}/timeline",
    "GET /v1/profiles/{id}/messages",
    "GET /v1/profiles/{id}/export",
    "POST /v1/profiles/search",
    "DELETE /v1/profiles/{id}",
    "GET /v1/erasures/{id}",
}
PAGES: Final = ("unsubscribe", "preferences", "confirm", "address")
LINKS: Final = {f"{method} /v1/{page}/{{token}}" for page in PAGES for method in ("GET", "HEAD", "POST")}


@pytest.fixture(scope="module")
def routes(cloud: LocalCloud) -> set[str]:
    client = cloud.client("apigatewayv2")
    (api,) = client.get_apis()["Items"]
    return {route["RouteKey"] for route in client.get_routes(ApiId=api["ApiId"], MaxResults="500")["Items"]}


def test_every_route_is_in_the_table(routes: set[str]) -> None:
    assert routes - {"$default"} == OPEN | EVENTS | STAFF | LINKS | {SHOPIFY}


def send(cloud: LocalCloud, route: str, headers: Mapping[str, str], **values: str) -> httpx.Response:
    method, path = route.split(" ")
    url = cloud.ingest_url + path.format(id="u1", **values)
    body: Any = {"userId": "u1", "event": "A", "batch": [], "identifier": "u1"} if method == "POST" else None
    return httpx.request(method, url, json=body, headers=headers, timeout=30)


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


@pytest.mark.parametrize("route", sorted(EVENTS | STAFF))
def test_no_key_but_a_good_one_opens_what_asks_for_one(cloud: LocalCloud, route: str) -> None:
    (name,) = LOCAL.public_keys
    good, public = cloud.secret_key, cloud.write_key
    bad = {
        "none": {},
        "empty": {"authorization": basic("")},
        "another": {"authorization": basic("0" * 43)},
        "truncated": {"authorization": basic(good[:-1])},
        "longer": {"authorization": basic(good + "0")},
        "turned round": {"authorization": basic(good[::-1])},
        "another case": {"authorization": basic(good.swapcase())},
        "a name that is not configured": {"authorization": basic(key_text("nobody", public))},
        "a name by the wrong secret": {"authorization": basic(key_text(name, good))},
        "the key of another name": {"authorization": basic(key_text("nobody", public).replace("nobody", name))},
        "not base64": {"authorization": f"Basic {good}"},
        "another scheme": {"authorization": f"Digest {good}"},
        "as password": {"authorization": "Basic " + base64.b64encode(f":{good}".encode()).decode()},
    }
    if route in STAFF:
        bad |= {"public": {"authorization": basic(public)}, "named": {"authorization": basic(key_text(name, public))}}
    else:
        bad |= {"a token": {"authorization": f"Bearer {good}"}}
    assert {why: send(cloud, route, headers).status_code for why, headers in bad.items()} == dict.fromkeys(bad, 401)


@pytest.fixture(scope="module")
def links(cloud: LocalCloud) -> Mapping[str, tuple[str, dict[str, str]]]:
    """Of each page a good link's token, and bad ones."""
    there = cloud.environment
    secret = cloud.client("secretsmanager").get_secret_value(SecretId=there["LINK_SECRET"])["SecretString"].encode()
    now = SystemClock(speed=float(there["CLOCK_SPEED"]), epoch=int(there["CLOCK_EPOCH"])).now()

    def made(by: bytes, at: int) -> dict[str, str]:
        told: dict[str, Any] = {"profile_id": "u1", "channel": Channel.EMAIL, "now": at}
        urls = (
            unsubscribe_url("", by, topic=None, message_id="m1", **told),
            preferences_url("", by, message_id="m1", **told),
            confirm_url("", by, topic=None, address="0" * 16, **told),
            address_url("", by, profile_id="u1", address="ana@example.org", was="0" * 16, now=at),
        )
        return {page: url.rpartition("/")[2] for page, url in zip(PAGES, urls, strict=True)}

    good, forged, old = made(secret, now), made(b"another secret", now), made(secret, now - 2 * LIFETIME)
    found = {}
    for place, page in enumerate(PAGES):
        token = good[page]
        middle = len(token) // 2
        bad = {
            "forged": forged[page],
            "expired": old[page],
            "truncated": token[:-1],
            "half": token[:middle],
            "longer": token + "A",
            "one letter changed": token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :],
            "another page's": good[PAGES[place - 1]],
            "another's seal": forged[page][:8] + token[8:],
            "nothing at all": "x",
        }
        found[page] = (token, bad)
    return found


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_no_link_but_ours_opens_its_page(cloud: LocalCloud, links: Any, page: str, method: str) -> None:
    token, bad = links[page]
    for why, forged in bad.items():
        answer = send(cloud, f"{method} /v1/{page}/{{token}}", {}, token=forged)
        assert answer.status_code in ({410} if why == "expired" else {400, 404}), (why, answer.status_code)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert method == "POST" or send(cloud, f"GET /v1/{page}/{{token}}", {}, token=token).status_code == 200


def test_no_webhook_but_a_signed_one_is_taken(cloud: LocalCloud) -> None:
    secrets = cloud.client("secretsmanager")
    (arn,) = [one["ARN"] for one in secrets.list_secrets()["SecretList"] if "Shopify" in one["Name"]]
    secret = secrets.get_secret_value(SecretId=arn)["SecretString"]
    body = BODIES["customers/data_request"]
    headers = shop_headers("customers/data_request", body, secret=secret)
    good = headers["X-Shopify-Hmac-SHA256"]
    bad = {
        "none": "",
        "forged": sign(body, "another secret"),
        "by the secret key": sign(body, cloud.secret_key),
        "truncated": good[:-1],
        "longer": good + "=",
        "another case": good.swapcase(),
        "another body's": sign(BODIES["customers/redact"], secret),
    }

    def deliver(content: bytes, changes: Mapping[str, str]) -> int:
        url = cloud.ingest_url + SHOPIFY.split(" ")[1]
        return httpx.post(url, content=content, headers={**headers, **changes}, timeout=30).status_code

    found = {why: deliver(body, {"X-Shopify-Hmac-SHA256": signature}) for why, signature in bad.items()}
    assert found == dict.fromkeys(bad, 401)
    assert deliver(BODIES["customers/redact"], {}) == 401
    assert deliver(body, {"X-Shopify-Topic": "customers/redact"}) == 400
    assert [deliver(body, {}) for _ in range(2)] == [200, 200]


def test_a_good_key_opens(cloud: LocalCloud) -> None:
    person = a_person()
    assert cloud.post("/v1/track", signs_up(person)).status_code == 200
    assert send(cloud, "GET /v1/profiles/{id}", {"authorization": basic(cloud.secret_key)}).status_code in {200, 404}
