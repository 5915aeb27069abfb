"""Every route of the deployed API, and what opens it: forged, expired, truncated and swapped keys and links do not."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest

from infra.stages import LOCAL
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.domain.consent.words import Channel, address_digest
from shared.domain.intake.client_keys import key_text
from shared.domain.intake.segment_spec import ADDRESSES, BATCH_ADDRESSES
from shared.domain.timing import DAY, HOUR, SECOND
from shared.services.links import (
    CONFIRM_LIFETIME,
    LIFETIME,
    address_url,
    confirm_url,
    preferences_url,
    unsubscribe_url,
)
from tests.e2e.conftest import LocalCloud, wait_until
from tests.e2e.storefront import a_person, identify, signs_up, track
from tests.integration.preference_pages import posted
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
    "POST /v1/products",
    "GET /v1/products/{sku}",
    "GET /v1/coupons/{code}",
    "POST /v1/coupons/{code}/redeem",
}
FOLLOWED: Final = {"GET /l/{place}", "HEAD /l/{place}"}
"""Links in messages, by their place: a wrong one leads to the shop's door."""
PAGES: Final = ("unsubscribe", "preferences", "confirm", "address")
LEFT: Final = 30 * HOUR
"""Of the system's time, until the links expire that are replayed: for what is pressed before, however slow that is."""
LINKS: Final = {f"{method} /v1/{page}/{{token}}" for page in PAGES for method in ("GET", "HEAD", "POST")}


@pytest.fixture(scope="module")
def routes(cloud: LocalCloud) -> set[str]:
    client = cloud.client("apigatewayv2")
    (api,) = client.get_apis()["Items"]
    return {route["RouteKey"] for route in client.get_routes(ApiId=api["ApiId"], MaxResults="500")["Items"]}


@dataclass(frozen=True)
class Replayed:
    """A link of each page, its button pressed, and the same request made again and again."""

    people: dict[str, str]
    answers: dict[str, list[int]]
    before: dict[str, Any]
    once: dict[str, Any]
    expires_at: int
    again: Callable[[str], int]


@pytest.fixture(scope="module")
def replayed(cloud: LocalCloud) -> Replayed:
    """First of all, so that time passes with the other tests: the links have hours of the system's time left."""
    people = {page: a_person() for page in PAGES}
    cloud.send(*(identify(person, country="DE", language="en") for person in people.values()))
    cloud.send(*(track(person, "Subscribed", channel="email", topic="news") for person in people.values()))
    wait_until(lambda: all(standing(cloud, person)["unconfirmed"] for person in people.values()), "the double opt-ins")
    expires_at = clock_of(cloud).now() + LEFT
    urls = {page: f"/v1/{page}/{tokens(signing(cloud), people[page], expires_at)[page]}" for page in PAGES}
    bodies = {"unsubscribe": "List-Unsubscribe=One-Click"}
    for page, button in (("preferences", "stop"), ("confirm", "confirm"), ("address", "confirm")):
        bodies[page] = posted(httpx.get(cloud.ingest_url + urls[page], timeout=30).text, button)

    def press(page: str) -> int:
        url, form = cloud.ingest_url + urls[page], {"content-type": "application/x-www-form-urlencoded"}
        return httpx.post(url, content=bodies[page], headers=form, timeout=30).status_code

    def all_standing() -> dict[str, Any]:
        wait_until(lambda: cloud.has_decided(*people.values()), "what was pressed")
        return {page: standing(cloud, person) for page, person in people.items()}

    before = all_standing()
    first = {page: press(page) for page in PAGES}
    once = all_standing()
    return Replayed(people, {page: [first[page], press(page)] for page in PAGES}, before, once, expires_at, press)


def standing(cloud: LocalCloud, person: str) -> dict[str, Any]:
    """What pressing a button can change of a person; that it was said once more is no change."""
    profile = DynamoProfiles(cloud.client("dynamodb"), table=cloud.environment["TABLE_NAME"]).load(person)
    return {
        "consent": {scope: said.subscribed for scope, said in profile.consent.items()},
        "unconfirmed": set(profile.unconfirmed),
        "email": profile.traits.get("email"),
    }


