"""What SES lets this account send, in this Region."""

from typing import TYPE_CHECKING, Final

from shared.adapters.aws_errors import AWS_ERRORS
from shared.adapters.channels.answers import Meaning, translate_answer
from shared.domain.channels.pace import Quota
from shared.errors import PermanentError, ThrottledError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

ANSWERS: Final[dict[str, Meaning]] = {
    "TooManyRequestsException": ThrottledError,
    "BadRequestException": PermanentError,
}


class SesQuota:
    """Implements ``ports.sending.Quotas``."""

    def __init__(self, client: "SESV2Client") -> None:
        self._client = client

    def read(self) -> Quota:
        try:
            account = self._client.get_account()
        except AWS_ERRORS as error:
            raise translate_answer(error, ANSWERS) from error
        quota = account.get("SendQuota", {})
        per_day = quota.get("Max24HourSend", -1)
        return Quota(
            per_second=quota.get("MaxSendRate", 1),
            per_day=None if per_day < 0 else per_day,
            sent=quota.get("SentLast24Hours", 0),
            is_open=account.get("SendingEnabled", True),
        )
