"""Wake-ups as one-time schedules of EventBridge Scheduler: one a person, which sends a timer event to their queue."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.domain.events import IMPLIED_NAMES, Event, EventType, Trust, event_to_dict
from shared.domain.timing import SECOND, Instant, parse_instant, to_datetime
from shared.ports.clock import Clock
from shared.tables import person_group

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_scheduler.type_defs import CreateScheduleInputTypeDef

# What Scheduler does with an at() in the past is not documented: some report a refusal, some an invocation at once.
# So it is never asked. A wake-up that is already due is set a little ahead; the event still carries its due instant.
EARLIEST: Final = 5 * SECOND

LATEST: Final = parse_instant("9999-12-31T23:59:59Z")
"""The last that at() can express; waking early is harmless."""


class SchedulerSchedules:
    """Implements ``ports.queues.Schedules``.

    A schedule's name holds its instant: setting one is a single call that may be repeated, and a schedule that has
    fired is never changed into the next one, which Scheduler's own deletion of it might take along.

    The clock says what is past: the same that decides, so in a local cloud whose clock runs faster, instants are the
    system's throughout.
    """

    def __init__(
        self,
        client: "EventBridgeSchedulerClient",
        *,
        group: str,
        role_arn: str,
        queue_arn: str,
        dead_letter_arn: str,
        clock: Clock,
    ) -> None:
        self._client = client
        self._group = group
        self._role_arn = role_arn
        self._queue_arn = queue_arn
        self._dead_letter_arn = dead_letter_arn
        self._clock = clock

    def put(self, profile_id: str, at: Instant, nonce: str, *, replaces: Sequence[Instant] = ()) -> None:
        self._create(self._request(profile_id, min(at, LATEST), nonce))
        for replaced in replaces:
            if replaced != at:
                self._delete(_name(profile_id, replaced))

    def _create(self, request: "CreateScheduleInputTypeDef") -> None:
        """One that is there already is this very one: its name holds the instant."""
        try:
            self._client.create_schedule(**request)
        except AWS_ERRORS as error:
            if error_code(error) != "ConflictException":
                raise translate(error) from error

    def _delete(self, name: str) -> None:
        """One that is gone has fired, or was deleted before."""
        try:
            self._client.delete_schedule(Name=name, GroupName=self._group)
        except AWS_ERRORS as error:
            if error_code(error) != "ResourceNotFoundException":
                raise translate(error) from error

    def _request(self, profile_id: str, at: Instant, nonce: str) -> "CreateScheduleInputTypeDef":
        group = person_group(profile_id)
        return {
            "Name": _name(profile_id, at),
            "GroupName": self._group,
            "ScheduleExpression": f"at({self._second(at)})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": self._queue_arn,
                "RoleArn": self._role_arn,
                "DeadLetterConfig": {"Arn": self._dead_letter_arn},
                "SqsParameters": {"MessageGroupId": group},
                "Input": _input(profile_id, at, nonce),
            },
        }

    def _second(self, at: Instant) -> str:
        """Rounded up: a wake-up that comes before its instant would find nothing due."""
        ahead = max(at, self._clock.now() + EARLIEST)
        return to_datetime(-(-ahead // SECOND) * SECOND).strftime("%Y-%m-%dT%H:%M:%S")


def _name(profile_id: str, at: Instant) -> str:
    """At most 64 characters: 40 of the person, then the instant."""
    return f"{person_group(profile_id)}-{at}"


def _input(profile_id: str, at: Instant, nonce: str) -> str:
    """The timer event's canonical JSON; ``<`` is escaped, since Scheduler fills in what looks like its own fields."""
    timer = Event(
        id=f"timer:{nonce}",
        type=EventType.TIMER,
        name=IMPLIED_NAMES[EventType.TIMER],
        at=at,
        received_at=at,
        profile_id=profile_id,
        trust=Trust.SYSTEM,
        source="scheduler",
    )
    return json.dumps(event_to_dict(timer), separators=(",", ":")).replace("<", "\\u003c")
