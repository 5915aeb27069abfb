"""``carillon suppressions sync`` dies or loses an answer at each of its AWS calls, and is run again.

What is on the list then, and what the people were told, is what a clean run leaves; nobody is on the list untold.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from typing import Any, Final

import pytest

from shared.domain.consent.suppressions import Noted
from shared.domain.consent.words import Channel
from shared.domain.events import Event
from tests.aws import pretended_aws
from tests.conftest import create_table
from tests.crashes import Accident, Call, Calls, Killed, watched
from tests.integration.test_suppressions_command import ANA, BOUNCED, COMPLAINED, PHONE, House

SECRET, NOTED, SUPPRESS = ("secretsmanager", "GetSecretValue"), ("dynamodb", "GetItem"), ("dynamodb", "UpdateItem")
OWNERS, PERSON, TELL = ("dynamodb", "BatchGetItem"), ("dynamodb", "GetItem"), ("sqs", "SendMessageBatch")

CALLS: Final[dict[str, list[Call]]] = {
    "ses": [
        ("sesv2", "ListSuppressedDestinations"),
        *(SECRET, SECRET, NOTED, NOTED),
        *(OWNERS, PERSON, TELL),
        *(SUPPRESS, SUPPRESS),
    ],
    "sns": [("sns", "ListPhoneNumbersOptedOut"), SECRET, SECRET, NOTED, OWNERS, TELL, SUPPRESS],
}
"""What a clean run asks of AWS: of a bounce of somebody's, a complaint of nobody's; an opt-out without a date."""

ADDRESSES: Final = ((Channel.EMAIL, ANA), (Channel.EMAIL, "bo@example.com"), (Channel.SMS, PHONE))
TOLD: Final = {"ses": ["Address Suppressed"], "sns": ["Unsubscribed"]}
ACCIDENTS: Final = [(provider, at) for provider, calls in CALLS.items() for at in range(len(calls))]

_NUMBERS: Final = count()


class Sync:
    """A stage with one person, Ana; ``told``: all events that were ever put, by id."""

    def __init__(self) -> None:
        self.house = House(create_table(f"stage-{next(_NUMBERS)}"))
        self.house.aliases.claim("email", ANA, "u1", vouched=True)
        self.told: dict[str, Event] = {}

    def run(self, provider: str, calls: Calls) -> str:
        if provider == "ses":
            self.house.ses_lists([BOUNCED, COMPLAINED])
        else:
            self.house.stubs["sns"].add_response("list_phone_numbers_opted_out", {"phoneNumbers": [PHONE]}, {})
        printed = ""
        with suppress(Killed), watched(calls):
            printed = self.house.run("sync", f"--provider={provider}").stdout
        self.told |= {event.id: event for event in self.house.events()}
        return printed

    def end(self) -> None:
        for stub in self.house.stubs.values():
            stub.deactivate()

    def listed(self) -> list[Noted]:
        return [self.house.list.noted(channel, address) for channel, address in ADDRESSES]


@pytest.fixture(scope="module")
def lasting() -> Iterator[None]:
    with pretended_aws():
        yield


@pytest.fixture
def sync(lasting: None) -> Iterator[Sync]:
    sync = Sync()
    yield sync
    sync.end()


@pytest.fixture(scope="module")
def clean(lasting: None) -> dict[str, tuple[list[Noted], dict[str, Event]]]:
    """What a run leaves to which nothing happens: the list, and what was told."""
    found = {}
    for provider in CALLS:
        sync = Sync()
        sync.run(provider, Calls())
        sync.end()
        found[provider] = (sync.listed(), sync.told)
    return found


@pytest.mark.parametrize("provider", CALLS)
def test_the_table_of_cases_is_complete(sync: Sync, provider: str) -> None:
    calls = Calls()
    printed = sync.run(provider, calls)

    assert calls.made == CALLS[provider]
    assert "newly noted (1 told to their people)" in printed
    assert [event.name for event in sync.told.values()] == TOLD[provider]


@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize(("provider", "at"), ACCIDENTS, ids=[f"{p} - {at} {CALLS[p][at][1]}" for p, at in ACCIDENTS])
def test_another_run_after_an_accident_leaves_what_a_clean_run_leaves(
    sync: Sync, clean: Any, provider: str, at: int, accident: Accident
) -> None:
    listed, told = clean[provider]

    sync.run(provider, Calls(at, accident))
    if sync.listed()[0].came or sync.listed()[2].came:
        assert sync.told == told
    sync.run(provider, Calls())

    assert (sync.listed(), sync.told) == (listed, told)
