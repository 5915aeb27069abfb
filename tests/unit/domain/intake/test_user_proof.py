"""``context.userHash``: a client proves that it speaks for its user; a wrong proof is a fault, none is none."""

from typing import Any

import pytest

from shared.domain.events import Event, Trust
from shared.domain.intake.segment_batch import read_batch
from shared.domain.intake.segment_spec import Reception, read_event
from shared.domain.intake.user_proof import user_hash
from tests.builders import NOON

CURRENT, PREVIOUS = b"current-secret", b"previous-secret"
GOOD = user_hash("u1", CURRENT)
ANA: dict[str, Any] = {"type": "identify", "userId": "u1", "traits": {"email": "ana@example.com"}}


def reception(trust: Trust = Trust.PUBLIC) -> Reception:
    return Reception(received_at=NOON, trust=trust, source="http", user_secrets=(CURRENT, PREVIOUS))


def test_the_hash_is_the_one_that_the_documentation_says() -> None:
    assert user_hash("u-20418", b"secret") == "efdef3bb23d796451e9e0f805d2d55fc3b4e5db4056564bd1713fd23883aa648"


@pytest.mark.parametrize("secret", [CURRENT, PREVIOUS])
@pytest.mark.parametrize("shown", [str.lower, str.upper])
def test_a_client_that_proves_its_user_is_trusted_with_that_user(secret: bytes, shown: Any) -> None:
    event = read_event(ANA | {"context": {"userHash": shown(user_hash("u1", secret)), "ip": "::1"}}, reception())
    assert isinstance(event, Event)
    assert (event.trust, event.context) == (Trust.USER, {"ip": "::1"})


@pytest.mark.parametrize(
    "wrong",
    [
        user_hash("u2", CURRENT),
        user_hash("u1", b"other"),
        GOOD[:-1],
        GOOD + "0",
        "",
        "é" * 64,
        "\ud800",
        7,
        None,
        [GOOD],
    ],
)
def test_a_wrong_hash_is_a_fault_of_that_event(wrong: Any) -> None:
    batch = read_batch({"batch": [ANA | {"context": {"userHash": wrong}}, ANA]}, reception(), body_size=1)
    ((rejected,), (kept,)) = (batch.rejections, batch.events)
    assert (rejected.index, kept.trust) == (0, Trust.PUBLIC)
    fault = rejected.faults[0]
    assert fault.path.startswith("context.userHash")
    if isinstance(wrong, str) and wrong != "\ud800":
        assert "docs/keys.md" in fault.message


def test_a_batch_may_prove_its_user_once() -> None:
    raws = [ANA, {"type": "page", "anonymousId": "a1"}, ANA | {"userId": "u2"}]
    batch = read_batch({"context": {"userHash": GOOD, "app": {}}, "batch": raws}, reception(), body_size=1)
    assert [(event.user_id, event.trust, dict(event.context)) for event in batch.events] == [
        ("u1", Trust.USER, {"app": {}}),
        (None, Trust.PUBLIC, {"app": {}}),
    ]
    assert [rejection.index for rejection in batch.rejections] == [2]


@pytest.mark.parametrize("trust", [Trust.SECRET, Trust.SYSTEM])
def test_who_is_trusted_anyway_proves_nothing_and_the_hash_is_not_kept(trust: Trust) -> None:
    event = read_event(ANA | {"context": {"userHash": "anything"}}, reception(trust))
    assert isinstance(event, Event)
    assert (event.trust, event.context) == (trust, {})


def test_a_proven_user_states_no_consent_all_the_same() -> None:
    raw = {"type": "track", "event": "Subscribed", "userId": "u1", "context": {"userHash": GOOD}}
    found = read_event(raw, reception())
    assert not isinstance(found, Event)
    assert [fault.path for fault in found] == ["event"]
