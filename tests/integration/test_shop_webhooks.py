"""Shopify's privacy webhooks on moto: what is signed is ordered once; all else is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.serve_profiles.handler import logger
from shared.adapters import write_keys
from shared.bootstrap.serve_profiles import staff as bootstrap
from shared.domain.rights.erasure import RightsKind, RightsOrder, order_from_dict
from tests.crashes import Accident, Calls, Killed, watched
from tests.integration.lambda_events import log_lines
from tests.integration.shop_webhooks import BODIES, WEBHOOK_ID, deliver, shop_headers, sign
from tests.integration.staff import Staff, deployed

REDACT, REQUEST, SHOP = "customers/redact", "customers/data_request", "shop/redact"
ANA = ("shopify:7204811390", "email:ana@example.com", "phone:+353871234567")
ORDERED = {
    REDACT: (RightsKind.ERASE, ANA),
    REQUEST: (RightsKind.EXPORT, ANA),
    SHOP: (RightsKind.SHOP, ("carillon-tea.myshopify.com",)),
}
PROBLEM = "urn:carillon:problem:"


@pytest.fixture
def staff(table_name: str, artefact: Path) -> Iterator[Staff]:
    with deployed(table_name, artefact) as house:
        yield house


def orders() -> list[RightsOrder]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="erasures")["QueueUrl"]
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [order_from_dict(json.loads(message["Body"])) for message in found]


@pytest.mark.parametrize("is_binary", [True, False])
@pytest.mark.parametrize("topic", BODIES)
def test_what_is_signed_is_ordered(staff: Staff, topic: str, is_binary: bool) -> None:
    answer = deliver(BODIES[topic], shop_headers(topic, BODIES[topic]), is_binary=is_binary)

    [order] = orders()
    assert answer.status == 200
    assert (order.kind, order.references) == ORDERED[topic]
    assert answer.json == {"id": order.receipt}


def test_an_erasure_can_be_asked_after_by_its_receipt(staff: Staff) -> None:
    receipt = deliver(BODIES[REDACT], shop_headers(REDACT, BODIES[REDACT])).json["id"]

    [order] = orders()
    assert order.receipt == receipt
    found = bootstrap().rights.find(receipt)
    assert found is not None
    assert found.status == "accepted"


def test_the_same_webhook_again_erases_nobody_again(staff: Staff) -> None:
    answers = [deliver(BODIES[REDACT], shop_headers(REDACT, BODIES[REDACT])).json for _ in range(3)]

    assert answers == [answers[0]] * 3
    assert len(orders()) == 1


def test_another_webhook_about_the_same_customer_is_another_request(staff: Staff) -> None:
    headers = shop_headers(REDACT, BODIES[REDACT])
    deliver(BODIES[REDACT], headers)
    deliver(BODIES[REDACT], headers | {"X-Shopify-Webhook-Id": "another"})

    assert len({order.receipt for order in orders()}) == 2


GOOD = sign(BODIES[REDACT])


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "x",
        "é",
        GOOD[:-1],
        GOOD + "=",
        GOOD.swapcase(),
        GOOD[::-1],
        sign(BODIES[REDACT], "another secret"),
        sign(BODIES[REQUEST]),
        sign(BODIES[REDACT].strip()),
        sign(b""),
    ],
)
def test_what_is_not_signed_so_is_refused(staff: Staff, signature: str) -> None:
    headers = shop_headers(REDACT, BODIES[REDACT]) | {"X-Shopify-Hmac-SHA256": signature}

    answer = deliver(BODIES[REDACT], headers)

    assert (answer.status, answer.json["type"]) == (401, f"{PROBLEM}unknown-signature")
    assert answer.headers["content-type" if "content-type" in answer.headers else "Content-Type"].endswith(
        "problem+json"
    )
    assert orders() == []


def test_the_secret_key_is_no_signature(staff: Staff) -> None:
    answer = deliver(BODIES[REDACT], {"authorization": "Bearer secret-key", "X-Shopify-Topic": REDACT})

    assert answer.status == 401


@pytest.mark.parametrize("topic", BODIES)
@pytest.mark.parametrize("of", BODIES)
def test_a_body_counts_for_its_own_topic_only(staff: Staff, topic: str, of: str) -> None:
    answer = deliver(BODIES[of], shop_headers(topic, BODIES[of]))

    assert answer.status == (200 if topic == of else 400)
    assert len(orders()) == (topic == of)


@pytest.mark.parametrize("topic", ["", "orders/create", "customers/redact/", "CUSTOMERS/REDACT"])
def test_another_topic_is_told_which_are_served(staff: Staff, topic: str) -> None:
    answer = deliver(b"{}", shop_headers(topic, b"{}"))

    assert (answer.status, answer.json["type"]) == (422, f"{PROBLEM}unknown-topic")
    assert all(known in answer.json["errors"][0]["message"] for known in BODIES)


@pytest.mark.parametrize("webhook_id", ["", "a b", "x" * 129, "ö"])
def test_a_webhook_without_an_id_is_refused(staff: Staff, webhook_id: str) -> None:
    headers = shop_headers(REDACT, BODIES[REDACT]) | {"X-Shopify-Webhook-Id": webhook_id}

    answer = deliver(BODIES[REDACT], headers)

    assert (answer.status, answer.json["errors"][0]["path"]) == (400, "X-Shopify-Webhook-Id")
    assert orders() == []


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (b"{", ""),
        (b"\xff", ""),
        (b"[]", ""),
        (b"{}", "customer"),
        (b'{"customer": 5}', "customer"),
        (b'{"customer": {"id": true, "email": "nonsense", "phone": "555-625-1199"}}', "customer"),
        (b'{"customer": {"id": "7#x"}}', "customer"),
        (b" " * 262_145, ""),
    ],
)
def test_what_cannot_be_read_is_told(staff: Staff, content: bytes, path: str) -> None:
    answer = deliver(content, shop_headers(REDACT, content))

    assert (answer.status, answer.json["errors"][0]["path"]) == (400, path)
    assert orders() == []


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ({"id": 7, "email": None, "phone": None}, ("shopify:7",)),
        ({"id": 7, "email": "", "phone": "087 123 4567"}, ("shopify:7",)),
        ({"email": "BO@example.com"}, ("email:bo@example.com",)),
    ],
)
def test_whoever_the_customer_can_be_found_by_counts(staff: Staff, customer: Any, expected: tuple[str, ...]) -> None:
    body = json.dumps({"customer": customer}).encode()

    assert deliver(body, shop_headers(REDACT, body)).status == 200
    assert orders()[0].references == expected


def test_a_secret_just_put_counts_and_the_one_before_still_does(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.adapters.reread_secret.REREAD_AFTER", 0)
    assert write_keys.REREAD_AFTER > 0
    body = BODIES[REDACT]
    assert deliver(body, shop_headers(REDACT, body)).status == 200
    boto3.client("secretsmanager").put_secret_value(SecretId="shopify", SecretString="the-new-one")

    assert deliver(body, shop_headers(REDACT, body, secret="the-new-one")).status == 200
    assert deliver(body, shop_headers(REDACT, body)).status == 200


def test_other_requests_do_not_read_the_secret(staff: Staff) -> None:
    with watched(Calls()) as calls:
        staff.ask("nobody")
    reads = [operation for service, operation in calls.made if service == "secretsmanager"]
    with watched(Calls()) as calls:
        staff.ask("nobody")

    assert len(reads) == 2
    assert not [operation for service, operation in calls.made if service == "secretsmanager"]


def test_the_log_names_nobody(staff: Staff, caplog: pytest.LogCaptureFixture) -> None:
    deliver(BODIES[REDACT], shop_headers(REDACT, BODIES[REDACT]))
    deliver(BODIES[REDACT], shop_headers(REQUEST, BODIES[REDACT]))

    lines = log_lines(logger, caplog)
    assert lines
    assert not [
        line for line in lines for trace in ("ana@", "35387", "7204811390", WEBHOOK_ID) if trace in line.lower()
    ]


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize("topic", BODIES)
def test_what_breaks_off_at_any_call_is_made_good_by_the_next_delivery(
    staff: Staff, topic: str, accident: Accident
) -> None:
    body = BODIES[topic]
    with watched(Calls()) as clean:
        deliver(body, shop_headers(topic, body))
    orders()
    for at in range(len(clean.made)):
        headers = shop_headers(topic, body) | {"X-Shopify-Webhook-Id": f"w{at}"}
        bootstrap.cache_clear()
        answer = None
        try:
            with watched(Calls(at, accident)):
                answer = deliver(body, headers)
        except Killed:
            pass
        assert answer is None or answer.status in {200, 503}
        receipt = deliver(body, headers).json["id"]
        assert {order.receipt for order in orders()} == {receipt}, clean.made[at]
        assert topic != REDACT or bootstrap().rights.find(receipt) is not None
