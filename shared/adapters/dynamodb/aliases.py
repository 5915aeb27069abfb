"""Aliases in DynamoDB: which profile an identifier belongs to, and with each profile a note of what is its own."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import query_pages, read_item, read_items
from shared.domain.identity.claims import awarded
from shared.domain.identity.identifiers import Held
from shared.errors import ConflictError
from shared.tables import PARTITION_KEY, SORT_KEY, alias_key, identifier_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, PutItemInputTypeDef, QueryInputTypeDef

PROFILE: Final = "profile"
VOUCHED: Final = "vouched"
"""Present where a secret key vouches for it."""
KIND: Final = "kind"
VALUE: Final = "value"

ATTEMPTS: Final = 3
"""How often a claim is settled anew because another one was first."""


class DynamoAliases:
    """Implements ``ports.people.Aliases``."""

    def __init__(self, client: "DynamoDBClient", *, table: str) -> None:
        self._client = client
        self._table = table

    def resolve(self, identifiers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Held]:
        """Eventually consistent, at half the price: a claim of this very moment may be missed, as if it came later."""
        wanted = {alias_key(kind, value): (kind, value) for kind, value in identifiers}
        return {
            wanted[item[PARTITION_KEY]["S"], item[SORT_KEY]["S"]]: _held(item)
            for item in read_items(self._client, self._table, list(wanted))
        }

    def owner(self, kind: str, value: str) -> str | None:
        item = read_item(self._client, self._table, alias_key(kind, value))
        return None if item is None else item[PROFILE]["S"]

    def claim(
        self, kind: str, value: str, profile_id: str, *, vouched: bool = False, over: tuple[str, ...] = ()
    ) -> str:
        """The note with the former owner goes before the alias does: a repetition after a crash still knows of it."""
        claimed, held = Held(profile_id, vouched), None
        for _ in range(ATTEMPTS):
            award = awarded(held, claimed, over)
            if award != held:
                if held is not None and held.profile_id != award.profile_id:
                    self._forget(identifier_key(held.profile_id, kind, value))
                found = self._put(kind, value, award, instead_of=held)
                if found is not None:
                    held = found
                    continue
            if award.profile_id == profile_id:
                self._note(kind, value, profile_id)
            return award.profile_id
        raise ConflictError("an identifier is claimed by too many at once", profile=profile_id)

    def of(self, profile_id: str) -> Iterator[tuple[str, str]]:
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": f"{PARTITION_KEY} = :pk AND begins_with({SORT_KEY}, :kind)",
            "ExpressionAttributeValues": {":pk": {"S": f"PROFILE#{profile_id}"}, ":kind": {"S": "IDENTIFIER#"}},
            "ConsistentRead": True,
        }
        for answer in query_pages(self._client, request):
            yield from ((item[KIND]["S"], item[VALUE]["S"]) for item in answer["Items"])

    def _put(self, kind: str, value: str, award: Held, *, instead_of: Held | None) -> Held | None:
        """Write the alias in the place of the one that was read; whose it is instead, where it is another by now."""
        pk, sk = alias_key(kind, value)
        item: dict[str, AttributeValueTypeDef] = {
            PARTITION_KEY: {"S": pk},
            SORT_KEY: {"S": sk},
            PROFILE: {"S": award.profile_id},
        }
        if award.is_vouched:
            item[VOUCHED] = {"BOOL": True}
        request: PutItemInputTypeDef = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": f"attribute_not_exists({PARTITION_KEY})",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if instead_of is not None:
            exists = "attribute_exists" if instead_of.is_vouched else "attribute_not_exists"
            request["ConditionExpression"] = f"{PROFILE} = :held AND {exists}({VOUCHED})"
            request["ExpressionAttributeValues"] = {":held": {"S": instead_of.profile_id}}
        try:
            self._client.put_item(**request)
        except AWS_ERRORS as error:
            if error_code(error) == "ConditionalCheckFailedException":
                # The refusal brings the owner along: no read, and no moment between the two.
                found: Any = cast("ClientError", error).response.get("Item")
                if found is None:
                    raise ConflictError("an identifier was given up at this moment") from error
                return _held(found)
            raise translate(error) from error
        return None

    def _note(self, kind: str, value: str, profile_id: str) -> None:
        pk, sk = identifier_key(profile_id, kind, value)
        item: dict[str, AttributeValueTypeDef] = {
            PARTITION_KEY: {"S": pk},
            SORT_KEY: {"S": sk},
            KIND: {"S": kind},
            VALUE: {"S": value},
        }
        try:
            self._client.put_item(TableName=self._table, Item=item)
        except AWS_ERRORS as error:
            raise translate(error) from error

    def _forget(self, key: tuple[str, str]) -> None:
        try:
            self._client.delete_item(TableName=self._table, Key={PARTITION_KEY: {"S": key[0]}, SORT_KEY: {"S": key[1]}})
        except AWS_ERRORS as error:
            raise translate(error) from error


def _held(item: Mapping[str, Any]) -> Held:
    return Held(item[PROFILE]["S"], VOUCHED in item)
