"""A person's wake-ups in EventBridge Scheduler, taken away: their names begin with the person's group."""

from typing import TYPE_CHECKING

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.tables import person_group

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient


class SchedulerPersonSchedules:
    """Implements ``ports.rights.PersonSchedules``."""

    def __init__(self, client: "EventBridgeSchedulerClient", *, group: str) -> None:
        self._client = client
        self._group = group

    def clear(self, profile_id: str) -> int:
        prefix = f"{person_group(profile_id)}-"
        removed, token = 0, ""
        while True:
            more = {"NextToken": token} if token else {}
            try:
                answer = self._client.list_schedules(GroupName=self._group, NamePrefix=prefix, **more)  # type: ignore[arg-type]
            except AWS_ERRORS as error:
                raise translate(error) from error
            names = [schedule["Name"] for schedule in answer["Schedules"] if schedule["Name"].startswith(prefix)]
            removed += sum(self._delete(name) for name in names)
            token = answer.get("NextToken", "")
            if not token:
                return removed

    def _delete(self, name: str) -> int:
        """One that is gone has fired."""
        try:
            self._client.delete_schedule(Name=name, GroupName=self._group)
        except AWS_ERRORS as error:
            if error_code(error) == "ResourceNotFoundException":
                return 0
            raise translate(error) from error
        return 1
