"""``manage_preferences`` dies or loses an answer at each AWS call of each page's button; the person presses it again.

Nobody is told that it is done before it is, and what comes into the person's stream is what a clean press brings.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import boto3
import pytest

from shared.domain.events import Event
from tests.aws import pretended_aws
from tests.conftest import create_table
from tests.crashes import Accident, Call, Calls, Killed, watched
from tests.http_requests import Answer
from tests.integration.preference_pages import posted
from tests.integration.test_manage_preferences import ONE_CLICK, Desk, a_token, deployed
from tests.integration.test_preference_centre import a_change, a_confirmation, a_link, know_ana

LINKS, DIGESTS = ("secretsmanager", "GetSecretValue"), ("secretsmanager", "GetSecretValue")
PERSON, TELL = ("dynamodb", "GetItem"), ("sqs", "SendMessageBatch")

TOKENS: Final[dict[str, Callable[[], str]]] = {
    "unsubscribe": a_token,
    "preferences": a_link,
    "confirm": a_confirmation,
    "address": a_change,
}
BUTTONS: Final = {"preferences": "stop", "confirm": "confirm", "address": "confirm"}

CALLS: Final[dict[str, list[Call]]] = {
    "unsubscribe": [LINKS, LINKS, TELL],
    "preferences": [LINKS, LINKS, PERSON, DIGESTS, DIGESTS, PERSON, TELL],
    "confirm": [LINKS, LINKS, PERSON, PERSON, DIGESTS, DIGESTS, TELL],
    "address": [LINKS, LINKS, PERSON, TELL],
}
"""What the first press of a fresh process asks of AWS; of each secret the current and the previous value."""

SAID: Final = {
    "unsubscribe": ["Unsubscribed", "Unsubscribed"],
    "preferences": ["Unsubscribed"],
    "confirm": ["Subscribed"],
    "address": ["User Identified", "Address Changed"],
}

ACCIDENTS: Final = [(page, at) for page, calls in CALLS.items() for at in range(len(calls))]

_NUMBERS: Final = count()


@dataclass
class Pressed:
    """What a page's button does: its answer (``None``: the process died), and what has come into the stream."""

    answer: Answer | None = None
    events: dict[str, Event] = field(default_factory=dict)


@dataclass(frozen=True)
class House:
    """A desk for many tests, each with a queue of its own, and what each page's button posts."""

    desk: Desk
    environment: pytest.MonkeyPatch
    bodies: dict[str, str]
    clean: dict[str, dict[str, Event]] = field(default_factory=dict)

    def begin(self) -> None:
        queue = boto3.client("sqs").create_queue(
            QueueName=f"events-{next(_NUMBERS)}.fifo", Attributes={"FifoQueue": "true"}
        )
        self.desk.queue_url = queue["QueueUrl"]
        self.environment.setenv("EVENTS_QUEUE_URL", queue["QueueUrl"])

    def press(self, page: str, calls: Calls) -> Pressed:
        """By a fresh process."""
        self.desk.restart()
        pressed = Pressed()
        with suppress(Killed), watched(calls):
            pressed.answer = self.desk.ask("POST", TOKENS[page](), self.bodies[page], page=page)
        pressed.events = {event.id: event for event in self.desk.events()}
        return pressed


@pytest.fixture(scope="module")
def lasting(artefact: Path) -> Iterator[House]:
    with (
        pytest.MonkeyPatch.context() as environment,
        pretended_aws(),
        deployed(create_table("lasting"), artefact, environment) as desk,
    ):
        know_ana(desk)
        bodies = {"unsubscribe": ONE_CLICK}
        for page, button in BUTTONS.items():
            bodies[page] = posted(desk.ask("GET", TOKENS[page](), page=page).text, button)
        house = House(desk, environment, bodies)
        for page in CALLS:
            house.begin()
            house.clean[page] = house.press(page, Calls()).events
        yield house


@pytest.fixture
def house(lasting: House) -> House:
    lasting.begin()
    return lasting


@pytest.mark.parametrize("page", CALLS)
def test_the_table_of_cases_is_complete(house: House, page: str) -> None:
    calls = Calls()
    pressed = house.press(page, calls)

    assert calls.made == CALLS[page]
    assert pressed.answer is not None
    assert pressed.answer.status == 200
    assert [event.name for event in pressed.events.values()] == SAID[page]


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize(("page", "at"), ACCIDENTS, ids=[f"{p} - {at} {CALLS[p][at][1]}" for p, at in ACCIDENTS])
def test_nobody_is_told_that_it_is_done_before_it_is(house: House, page: str, at: int, accident: Accident) -> None:
    clean = house.clean[page]

    first = house.press(page, Calls(at, accident))

    if first.answer is not None and first.answer.status == 200:
        assert first.events == clean
    elif first.answer is not None:
        assert first.answer.status == 503
        assert "<h1>" in first.answer.text
    again = house.press(page, Calls())
    assert again.answer is not None
    assert again.answer.status == 200
    assert first.events | again.events == clean
