"""The bus: what the system noticed, published on EventBridge for other systems."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, translate
from shared.adapters.batches import ATTEMPTS, in_batches
from shared.domain.intake.bus_envelope import OWN_SOURCE
from shared.domain.messages import Announcement
from shared.domain.timing import format_instant, to_datetime
from shared.errors import PermanentError, RetryableError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

REFUSALS: Final = frozenset({"InvalidArgument", "MalformedDetail", "RequestEntityTooLarge"})


class EventBridgeBus:
    """Implements ``ports.queues.Bus``."""

    def __init__(self, client: "EventBridgeClient", *, bus_name: str) -> None:
        self._client = client
        self._bus_name = bus_name

    def publish(self, announcements: Sequence[tuple[str, Announcement]]) -> None:
        entries = [self._entry(profile_id, announcement) for profile_id, announcement in announcements]
        for batch in in_batches(entries, lambda entry: len(entry["Detail"])):
            self._put(batch)

    def _entry(self, profile_id: str, announcement: Announcement) -> "PutEventsRequestEntryTypeDef":
        detail = {
            **announcement.properties,
            "profile": profile_id,
            "id": announcement.id,
            "at": format_instant(announcement.at),
        }
        return {
            "EventBusName": self._bus_name,
            "Source": OWN_SOURCE,
            "DetailType": announcement.name,
            "Time": to_datetime(announcement.at),
            "Detail": json.dumps(detail, separators=(",", ":"), allow_nan=False),
        }

    def _put(self, batch: Sequence["PutEventsRequestEntryTypeDef"]) -> None:
        pending = list(batch)
        for _ in range(ATTEMPTS):
            try:
                answer = self._client.put_events(Entries=pending)
            except AWS_ERRORS as error:
                raise translate(error, permanent=REFUSALS) from error
            if not answer["FailedEntryCount"]:
                return
            outcomes = list(zip(pending, answer["Entries"], strict=True))
            pending = [entry for entry, outcome in outcomes if "ErrorCode" in outcome]
            codes = sorted({outcome["ErrorCode"] for _, outcome in outcomes if "ErrorCode" in outcome})
            if refused := REFUSALS.intersection(codes):
                raise PermanentError("EventBridge refuses announcements", code=min(refused), codes=codes)
        raise RetryableError(f"EventBridge did not take {len(pending)} announcements", codes=codes)
