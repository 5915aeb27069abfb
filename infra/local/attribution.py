"""Whose message it is and why it was sent: what the ledger says of a message that a provider accepted.

A mail carries its ledger id in its tags and a push message among its details. SNS has no room for one, so there the
ledger is searched for the provider's id, which the dispatcher records a moment after the provider answered.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.outbox import Outbox, OutboxMessage
from shared.tables import PARTITION_KEY, SORT_KEY, message_key

logger = logging.getLogger(__name__)

RETRY_AFTER: Final = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5)
"""Seconds between looks into the ledger, for as long as it may still be written."""


class Attribution:
    """Fills in what the outbox does not know. ``table``: of boto3's ``dynamodb`` resource."""

    def __init__(self, outbox: Outbox, table: Any) -> None:
        self._outbox = outbox
        self._table = table

    async def run(self) -> None:
        """Until cancelled: look up every message as it arrives."""
        async with asyncio.TaskGroup() as group:
            async for message in self._outbox.updates():
                if not message.is_settled and not message.feedback:
                    group.create_task(self._attribute(message))

    async def _attribute(self, message: OutboxMessage) -> None:
        for seconds in RETRY_AFTER:
            await asyncio.sleep(seconds)
            try:
                item = await asyncio.to_thread(self._find, message)
            except (BotoCoreError, ClientError):
                logger.warning("the ledger could not be read", exc_info=True)
                continue
            if item is not None:
                self._outbox.attribute(
                    message.id,
                    ledger_id=item[PARTITION_KEY].removeprefix("MESSAGE#"),
                    journey=item["journey"],
                    message=item["name"],
                    profile=item["profile_id"],
                )
                return
        logger.warning("the ledger has no message for %s", message.id)
        self._outbox.settle(message.id)

    def _find(self, message: OutboxMessage) -> Mapping[str, Any] | None:
        if message.ledger_id is not None:
            partition, sort = message_key(message.ledger_id)
            item: Mapping[str, Any] | None = self._table.get_item(
                Key={PARTITION_KEY: partition, SORT_KEY: sort}, ConsistentRead=True
            ).get("Item")
            return item
        return self._search({message.id, message.request_id} - {""})

    def _search(self, provider_ids: set[str]) -> Mapping[str, Any] | None:
        request: dict[str, Any] = {
            "FilterExpression": "begins_with(#pk, :prefix) AND provider_id IN (:a, :b)",
            "ExpressionAttributeNames": {"#pk": PARTITION_KEY},
            "ExpressionAttributeValues": {":prefix": "MESSAGE#", ":a": min(provider_ids), ":b": max(provider_ids)},
            "ConsistentRead": True,
        }
        while True:
            page = self._table.scan(**request)
            if page["Items"]:
                found: Mapping[str, Any] = page["Items"][0]
                return found
            if "LastEvaluatedKey" not in page:
                return None
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
