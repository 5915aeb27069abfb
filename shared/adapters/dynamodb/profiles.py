"""Profiles in DynamoDB: one read, one conditional write that commits state and effects together."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_item
from shared.adapters.dynamodb.packing import PROFILES_2026, pack, unpack
from shared.adapters.dynamodb.profile_codec import state_from_plain, state_to_plain
from shared.domain.messages import Effect, effect_to_dict
from shared.domain.profiles import Profile
from shared.domain.timing import Instant
from shared.errors import ConflictError, PermanentError
from shared.tables import EFFECTS, PARTITION_KEY, SORT_KEY, VERSION, WHOLE, profile_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, PutItemInputTypeDef

STATE: Final = "state"
WAKE_AT: Final = "wake_at"
SCHEDULED_AT: Final = "scheduled_at"


class DynamoProfiles:
    """Implements ``ports.Profiles``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def load(self, profile_id: str) -> Profile:
        item = read_item(self._client, self._table, profile_key(profile_id))
        if item is None:
            return Profile(id=profile_id)
        try:
            return state_from_plain(
                unpack(item[STATE]["B"]),
                id=profile_id,
                version=int(item[VERSION]["N"]),
                wake_at=_instant(item.get(WAKE_AT)),
                scheduled_at=_instant(item.get(SCHEDULED_AT)),
                whole=int(item[WHOLE]["N"]) if WHOLE in item else 0,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PermanentError("the stored profile cannot be read", profile=profile_id) from error

    def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
        try:
            self._client.put_item(**self._request(profile, effects))
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                raise ConflictError("another writer of the profile was first", profile=profile.id) from error
            raise translate(error) from error

    def _request(self, profile: Profile, effects: Sequence[Effect]) -> "PutItemInputTypeDef":
        pk, sk = profile_key(profile.id)
        item: dict[str, AttributeValueTypeDef] = {
            PARTITION_KEY: {"S": pk},
            SORT_KEY: {"S": sk},
            VERSION: {"N": str(profile.version + 1)},
            STATE: {"B": pack(state_to_plain(profile), PROFILES_2026)},
        }
        for name, at in ((WAKE_AT, profile.wake_at), (SCHEDULED_AT, profile.scheduled_at)):
            if at is not None:
                item[name] = {"N": str(at)}
        if profile.whole:
            item[WHOLE] = {"N": str(profile.whole)}
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


def _instant(attribute: "AttributeValueTypeDef | None") -> Instant | None:
    return None if attribute is None else int(attribute["N"])
