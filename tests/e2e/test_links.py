"""Texts on the deployed stack: what was not answered elsewhere, and links that are followed as a phone does."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import LocalCloud, wait_until
from tests.e2e.storefront import a_person, identify, track

pytestmark = pytest.mark.e2e

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


def told(cloud: LocalCloud, person: str, what: str) -> Any:
    answer = httpx.get(f"{cloud.ingest_url}/v1/profiles/{person}/{what}", auth=(cloud.secret_key, ""), timeout=30)
    return answer.json()


def clicks(cloud: LocalCloud, person: str) -> list[dict[str, Any]]:
    events = told(cloud, person, "timeline?limit=100")["events"]
    return [event["properties"] for event in events if event.get("event") == "Message Clicked"]


def test_what_is_not_opened_comes_by_text_hours_later_and_once(cloud: LocalCloud) -> None:
    person = a_person()
    number = f"+3538{uuid.uuid4().int % 10**8:08d}"
    cloud.send(identify(person, phone=number), track(person, "Order Delayed", order_id=f"o-{person}"))
    mail, text = cloud.wait_for(person, 2)
    cloud.pass_hours(12)

    assert cloud.names(person) == [("order_delayed", "email"), ("order_delayed", "sms")]
    later, first = told(cloud, person, "messages")["messages"]
    assert later["instead_of"] == first["id"]
    between = datetime.fromisoformat(later["decided_at"]) - datetime.fromisoformat(first["sent_at"])
    assert between == timedelta(hours=6)
    assert mail["at"] < text["at"]


def test_a_texts_link_leads_to_the_shop_and_its_clicks_are_heard_of(cloud: LocalCloud) -> None:
    person = a_person()
    number = f"+3538{uuid.uuid4().int % 10**8:08d}"
    known = {"type": "identify", "userId": person, "messageId": str(uuid.uuid4()), "traits": {"phone": number}}
    cloud.send(known, track(person, "Order Delayed", order_id=f"o-{person}"))
    [text] = cloud.wait_for(person)
    link = re.search(rf"{re.escape(cloud.ingest_url)}/l/[\w-]{{13,14}}", text["text"])
    assert text["channel"] == "sms"
    assert link, text["text"]

    for method, agent in (("HEAD", PHONE), ("GET", "curl/8.5.0"), ("GET", PHONE)):
        answer = httpx.request(method, link[0], headers={"User-Agent": agent}, timeout=30)
        assert (answer.status_code, answer.headers["location"]) == (302, "https://alderandoat.example/orders")
    elsewhere = httpx.get(f"{cloud.ingest_url}/l/AAAAAAAAAAAA0", timeout=30)
    assert elsewhere.headers["location"] == "https://alderandoat.example/"

    wait_until(lambda: len(clicks(cloud, person)) == 2, "two clicks")
    assert sorted(click.get("signal", "") for click in clicks(cloud, person)) == ["", "program"]
    assert {(click["channel"], click["message"]) for click in clicks(cloud, person)} == {("sms", "order_delayed")}
    [message] = told(cloud, person, "messages")["messages"]
    assert message["status"] == "clicked"
