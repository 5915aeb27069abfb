"""Who there is: read off the table page by page, and for which generation each of them is whole.

A tombstone is nobody: who it was is another one by now.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from infra.operations.cloud import Cloud
from shared.tables import MERGED, PARTITION_KEY, SORT_KEY, WHOLE, profile_id_of, profile_key

AT_ONCE: Final = 8
"""How many parts of the table are read at the same time where order does not matter."""

Place = Mapping[str, Any]
"""Where a scan stands, as DynamoDB says it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some people, and where the next page begins (``None``: nowhere); ``scanned``: items of any kind in it."""

    people: Sequence[str]
    scanned: int
    follows: Place | None


def people(cloud: Cloud, *, below: int | None, start: Place | None) -> Iterator[Page]:
    """Everybody, or those who are whole for no generation from ``below`` on, in the table's own order."""
    request = _profiles_of(cloud, PARTITION_KEY)
    if below is not None:
        request["FilterExpression"] += f" AND (attribute_not_exists({WHOLE}) OR {WHOLE} < :below)"
        request["ExpressionAttributeValues"][":below"] = {"N": str(below)}
    for answer in _scan(cloud, request, start):
        found = [profile_id_of(item[PARTITION_KEY]["S"]) for item in answer["Items"]]
        yield Page(found, answer["ScannedCount"], answer.get("LastEvaluatedKey"))


def generations(cloud: Cloud) -> Counter[int]:
    """For which generation how many people are whole; 0 for those who never were."""

    def count(part: int) -> Counter[int]:
        request = _profiles_of(cloud, WHOLE) | {"Segment": part, "TotalSegments": AT_ONCE}
        return Counter(
            int(item[WHOLE]["N"]) if WHOLE in item else 0
            for answer in _scan(cloud, request, None)
            for item in answer["Items"]
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(count, range(AT_ONCE)), Counter())


def items_about(cloud: Cloud) -> int:
    """How many items of any kind the table holds; DynamoDB counts them every six hours."""
    return int(cloud.dynamodb.describe_table(TableName=cloud.table)["Table"].get("ItemCount", 0))


def _profiles_of(cloud: Cloud, attribute: str) -> dict[str, Any]:
    return {
        "TableName": cloud.table,
        "FilterExpression": f"{SORT_KEY} = :profile AND attribute_not_exists({MERGED})",
        "ExpressionAttributeValues": {":profile": {"S": profile_key("")[1]}},
        "ProjectionExpression": attribute,
    }


def _scan(cloud: Cloud, request: Mapping[str, Any], start: Place | None) -> Iterator[Mapping[str, Any]]:
    while True:
        answer = cloud.dynamodb.scan(**request, **({"ExclusiveStartKey": start} if start else {}))
        yield answer
        start = answer.get("LastEvaluatedKey")
        if not start:
            return
