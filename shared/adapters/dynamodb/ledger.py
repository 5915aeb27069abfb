"""The ledger in DynamoDB: one item a message, claimed by one conditional write.

What a refused condition brings back saves the read. Only an expired lease costs a second write: the attempt that
vanished is noted, and the message is taken over (transactional) or closed as ``unknown`` (marketing).

``lease_until`` is there exactly while an attempt has neither recorded nor released, even where feedback has moved
the status on meanwhile: this is how ``record`` knows, when it is repeated, that it has already been.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.adapters.dynamodb.items import read_item
from shared.adapters.dynamodb.ledger_codec import attempt_to_attribute, entry_from_item, identity, to_attribute
from shared.domain.consent.words import Channel, Purpose
from shared.domain.events import NOTHING
from shared.domain.ledger import Attempt, AttemptOutcome, LedgerEntry, MessageStatus
from shared.domain.messages import Message
from shared.domain.timing import DAY, SECOND, Duration, Instant
from shared.ports.clock import Clock
from shared.ports.sending import Claim
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY, message_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, UpdateItemInputTypeDef

LEASE: Final[Duration] = 120 * SECOND
"""Longer than the function may run: an attempt whose lease is over is dead."""

KEPT_FOR: Final[Duration] = 180 * DAY

LEASE_ENDED: Final = "lease_ended"

_REFUSED: Final = "ConditionalCheckFailedException"

_NEW_OR_WAITING: Final = f"attribute_not_exists({PARTITION_KEY}) OR #status = :waiting"
_STILL_THAT_CLAIM: Final = "#status = :claimed AND lease_until = :lost_lease"
_CLAIMED: Final = "#status = :claimed"
_EARLIER_STATUS: Final = f"attribute_exists({PARTITION_KEY}) AND #rank < :rank"
_UNDER_WAY: Final = "attribute_exists(lease_until)"
_UNRECORDED_AND_EARLIER: Final = f"attribute_not_exists({PARTITION_KEY}) OR ({_UNDER_WAY} AND #rank < :rank)"

_WAITING: Final[Mapping[str, str | int]] = {":waiting": MessageStatus.WAITING}

_JOIN_ATTEMPTS: Final = "attempts = list_append(if_not_exists(attempts, :none), :attempts)"


class DynamoLedger:
    """Implements ``ports.sending.Ledger``."""

    def __init__(self, client: "DynamoDBClient", *, table: str, clock: Clock, lease: Duration = LEASE) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._lease = lease

    def claim(self, message: Message, at: Instant) -> Claim:
        claim = self._claim_values(message, at)
        held = self._update(message.id, _NEW_OR_WAITING, values=claim, compare=_WAITING)
        if held is None or _is_ours(held, claim):
            return Claim.GRANTED
        if held["status"]["S"] != MessageStatus.CLAIMED:
            return Claim.DUPLICATE
        lost_lease = int(held["lease_until"]["N"])
        if self._clock.wall() < lost_lease:
            return Claim.HELD
        return self._take_over(message, claim, lost_lease)

    def release(self, message_id: str, attempts: Sequence[Attempt] = (), *, reason: str | None = None) -> None:
        # The lease goes with the status: had feedback moved that on, nobody may send again, and the lease may stay.
        self._update(
            message_id,
            _CLAIMED,
            values={"status": MessageStatus.WAITING, "rank": MessageStatus.WAITING.rank, "reason": reason},
            attempts=attempts,
            remove=("lease_until",),
            compare={":claimed": MessageStatus.CLAIMED},
        )

    def record(self, entry: LedgerEntry) -> None:
        facts = {
            "channel": entry.channel,
            "provider_id": entry.provider_id,
            "sent_at": entry.sent_at,
            "parts": entry.parts,
            "recommended": "\n".join(entry.recommended) or None,
        }
        overtaken = self._update(
            entry.id,
            _UNRECORDED_AND_EARLIER,
            values={
                **identity(entry),
                **facts,
                "status": entry.status,
                "rank": entry.status.rank,
                "at": entry.at,
                "reason": entry.reason,
                EXPIRY: self._expiry(),
            },
            attempts=entry.attempts,
            remove=("lease_until",) if entry.reason else ("lease_until", "reason"),
        )
        if overtaken is not None and "lease_until" in overtaken:
            # Feedback was faster: its status stands, and the attempt adds what only it knows.
            self._update(entry.id, _UNDER_WAY, values=facts, attempts=entry.attempts, remove=("lease_until",))

    def find(self, message_id: str) -> LedgerEntry | None:
        item = read_item(self._client, self._table, message_key(message_id))
        return None if item is None else entry_from_item(message_id, item)

    def forget(self, message_id: str) -> None:
        try:
            self._client.delete_item(TableName=self._table, Key=_key(message_id))
        except AWS_ERRORS as error:
            raise translate(error) from error

    def advance(
        self,
        message_id: str,
        status: MessageStatus,
        at: Instant,
        *,
        channel: Channel,
        provider_id: str,
        reason: str | None = None,
        parts: int | None = None,
        price: str | None = None,
    ) -> LedgerEntry | None:
        told = {"reason": reason, "parts": parts, "price": price}
        facts = {name: to_attribute(value) for name, value in told.items() if value is not None}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(message_id),
                UpdateExpression="SET #status = :status, #rank = :rank, #at = :at"
                ", channel = if_not_exists(channel, :channel), provider_id = if_not_exists(provider_id, :provider_id)"
                ", sent_at = if_not_exists(sent_at, :at)" + "".join(f", {name} = :{name}" for name in facts),
                ConditionExpression=_EARLIER_STATUS,
                ExpressionAttributeNames={"#status": "status", "#rank": "rank", "#at": "at"},
                ExpressionAttributeValues={
                    ":status": {"S": status},
                    ":rank": {"N": str(status.rank)},
                    ":at": {"N": str(at)},
                    ":channel": {"S": channel},
                    ":provider_id": {"S": provider_id},
                    **{f":{name}": value for name, value in facts.items()},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AWS_ERRORS as error:
            held = _refused(error)
            return entry_from_item(message_id, held) if held else None
        return entry_from_item(message_id, answer["Attributes"])

    def _take_over(self, message: Message, claim: Mapping[str, Any], lost_lease: Instant) -> Claim:
        """The attempt that held the lease is dead, and whether it sent is not known."""
        at = claim["at"]
        vanished = Attempt(None, at, AttemptOutcome.UNKNOWN, LEASE_ENDED)
        compare: dict[str, str | int] = {":claimed": MessageStatus.CLAIMED, ":lost_lease": lost_lease}
        if message.purpose is Purpose.TRANSACTIONAL:
            held = self._update(message.id, _STILL_THAT_CLAIM, values=claim, attempts=[vanished], compare=compare)
            return Claim.GRANTED if held is None or _is_ours(held, claim) else Claim.HELD
        self._update(
            message.id,
            _STILL_THAT_CLAIM,
            values={
                "status": MessageStatus.UNKNOWN,
                "rank": MessageStatus.UNKNOWN.rank,
                "at": at,
                "reason": AttemptOutcome.UNKNOWN,
            },
            attempts=[vanished],
            compare=compare,
        )
        # Refused or not: whoever was faster has closed it too, since marketing is never taken over.
        return Claim.DUPLICATE

    def _claim_values(self, message: Message, at: Instant) -> dict[str, str | int | None]:
        return {
            **identity(message),
            "status": MessageStatus.CLAIMED,
            "rank": MessageStatus.CLAIMED.rank,
            "at": at,
            "lease_until": self._clock.wall() + self._lease,
            "claim_token": uuid4().hex,
            EXPIRY: self._expiry(),
        }

    def _expiry(self) -> int:
        return (self._clock.wall() + KEPT_FOR) // SECOND

    def _update(
        self,
        message_id: str,
        condition: str,
        *,
        values: Mapping[str, str | int | None],
        attempts: Sequence[Attempt] = (),
        remove: Sequence[str] = (),
        compare: Mapping[str, str | int] = NOTHING,
    ) -> Mapping[str, Any] | None:
        """One conditional write; where the condition refuses it, the item as it is (empty if there is none)."""
        present = {name: value for name, value in values.items() if value is not None}
        sets = [f"#{name} = :{name}" for name in present]
        operands = {f":{name}": to_attribute(value) for name, value in present.items()}
        operands |= {name: to_attribute(value) for name, value in compare.items()}
        if attempts:
            sets.append(_JOIN_ATTEMPTS)
            operands |= {
                ":none": {"L": []},
                ":attempts": {"L": [attempt_to_attribute(attempt) for attempt in attempts]},
            }
        clauses = ([f"SET {', '.join(sets)}"] if sets else []) + ([f"REMOVE {', '.join(remove)}"] if remove else [])
        request: UpdateItemInputTypeDef = {
            "TableName": self._table,
            "Key": _key(message_id),
            "UpdateExpression": " ".join(clauses),
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if present:
            request["ExpressionAttributeNames"] = {f"#{name}": name for name in present}
        if operands:
            request["ExpressionAttributeValues"] = operands
        try:
            self._client.update_item(**request)
        except AWS_ERRORS as error:
            return _refused(error)
        return None


def _is_ours(held: Mapping[str, Any], claim: Mapping[str, Any]) -> bool:
    """Where an answer is lost, botocore asks again, and is refused by what it wrote itself."""
    return held.get("claim_token") == {"S": claim["claim_token"]}


def _refused(error: "BotoCoreError | ClientError") -> Mapping[str, Any]:
    """The item that a condition refused to change; any other error is raised in our words."""
    if isinstance(error, ClientError) and error_code(error) == _REFUSED:
        return cast("dict[str, dict[str, Any]]", error.response).get("Item", {})
    raise translate(error) from error


def _key(message_id: str) -> dict[str, "AttributeValueTypeDef"]:
    pk, sk = message_key(message_id)
    return {PARTITION_KEY: {"S": pk}, SORT_KEY: {"S": sk}}
