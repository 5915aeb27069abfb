"""What every ``Suppressions`` does: of each reason the latest note counts, in whatever order notes come."""

from itertools import permutations

import boto3
import pytest

from shared.adapters.dynamodb.suppressions import DynamoSuppressions
from shared.domain.consent.words import Channel, SuppressionReason
from shared.ports.sending import Suppressions
from shared.services.digests import keyed_digest
from tests.builders import NOON
from tests.fakes.sending import FakeSuppressions

EMAIL, SMS = Channel.EMAIL, Channel.SMS
COMPLAINT, ERASED, HARD_BOUNCE, STOP = (
    SuppressionReason.COMPLAINT,
    SuppressionReason.ERASED,
    SuppressionReason.HARD_BOUNCE,
    SuppressionReason.STOP,
)
ANA = "+353871234567"


@pytest.fixture(params=["fake", "dynamodb"])
def suppressions(request: pytest.FixtureRequest) -> Suppressions:
    if request.param == "fake":
        return FakeSuppressions()
    table = request.getfixturevalue("table_name")
    return DynamoSuppressions(
        boto3.client("dynamodb"), table=table, digest=lambda kind, value: keyed_digest(b"key", kind, value)
    )


def test_an_address_that_nobody_noted_is_not_suppressed(suppressions: Suppressions) -> None:
    assert suppressions.find(SMS, ANA) == {}


def test_an_address_is_found_with_its_reasons(suppressions: Suppressions) -> None:
    suppressions.suppress(SMS, ANA, STOP, NOON)
    suppressions.suppress(SMS, ANA, ERASED, NOON + 1)

    assert suppressions.find(SMS, ANA) == {STOP: NOON, ERASED: NOON + 1}


@pytest.mark.parametrize(("channel", "address"), [(EMAIL, ANA), (Channel.WHATSAPP, ANA), (SMS, "+353871234568")])
def test_another_channel_or_address_is_not_suppressed(
    suppressions: Suppressions, channel: Channel, address: str
) -> None:
    suppressions.suppress(SMS, ANA, STOP, NOON)

    assert suppressions.find(channel, address) == {}


def test_mail_addresses_are_the_same_in_any_letters(suppressions: Suppressions) -> None:
    suppressions.suppress(EMAIL, "Ana@Example.com", COMPLAINT, NOON)

    assert suppressions.find(EMAIL, "ana@example.COM") == {COMPLAINT: NOON}


def test_only_the_reasons_that_are_named_are_lifted(suppressions: Suppressions) -> None:
    for reason in (STOP, ERASED, HARD_BOUNCE):
        suppressions.suppress(SMS, ANA, reason, NOON)

    suppressions.lift(SMS, ANA, [STOP, ERASED], NOON + 1)

    assert suppressions.find(SMS, ANA) == {HARD_BOUNCE: NOON}
    assert suppressions.noted(SMS, ANA) == (
        {STOP: NOON, ERASED: NOON, HARD_BOUNCE: NOON},
        {STOP: NOON + 1, ERASED: NOON + 1},
    )


def test_in_any_order_and_twice_the_latest_note_counts(suppressions: Suppressions) -> None:
    """Suppressed, lifted, and suppressed anew; or lifted last."""
    for number, (lifts, expected) in enumerate([((2,), {STOP: NOON + 3}), ((2, 4), {}), ((3,), {STOP: NOON + 3})]):
        notes = [(1, False), (3, False), *((at, True) for at in lifts)]
        for turn, order in enumerate(permutations(notes)):
            address = f"+3538712{number:02}{turn:03}"
            for after, is_lift in (*order, order[0]):
                if is_lift:
                    suppressions.lift(SMS, address, [STOP], NOON + after)
                else:
                    suppressions.suppress(SMS, address, STOP, NOON + after)
            assert suppressions.find(SMS, address) == expected, (lifts, order)


def test_no_address_is_kept_in_clear(aws: None, table_name: str) -> None:
    client = boto3.client("dynamodb")
    kept = DynamoSuppressions(client, table=table_name, digest=lambda kind, value: keyed_digest(b"key", kind, value))

    kept.suppress(EMAIL, "ana@example.com", ERASED, NOON)

    [item] = client.scan(TableName=table_name)["Items"]
    assert item["pk"]["S"] == f"SUPPRESSED#email#{keyed_digest(b'key', 'suppressed email', 'ana@example.com')}"
    assert "ana" not in str(item)
