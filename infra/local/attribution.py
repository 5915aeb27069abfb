"""Whose message it is and why it was sent: what the ledger says of the id that came with it to the provider."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.outbox import Outbox, OutboxMessage
from shared.tables import PARTITION_KEY, SORT_KEY, message_key

logger = logging.getLogger(__name__)

RETRY_AFTER: Final = (0.0, 0.1, 0.5)
"""Seconds before each look into the ledger. A message is claimed before it is sent, so one is enough but for faults."""


class Attribution:
    """Fills in what the outbox does not know. ``table``: of boto3's ``dynamodb`` resource, once it is deployed."""

    def __init__(self, outbox: Outbox, table: Any = None) -> None:
        self._outbox = outbox
        self.table = table

    async def attribute(self, message: OutboxMessage) -> None:
        """Look one message up, and show it whatever was found."""
        for seconds in RETRY_AFTER if message.ledger_id and self.table else ():
            await asyncio.sleep(seconds)
            try:
                item = await asyncio.to_thread(self._find, str(message.ledger_id))
            except (BotoCoreError, ClientError):
                logger.warning("the ledger could not be read", exc_info=True)
                continue
            if item is not None:
                self._outbox.attribute(
                    message.id, journey=item["journey"], message=item["name"], profile=item["profile_id"]
                )
                return
        logger.warning("the ledger does not know %s", message.id)
        self._outbox.settle(message.id)

    def _find(self, ledger_id: str) -> Mapping[str, Any] | None:
        partition, sort = message_key(ledger_id)
        item: Mapping[str, Any] | None = self.table.get_item(
            Key={PARTITION_KEY: partition, SORT_KEY: sort}, ConsistentRead=True
        ).get("Item")
        return item
