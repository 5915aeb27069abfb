"""Where the links of sent messages lead, in DynamoDB: one item a message, under its token."""

from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.adapters.dynamodb.items import read_item
from shared.domain.channels.short_links import SentLinks
from shared.domain.consent.words import Channel
from shared.domain.timing import DAY, SECOND, Duration
from shared.ports.clock import Clock
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY, link_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_FOR: Final[Duration] = 180 * DAY
"""As long as the ledger keeps the message."""


class DynamoSentLinks:
    """Implements ``ports.sending.SentLinksKeeper``."""

    def __init__(self, client: "DynamoDBClient", *, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def keep(self, links: SentLinks) -> None:
        pk, sk = link_key(links.token)
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    PARTITION_KEY: {"S": pk},
                    SORT_KEY: {"S": sk},
                    "message_id": {"S": links.message_id},
                    "channel": {"S": links.channel},
                    "targets": {"L": [{"S": target} for target in links.targets]},
                    "at": {"N": str(links.at)},
                    EXPIRY: {"N": str((self._clock.wall() + KEPT_FOR) // SECOND)},
                },
            )
        except AWS_ERRORS as error:
            raise translate(error) from error

    def find(self, token: str) -> SentLinks | None:
        item = read_item(self._client, self._table, link_key(token))
        if item is None:
            return None
        return SentLinks(
            message_id=item["message_id"]["S"],
            channel=Channel(item["channel"]["S"]),
            targets=tuple(target["S"] for target in item["targets"]["L"]),
            at=int(item["at"]["N"]),
        )
