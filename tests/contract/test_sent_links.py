"""What every ``SentLinksKeeper`` does: where a message's links lead is found by its token, and by nothing else."""

from dataclasses import replace

import boto3
import pytest

from shared.adapters.dynamodb.sent_links import KEPT_FOR, DynamoSentLinks
from shared.domain.channels.short_links import SentLinks
from shared.domain.consent.words import Channel
from shared.domain.timing import SECOND
from shared.errors import RetryableError
from shared.ports.sending import SentLinksKeeper
from shared.tables import link_key
from tests.builders import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.sending import FakeSentLinks

LINKS = SentLinks(
    message_id="0123456789abcdef",
    channel=Channel.SMS,
    targets=("https://shop.example/a?b=é&c", "https://shop.example/b"),
    at=NOON,
)


@pytest.fixture(params=["fake", "dynamodb"])
def keeper(request: pytest.FixtureRequest) -> SentLinksKeeper:
    if request.param == "fake":
        return FakeSentLinks()
    return DynamoSentLinks(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"), clock=FakeClock())


def test_what_was_kept_is_found_and_what_comes_again_takes_its_place(keeper: SentLinksKeeper) -> None:
    keeper.keep(LINKS)
    assert keeper.find(LINKS.token) == LINKS
    again = replace(LINKS, targets=("https://shop.example/c",), at=NOON + 1)
    keeper.keep(again)
    assert keeper.find(LINKS.token) == again


def test_nobody_elses_are_found(keeper: SentLinksKeeper) -> None:
    keeper.keep(LINKS)
    assert keeper.find(replace(LINKS, message_id="another").token) is None


def test_they_end_with_the_message(table_name: str) -> None:
    client, clock = boto3.client("dynamodb"), FakeClock()
    DynamoSentLinks(client, table=table_name, clock=clock).keep(LINKS)
    pk, sk = link_key(LINKS.token)
    item = client.get_item(TableName=table_name, Key={"pk": {"S": pk}, "sk": {"S": sk}})["Item"]
    assert item["expires_at"]["N"] == str((clock.wall() + KEPT_FOR) // SECOND)


def test_where_the_table_cannot_be_asked_that_is_said(aws: None) -> None:
    keeper = DynamoSentLinks(boto3.client("dynamodb"), table="missing", clock=FakeClock())
    with pytest.raises(RetryableError):
        keeper.keep(LINKS)
    with pytest.raises(RetryableError):
        keeper.find(LINKS.token)
