"""What proves a statement of consent: digests of where it came from, by servers' word alone, and no more."""

from typing import Any

import pytest

from shared.domain.events import CONSENT_EVENTS, SERVERS, Event, Trust
from shared.services.evidence import digests_of, with_evidence
from tests.builders import an_event
from tests.fakes.secrets import FakeDigestKey

KEY = FakeDigestKey()
IP, AGENT = "2001:db8::7", "Mozilla/5.0 (Ana's browser)"
CONTEXT = {"ip": IP, "userAgent": AGENT, "library": {"name": "analytics.js"}}


class AnotherKey:
    def key(self) -> bytes:
        return b"another secret"


def a_yes(name: str = "Subscribed", **changes: Any) -> Event:
    return an_event(name, **{"context": CONTEXT, "properties": {"topic": "news"}} | changes)


@pytest.mark.parametrize("name", sorted(CONSENT_EVENTS))
@pytest.mark.parametrize("trust", sorted(SERVERS))
def test_a_servers_statement_keeps_digests_in_the_place_of_what_they_are_made_of(name: str, trust: Trust) -> None:
    proved = with_evidence(a_yes(name, trust=trust), KEY)

    assert proved.properties == {"topic": "news", "evidence": digests_of(CONTEXT, KEY)}
    assert proved.context == {"library": {"name": "analytics.js"}}
    assert IP not in str(proved)
    assert AGENT not in str(proved)


@pytest.mark.parametrize(
    "event",
    [
        *(a_yes(trust=trust) for trust in Trust if trust not in SERVERS),
        a_yes("Order Completed"),
        a_yes("subscribed"),
    ],
    ids=lambda event: f"{event.name} by {event.trust}",
)
def test_any_other_event_stays_as_it_is(event: Event) -> None:
    assert with_evidence(event, KEY) is event


def test_what_a_client_calls_evidence_is_none() -> None:
    forged = {"ip": "0" * 32, "userAgent": "f" * 32, "more": "of it"}

    assert "evidence" not in with_evidence(a_yes(context={}, properties={"evidence": forged}), KEY).properties
    proved = with_evidence(a_yes(properties={"evidence": forged}), KEY)
    assert proved.properties["evidence"] == digests_of(CONTEXT, KEY)


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        (CONTEXT, {"ip", "userAgent"}),
        ({"ip": IP}, {"ip"}),
        ({"userAgent": AGENT, "ip": ""}, {"userAgent"}),
        ({"ip": None, "userAgent": 7}, set()),
        ({"ip": [IP], "userAgent": {"is": AGENT}}, set()),
        ({}, set()),
    ],
)
def test_evidence_is_of_what_is_there_as_text(found: dict[str, object], kinds: set[str]) -> None:
    assert set(digests_of(found, KEY)) == kinds
    assert set(with_evidence(a_yes(context=found), KEY).context) & {"ip", "userAgent"} == set()


def test_a_digest_can_be_compared_and_tells_nothing_by_itself() -> None:
    once, again = digests_of(CONTEXT, KEY), digests_of(CONTEXT | {"library": None}, KEY)

    assert once == again
    assert digests_of({"ip": "2001:db8::8"}, KEY)["ip"] != once["ip"]
    assert digests_of({"userAgent": IP}, KEY)["userAgent"] != once["ip"]
    assert digests_of(CONTEXT, AnotherKey())["ip"] != once["ip"]
