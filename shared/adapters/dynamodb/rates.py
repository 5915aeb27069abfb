"""How much of its rate each public key, and each channel's provider, has used, in DynamoDB: one item each, one instant
in it.

The instant (``spent_until``, microseconds) is when all that was taken will have been earned. It moves on by what each
request takes to earn, and may be ahead of now by the burst at most: a bucket that fills evenly, in one number that
many can move at once.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.domain.intake.client_keys import RateLimit
from shared.domain.timing import Duration, Instant
from shared.errors import RetryableError
from shared.tables import PARTITION_KEY, SORT_KEY, rate_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SPENT_UNTIL: Final = "spent_until"
ATTEMPTS: Final = 4
_MICROSECONDS: Final = 1_000
"""Of a millisecond."""


class DynamoRates:
    """Implements ``ports.intake.Rates``."""

    def __init__(
        self, client: "DynamoDBClient", *, table: str, key_of: Callable[[str], tuple[str, str]] = rate_key
    ) -> None:
        self._client = client
        self._key_of = key_of
        self._table = table

    def take(self, name: str, requests: int, limit: RateLimit, now: Instant) -> Duration:
        interval = round(1_000_000 / limit.per_second)
        instant, taken = now * _MICROSECONDS, requests * interval
        latest = instant + limit.burst * interval - taken
        is_full = True  # nothing was taken lately, until the count says otherwise
        for _ in range(ATTEMPTS):
            spent_until = self._move(name, instant, taken, latest, is_full=is_full)
            if spent_until is None:
                return 0
            if spent_until > latest:
                return -(-(spent_until - latest) // _MICROSECONDS)
            is_full = spent_until <= instant
        raise RetryableError("a key's count is moved by too many at once", key=name)

    def _move(self, name: str, now: int, taken: int, latest: int, *, is_full: bool) -> int | None:
        """``None``: moved; else where the count stands."""
        pk, sk = self._key_of(name)
        if is_full:
            update, values = ":fresh", {":fresh": now + taken, ":now": now}
            condition = f"attribute_not_exists({SPENT_UNTIL}) OR {SPENT_UNTIL} <= :now"
        else:
            update, values = f"{SPENT_UNTIL} + :taken", {":taken": taken, ":now": now, ":latest": latest}
            condition = f"{SPENT_UNTIL} > :now AND {SPENT_UNTIL} <= :latest"
        try:
            self._client.update_item(
                TableName=self._table,
                Key={PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}},
                UpdateExpression=f"SET {SPENT_UNTIL} = {update}",
                ConditionExpression=condition,
                ExpressionAttributeValues={name: {"N": str(value)} for name, value in values.items()},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AWS_ERRORS as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise translate(error) from error
            answer: Any = getattr(error, "response", {})
            return int(answer.get("Item", {}).get(SPENT_UNTIL, {}).get("N", 0))
        return None
