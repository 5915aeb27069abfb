"""What is kept in the bucket of failures, without one person: other people's events stay as they were."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from shared.domain.intake.json_values import parse_json
from shared.domain.rights.mentions import Mentions
from shared.errors import InvalidInputError

QUARANTINE: Final = "quarantine/"
GIVEN_UP: Final = "aws/lambda/"

_PLACED: Final = re.compile(r"batch\.(\d{1,6})(.*)", re.ASCII | re.DOTALL)


def without_person(name: str, text: str, mentions: Mentions) -> str | None:
    """The object's text without what is about the person: the same where nothing is, ``None`` where nothing is left."""
    if not mentions.are_in_text(text):
        return text
    try:
        kept = parse_json(text)
    except (InvalidInputError, RecursionError):
        return None
    if not isinstance(kept, dict):
        return None
    return _quarantined(kept, mentions) if name.startswith(QUARANTINE) else _given_up(kept, mentions)


def _quarantined(kept: Mapping[str, Any], mentions: Mentions) -> str | None:
    """A batch of refused events loses theirs; a single event goes as it is."""
    raw = kept.get("raw")
    batch = raw.get("batch") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(batch, list):
        return None
    places = {place: item for place, item in enumerate(batch) if not mentions.are_in(item)}
    if not places:
        return None
    moved = {old: new for new, old in enumerate(places)}
    reasons = [_moved(reason, moved) for reason in kept["reasons"]] if isinstance(kept.get("reasons"), list) else []
    left = {
        **kept,
        "reasons": [reason for reason in reasons if reason is not None],
        "raw": {**raw, "batch": list(places.values())},
    }
    return None if mentions.are_in(left) else json.dumps(left)


def _moved(reason: Any, moved: Mapping[int, int]) -> Any:
    """A fault of an event that has another place in the batch now; ``None`` where its event is gone."""
    found = _PLACED.fullmatch(str(reason.get("path"))) if isinstance(reason, dict) else None
    if found is None:
        return reason
    place = moved.get(int(found[1]))
    return None if place is None else {**reason, "path": f"batch.{place}{found[2]}"}


def _given_up(report: Mapping[str, Any], mentions: Mentions) -> str | None:
    """Lambda's report of records that were given up, the whole batch as text in ``payload``."""
    try:
        payload = parse_json(report["payload"])
        records = payload["Records"]
        left = [record for record in records if not _is_of(record, mentions)]
    except (InvalidInputError, RecursionError, KeyError, TypeError, AttributeError):  # it is no such report
        return None
    rest = {name: value for name, value in report.items() if name != "payload"}
    if not left or mentions.are_in(rest):
        return None
    return json.dumps({**rest, "payload": json.dumps({**payload, "Records": left})})


def _is_of(record: Any, mentions: Mentions) -> bool:
    """A change of an item of theirs, by its key; or of one that names them in what it ordered."""
    keys = record["dynamodb"].get("Keys", {})
    profile_id = keys.get("pk", {}).get("S", "").partition("#")[2]
    return mentions.are_in({"profileId": profile_id}) or mentions.are_in(record)