def test_a_link_does_nothing_more_when_it_is_replayed(cloud: LocalCloud, replayed: Replayed) -> None:
    assert replayed.answers == {page: [200, 200] for page in PAGES}
    wait_until(lambda: cloud.has_decided(*replayed.people.values()), "what was replayed")
    for page, person in replayed.people.items():
        assert replayed.once[page] != replayed.before[page], page
        assert standing(cloud, person) == replayed.once[page], page


def test_every_route_is_in_the_table(routes: set[str]) -> None:
    assert routes - {"$default"} == OPEN | EVENTS | STAFF | LINKS | FOLLOWED | {SHOPIFY}


def send(cloud: LocalCloud, route: str, headers: Mapping[str, str], **values: str) -> httpx.Response:
    method, path = route.split(" ")
    url = cloud.ingest_url + path.format(**{"id": "u1", "sku": "s1", "code": "HELLO-2222", **values})
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


def clock_of(cloud: LocalCloud) -> SystemClock:
    there = cloud.environment
    return SystemClock(speed=float(there["CLOCK_SPEED"]), epoch=int(there["CLOCK_EPOCH"]))


def signing(cloud: LocalCloud) -> bytes:
    secrets = cloud.client("secretsmanager")
    secret: str = secrets.get_secret_value(SecretId=cloud.environment["LINK_SECRET"])["SecretString"]
    return secret.encode()


def tokens(by: bytes, person: str, expires_at: int) -> dict[str, str]:
    """Of each page a link's."""
    told: dict[str, Any] = {"profile_id": person, "channel": Channel.EMAIL}
    was = address_digest("email", f"{person}@example.com")
    confirmed_at, written_at = expires_at - CONFIRM_LIFETIME, expires_at - LIFETIME
    urls = (
        unsubscribe_url("", by, topic=None, message_id="m1", now=written_at, **told),
        preferences_url("", by, message_id="m1", now=written_at, **told),
        confirm_url("", by, topic="news", address=was, now=confirmed_at, **told),
        address_url("", by, profile_id=person, address=f"new-{person}@example.org", was=was, now=confirmed_at),
    )
    return {page: url.rpartition("/")[2] for page, url in zip(PAGES, urls, strict=True)}


@pytest.fixture(scope="module")
def links(cloud: LocalCloud) -> Mapping[str, tuple[str, dict[str, str]]]:
    """Of each page a good link's token, and bad ones."""
    secret, now = signing(cloud), clock_of(cloud).now()
    good, old = tokens(secret, "u1", now + 30 * DAY), tokens(secret, "u1", now - DAY)
    forged = tokens(b"another secret", "u1", now + 30 * DAY)
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


@pytest.mark.parametrize("route", sorted(FOLLOWED))
@pytest.mark.parametrize("place", ["x", "q83fA0_kTw2x0", "q83fA0_kTw2x999"])
def test_a_link_that_nobody_was_sent_leads_to_the_shops_door_alone(cloud: LocalCloud, route: str, place: str) -> None:
    answer = send(cloud, route, {}, place=place)
    assert (answer.status_code, answer.headers["location"]) == (302, "https://alderandoat.example/")


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


@pytest.mark.parametrize("page", PAGES)
def test_a_link_that_worked_does_not_once_it_has_expired(cloud: LocalCloud, replayed: Replayed, page: str) -> None:
    """Last of all, by when most of its hours have passed."""
    cloud.pass_hours(max(replayed.expires_at + SECOND - clock_of(cloud).now(), 0) / HOUR)

    assert replayed.again(page) == 410
    wait_until(lambda: cloud.has_decided(replayed.people[page]), "what was replayed")
    assert standing(cloud, replayed.people[page]) == replayed.once[page]
