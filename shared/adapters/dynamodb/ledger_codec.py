"""The ledger's item: every fact an attribute of its own, plain strings and numbers, so that others may read it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shared.domain.consent.words import Channel, Purpose
from shared.domain.ledger import Attempt, AttemptOutcome, LedgerEntry, MessageStatus
from shared.domain.messages import Message

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


def identity(of: Message | LedgerEntry) -> dict[str, str | None]:
    """What a message is, whatever becomes of it."""
    return {
        "profile_id": of.profile_id,
        "journey": of.journey,
        "name": of.name,
        "purpose": of.purpose,
        "topic": of.topic,
        "instead_of": of.instead_of or None,
    }


def to_attribute(value: str | int) -> "AttributeValueTypeDef":
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def attempt_to_attribute(attempt: Attempt) -> "AttributeValueTypeDef":
    facts = {"channel": attempt.channel, "at": attempt.at, "outcome": attempt.outcome, "detail": attempt.detail}
    return {"M": {name: to_attribute(value) for name, value in facts.items() if value is not None}}


def entry_from_item(message_id: str, item: Mapping[str, Any]) -> LedgerEntry:
    def text(name: str) -> str | None:
        return item[name]["S"] if name in item else None

    return LedgerEntry(
        id=message_id,
        profile_id=item["profile_id"]["S"],
        journey=item["journey"]["S"],
        name=item["name"]["S"],
        purpose=Purpose(item["purpose"]["S"]),
        topic=text("topic"),
        status=MessageStatus(item["status"]["S"]),
        at=int(item["at"]["N"]),
        channel=Channel(item["channel"]["S"]) if "channel" in item else None,
        sent_at=int(item["sent_at"]["N"]) if "sent_at" in item else None,
        provider_id=text("provider_id"),
        reason=text("reason"),
        parts=int(item["parts"]["N"]) if "parts" in item else None,
        price=text("price"),
        instead_of=text("instead_of") or "",
        recommended=tuple(filter(None, (text("recommended") or "").split("\n"))),
        attempts=tuple(_attempt(attribute["M"]) for attribute in item.get("attempts", {"L": ()})["L"]),
    )


def _attempt(facts: Mapping[str, Any]) -> Attempt:
    return Attempt(
        channel=Channel(facts["channel"]["S"]) if "channel" in facts else None,
        at=int(facts["at"]["N"]),
        outcome=AttemptOutcome(facts["outcome"]["S"]),
        detail=facts["detail"]["S"],
    )
