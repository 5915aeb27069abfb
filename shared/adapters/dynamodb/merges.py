"""What undoes merges, in DynamoDB, in the survivor's partition: how they were, and how each absorbed profile was."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from shared.adapters.dynamodb.items import query_pages
from shared.adapters.dynamodb.profile_items import profile_from_item, profile_item
from shared.domain.identity.merges import UNDONE_WITHIN, Merge, Undoing
from shared.domain.profiles import Profile
from shared.domain.timing import SECOND, Instant
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY, merge_key, merge_range

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef, TransactWriteItemTypeDef

AT: Final = "at"
ABSORBED: Final = "absorbed"
"""Whose state the item holds; absent where it is the survivor's."""


class DynamoMerges:
    """Implements ``ports.people.Merges``; they are written with the profiles (``profiles.DynamoProfiles``)."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def of(self, survivor_id: str) -> Sequence[Merge]:
        """In the order of the keys the survivor comes first, then those that one write absorbed."""
        survivor, found = Profile(id=survivor_id), list[Merge]()
        for item in self._items(survivor_id):
            if ABSORBED not in item:
                survivor = profile_from_item(survivor_id, item)
            else:
                absorbed = profile_from_item(item[ABSORBED]["S"], item)
                found.append(Merge(at=int(item[AT]["N"]), survivor=survivor, absorbed=absorbed))
        return found[::-1]

    def _items(self, survivor_id: str) -> Iterator[Mapping[str, Any]]:
        first, last = merge_range(survivor_id)
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk AND {SORT_KEY} BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": {"S": first[0]}, ":first": {"S": first[1]}, ":last": {"S": last[1]}},
            "ConsistentRead": True,
        }
        for answer in query_pages(self._client, request):
            yield from answer["Items"]


def merge_items(merges: Sequence[Merge]) -> "Iterator[dict[str, AttributeValueTypeDef]]":
    """Two profiles may each fill an item, so each has its own; a survivor of several at once is kept once."""
    survivors = {(merge.survivor.id, merge.survivor.version, merge.at): merge.survivor for merge in merges}
    for (id_, version, at), survivor in survivors.items():
        yield _item(merge_key(id_, at, version), survivor, at)
    for merge in merges:
        key = merge_key(merge.survivor.id, merge.at, merge.survivor.version, merge.absorbed.id)
        yield _item(key, merge.absorbed, merge.at) | {ABSORBED: {"S": merge.absorbed.id}}


def undoing_writes(table: str, undoing: Undoing) -> "Iterator[TransactWriteItemTypeDef]":
    """The one that is undone goes, and its survivor's state unless another was joined by the same write."""
    gone = undoing.merge
    keys = [merge_key(gone.survivor.id, gone.at, gone.survivor.version, gone.absorbed.id)]
    if undoing.is_alone:
        keys.append(merge_key(gone.survivor.id, gone.at, gone.survivor.version))
    for pk, sk in keys:
        yield {"Delete": {"TableName": table, "Key": {PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}}}}
    anew = {(one.at, one.survivor.version): one for one in undoing.later}
    for (at, version), one in anew.items():
        yield {"Put": {"TableName": table, "Item": _item(merge_key(one.survivor.id, at, version), one.survivor, at)}}


def _item(key: tuple[str, str], profile: Profile, at: Instant) -> "dict[str, AttributeValueTypeDef]":
    return {
        PARTITION_KEY: {"S": key[0]},
        SORT_KEY: {"S": key[1]},
        AT: {"N": str(at)},
        EXPIRY: {"N": str((at + UNDONE_WITHIN) // SECOND)},
        **profile_item(profile, version=profile.version),
    }
