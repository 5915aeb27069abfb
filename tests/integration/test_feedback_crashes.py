"""``record_feedback`` dies or loses an answer at each of its AWS calls, and is given the same again: the ledger and
the stream end as after a clean run."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any, Final

import pytest

from shared.domain.timing import DAY
from shared.services.record_feedback import PATIENCE
from tests.builders import NOON
from tests.crashes import Accident, Call, Calls, watched
from tests.integration.lambda_events import EVENTS, a_receipt, a_text
from tests.integration.sending_end import MARKETING, SendingEnd, lasting_end

FIND = ("dynamodb", "GetItem")
SECRET, SUPPRESS, OWNER = ("secretsmanager", "GetSecretValue"), ("dynamodb", "UpdateItem"), ("dynamodb", "GetItem")
ADVANCE, TELL, POSTPONE = ("dynamodb", "UpdateItem"), ("sqs", "SendMessageBatch"), ("sqs", "ChangeMessageVisibility")

SES: Final[list[dict[str, Any]]] = json.loads((EVENTS / "ses_feedback.json").read_text())

BATCHES: Final[dict[str, list[dict[str, Any]]]] = {
    "delivery": [event for event in SES if event["detail"]["eventType"] == "Delivery"],
    "bounce, then complaint": [event for event in SES if event["detail"]["eventType"] in {"Bounce", "Complaint"}],
    "unsubscribed": [event for event in SES if event["detail"]["eventType"] == "Subscription"],
    "of no message": [json.loads(json.dumps(SES[1]).replace(MARKETING.id, "another"))],
}
BATCHES["a text that says stop"] = [a_text("STOP")]
BATCHES["a text's receipt"] = [a_receipt("TEXT_DELIVERED", MARKETING.id)]

CALLS: Final[dict[str, list[Call]]] = {
    "delivery": [ADVANCE, TELL],
    "bounce, then complaint": [ADVANCE, TELL, ADVANCE, TELL],
    "unsubscribed": [FIND, TELL],
    "of no message": [ADVANCE, POSTPONE, ADVANCE],
    "a text's receipt": [ADVANCE, TELL],
    "a text that says stop": [SECRET, SECRET, SUPPRESS, OWNER, TELL],
}
"""What a clean run asks of AWS, redeliveries included."""

ACCIDENTS = [(name, at) for name, calls in CALLS.items() for at in range(len(calls))]


@pytest.fixture(scope="module")
def lasting() -> Iterator[SendingEnd]:
    with lasting_end() as house:
        yield house


@pytest.fixture
def house(lasting: SendingEnd) -> SendingEnd:
    lasting.begin()
    return lasting


_NUMBERS: Final = count()


def run(house: SendingEnd, name: str, calls: Calls) -> tuple[Any, ...]:
    """A message has been sent; what is left of its feedback when nothing comes again."""
    message_id = f"{next(_NUMBERS):032x}"
    house.wall = NOON
    house.dispatch(house.ordered(replace(MARKETING, id=message_id)))
    house.events()
    house.wall += DAY  # later than all that SES reports
    envelopes = json.loads(json.dumps(BATCHES[name]).replace(MARKETING.id, message_id))
    records = [house.reported(envelope, id_=str(number)) for number, envelope in enumerate(envelopes)]

    def handle(*again: dict[str, Any]) -> list[str]:
        failed = house.record_feedback(*again)
        house.wall += PATIENCE if failed else 0
        return failed

    with watched(calls):
        house.until_done(handle, records)
    told = {(event.id, event.name, event.at, json.dumps(dict(event.properties))) for event in house.events()}
    entry = house.entry(message_id)
    assert entry is not None
    return replace(entry, id="", provider_id=""), json.loads(json.dumps(sorted(told)).replace(message_id, "id"))


@pytest.mark.parametrize("name", BATCHES)
def test_the_table_of_cases_is_complete(house: SendingEnd, name: str) -> None:
    calls = Calls()
    run(house, name, calls)
    assert calls.made == CALLS[name]


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize(("name", "at"), ACCIDENTS, ids=[f"{n} - {at} {CALLS[n][at][1]}" for n, at in ACCIDENTS])
def test_after_an_accident_a_redelivery_leaves_what_a_clean_run_leaves(
    house: SendingEnd, name: str, at: int, accident: Accident
) -> None:
    clean = run(house, name, Calls())
    assert run(house, name, Calls(at, accident)) == clean
