"""A stage's keys, as its secrets hold them now: printed for those who build clients, and rotated."""

import secrets
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import CommandError
from infra.operations.cloud import Cloud
from shared.domain.intake.client_keys import KeyRules, key_text

LENGTH: Final = 43
"""Letters and digits, 256 bits of them, as the stack itself makes secrets."""


class Which(StrEnum):
    """The secrets that may be rotated."""

    PUBLIC = "public"
    SECRET = "secret"  # noqa: S105
    LINK = "link"


OUTPUTS: Final[Mapping[Which, str]] = {
    Which.PUBLIC: "WriteKeySecretArn",
    Which.SECRET: "SecretKeySecretArn",
    Which.LINK: "LinkSecretArn",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One key: who it is for, what a client presents, and what that was before the last rotation, if it still works."""

    name: str
    key: str
    previous: str | None


class KeyRing:
    """The secrets of one deployed stage."""

    def __init__(self, cloud: Cloud) -> None:
        self._outputs = cloud.outputs
        self._client: Any = cloud.client("secretsmanager")

    def show(self, rules: Mapping[str, KeyRules]) -> Iterator[Shown]:
        """The stage's own two, and one a name."""
        public, old_public = self.value(Which.PUBLIC), self._previous(Which.PUBLIC)
        yield Shown("public", public, old_public)
        for name in rules:
            yield Shown(name, key_text(name, public), old_public and key_text(name, old_public))
        yield Shown("secret", self.value(Which.SECRET), self._previous(Which.SECRET))

    def value(self, which: Which) -> str:
        """What a client presents now."""
        value = self._stage(which, "AWSCURRENT")
        if value is None:
            raise CommandError(f"the {which} secret has no value", "deploy the stage again")
        return value

    def has_previous(self, which: Which) -> bool:
        return self._previous(which) is not None

    def rotate(self, which: Which) -> None:
        """A new value; the one before goes on as the previous one, and the one before that ends."""
        alphabet = string.ascii_letters + string.digits
        value = "".join(secrets.choice(alphabet) for _ in range(LENGTH))
        try:
            self._client.put_secret_value(SecretId=self._arn(which), SecretString=value)
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"the {which} secret cannot be rotated ({error})", "nothing has changed") from None

    def _previous(self, which: Which) -> str | None:
        return self._stage(which, "AWSPREVIOUS")

    def _stage(self, which: Which, stage: str) -> str | None:
        try:
            return str(self._client.get_secret_value(SecretId=self._arn(which), VersionStage=stage)["SecretString"])
        except ClientError as error:
            if error.response["Error"].get("Code") == "ResourceNotFoundException":
                return None
            raise CommandError(f"the {which} secret cannot be read ({error})", "see that you may read it") from None

    def _arn(self, which: Which) -> str:
        try:
            return self._outputs[OUTPUTS[which]]
        except KeyError:
            raise CommandError(f"the stack does not say where the {which} secret is", "deploy it again") from None
