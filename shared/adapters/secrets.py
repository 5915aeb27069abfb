"""Secrets Manager: a secret's current and previous value, kept for minutes, so that rotation breaks nothing."""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from shared.adapters.aws_errors import AWS_ERRORS, error_code, translate
from shared.domain.timing import MINUTE, Duration, Instant, from_datetime
from shared.errors import PermanentError
from shared.ports.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_secretsmanager import SecretsManagerClient

KEPT_FOR: Final = 5 * MINUTE
SIGNS_AFTER: Final = KEPT_FOR + MINUTE
"""How old a value is when it first signs: by then, whoever is to accept it has read it."""


class CachedSecret:
    """One secret, read again when what is kept is older than ``kept_for`` (real time)."""

    def __init__(
        self, client: "SecretsManagerClient", secret_id: str, *, clock: Clock, kept_for: Duration = KEPT_FOR
    ) -> None:
        self._client = client
        self._secret_id = secret_id
        self._clock = clock
        self._kept_for = kept_for
        self._values: tuple[str, ...] = ()
        self._stale_at: Instant = 0
        self._made_at: Instant = 0

    def values(self) -> tuple[str, ...]:
        """The current value, then the previous one where there is one.

        While Secrets Manager cannot be reached, what was last read goes on.
        """
        now = self._clock.wall()
        if now >= self._stale_at:
            try:
                self._values = self._read()
            except AWS_ERRORS as error:
                if not self._values:
                    raise translate(error) from error
            self._stale_at = now + self._kept_for
        return self._values

    def settled(self) -> str:
        """The value to sign with: the current one, but while it may be unknown to others yet, the previous one."""
        current, *previous = self.values()
        is_new = self._clock.wall() < self._made_at + SIGNS_AFTER
        return previous[0] if previous and is_new else current

    def expire(self) -> None:
        """Read again when next asked: what is kept may have been replaced."""
        self._stale_at = 0

    def _read(self) -> tuple[str, ...]:
        current = self._stage("AWSCURRENT")
        if not current:
            raise PermanentError("the secret is empty", secret=self._secret_id)
        previous = self._previous()
        return (current, previous) if previous and previous != current else (current,)

    def _previous(self) -> str:
        try:
            return self._stage("AWSPREVIOUS")
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":  # never rotated
                return ""
            raise

    def _stage(self, stage: str) -> str:
        answer = self._client.get_secret_value(SecretId=self._secret_id, VersionStage=stage)
        if stage == "AWSCURRENT" and "CreatedDate" in answer:
            self._made_at = from_datetime(answer["CreatedDate"])
        return answer.get("SecretString", "")


class LinkSecrets:
    """The port ``SigningSecrets`` over one secret."""

    def __init__(self, secret: CachedSecret) -> None:
        self._secret = secret

    def signing(self) -> bytes:
        return self._secret.settled().encode()

    def accepted(self) -> "Sequence[bytes]":
        return [value.encode() for value in self._secret.values()]


class DigestSecret:
    """The port ``DigestKey`` over one secret, which is read when it is first asked for."""

    def __init__(self, secret: CachedSecret) -> None:
        self._secret = secret

    def key(self) -> bytes:
        return self._secret.values()[0].encode()
