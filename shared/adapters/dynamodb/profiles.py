"""Profiles in DynamoDB: one read, one conditional write that commits state and effects together."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_item
from shared.adapters.dynamodb.merges import merge_items, undoing_writes
from shared.adapters.dynamodb.profile_items import profile_from_item, profile_item
from shared.domain.identity.merges import Merge, Undoing
from shared.domain.messages import Effect, effect_to_dict
from shared.domain.profiles import Profile
from shared.errors import ConflictError
from shared.tables import EFFECTS, PARTITION_KEY, SORT_KEY, VERSION, profile_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, PutTypeDef, TransactWriteItemTypeDef

CONFLICTS: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
"""Why a transaction was cancelled that is to be decided anew."""


class DynamoProfiles:
    """Implements ``ports.people.Profiles``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def load(self, profile_id: str) -> Profile:
        item = read_item(self._client, self._table, profile_key(profile_id))
        return Profile(id=profile_id) if item is None else profile_from_item(profile_id, item)

    def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
        try:
            self._client.put_item(**self._request(profile, effects))
        except AWS_ERRORS as error:
            if error_code(error) in {"ConditionalCheckFailedException", "TransactionConflictException"}:
                raise ConflictError("another writer of the profile was first", profile=profile.id) from error
            raise translate(error) from error

    def save_all(
        self,
        written: Sequence[tuple[Profile, Sequence[Effect]]],
        merges: Sequence[Merge] = (),
        *,
        undoing: Undoing | None = None,
    ) -> None:
        writes: list[TransactWriteItemTypeDef] = [{"Put": self._request(*one)} for one in written]
        writes += ({"Put": {"TableName": self._table, "Item": item}} for item in merge_items(merges))
        writes += () if undoing is None else undoing_writes(self._table, undoing)
        try:
            self._client.transact_write_items(TransactItems=writes)
        except AWS_ERRORS as error:
            if _is_conflict(error):
                raise ConflictError("another writer of one of the profiles was first") from error
            raise translate(error) from error

    def _request(self, profile: Profile, effects: Sequence[Effect]) -> "PutTypeDef":
        pk, sk = profile_key(profile.id)
        item: dict[str, AttributeValueTypeDef] = {
            PARTITION_KEY: {"S": pk},
            SORT_KEY: {"S": sk},
            **profile_item(profile, version=profile.version + 1),
        }
        if effects:
            item[EFFECTS] = {"S": json.dumps([*map(effect_to_dict, effects)], separators=(",", ":"), allow_nan=False)}
        if profile.version == 0:
            return {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": f"attribute_not_exists({PARTITION_KEY})",
            }
        return {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": f"{VERSION} = :read",
            "ExpressionAttributeValues": {":read": {"N": str(profile.version)}},
        }


def _is_conflict(error: BotoCoreError | ClientError) -> bool:
    if error_code(error) != "TransactionCanceledException":
        return False
    reasons: Any = cast("ClientError", error).response.get("CancellationReasons", [])
    codes = {reason.get("Code", "None") for reason in reasons} - {"None"}
    return bool(codes) and codes <= CONFLICTS
