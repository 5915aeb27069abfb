"""The secrets by which a stage signs webhooks: one for each that the playbook names, made and rotated by a person."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import CommandError
from shared.domain.channels.webhooks import SECRET_PREFIX, signing_key

KEY_LENGTH: Final = 32
"""Bytes."""


def webhook_secrets(prefix: str) -> str:
    """How the names of a stage's begin; ``prefix`` is that of all it has."""
    return f"{prefix}/webhooks/"


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(KEY_LENGTH)).decode()


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret's value now, and before it was rotated last, if it was: both sign."""

    current: str
    previous: str | None


class WebhookSecrets:
    """Those of one stage, in Secrets Manager."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._names = webhook_secrets(prefix)

    def find(self, name: str) -> Kept | None:
        """``None``: there is no such secret yet."""
        current = self._stage(name, "AWSCURRENT")
        return None if current is None else Kept(current, self._stage(name, "AWSPREVIOUS"))

    def ensure(self, name: str) -> Kept:
        """The secret as it is, made where there is none."""
        found = self.find(name)
        if found is None:
            self._try(name, "made", self._client.create_secret, Name=self._names + name, SecretString=new_secret())
            found = self.find(name)
        if found is None:
            raise CommandError(f"the secret {self._names}{name} cannot be read", "see that you may read it")
        return found

    def put(self, name: str, value: str | None = None) -> Kept:
        """A new value, one of the partner's where it made it; the one before goes on to sign too."""
        value = new_secret() if value is None else value
        try:
            signing_key(value)
        except ValueError as error:
            raise CommandError(f"that is no secret to sign with: {error}", "nothing has changed") from None
        if self.find(name) is None:
            self._try(name, "made", self._client.create_secret, Name=self._names + name, SecretString=value)
        else:
            self._try(name, "changed", self._client.put_secret_value, SecretId=self._names + name, SecretString=value)
        return self.ensure(name)

    def _stage(self, name: str, stage: str) -> str | None:
        try:
            answer = self._client.get_secret_value(SecretId=self._names + name, VersionStage=stage)
        except ClientError as error:
            if error.response["Error"].get("Code") == "ResourceNotFoundException":
                return None
            raise self._unable(name, "read", error) from None
        except BotoCoreError as error:
            raise self._unable(name, "read", error) from None
        return str(answer["SecretString"])

    def _try(self, name: str, done: str, call: Any, **request: str) -> None:
        try:
            call(**request)
        except (BotoCoreError, ClientError) as error:
            raise self._unable(name, done, error) from None

    def _unable(self, name: str, done: str, error: Exception) -> CommandError:
        return CommandError(f"the secret {self._names}{name} cannot be {done} ({error})", "see that you may do so")
