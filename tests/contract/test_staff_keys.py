"""What every ``StaffKeys`` does: know the secret key, and nothing else."""

from typing import Any

import boto3
import pytest

from shared.adapters.secrets import CachedSecret
from shared.adapters.staff_key import SecretStaffKeys
from shared.domain.timing import MINUTE, SECOND
from shared.errors import RetryableError
from shared.ports.secrets import StaffKeys
from tests.aws import own_client
from tests.fakes.clock import FakeClock
from tests.fakes.secrets import FakeStaffKeys


class Vault:
    """Secrets Manager with the key and the one before it, and how often it was asked."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.calls = 0
        self._client = own_client("secretsmanager")
        self._client.create_secret(Name="secret", SecretString="previous-key")
        self.rotate("secret-key")
        self._client.meta.events.register("before-call.secrets-manager.GetSecretValue", self._count)

    def _count(self, **_: Any) -> None:
        self.calls += 1

    def rotate(self, value: str) -> None:
        self._client.put_secret_value(SecretId="secret", SecretString=value)

    def keys(self) -> SecretStaffKeys:
        return SecretStaffKeys(CachedSecret(self._client, "secret", clock=self.clock), clock=self.clock)


@pytest.fixture
def vault(aws: None) -> Vault:
    return Vault()


@pytest.fixture(params=["fake", "secrets manager"])
def keys(request: pytest.FixtureRequest) -> StaffKeys:
    if request.param == "fake":
        return FakeStaffKeys()
    vault: Vault = request.getfixturevalue("vault")
    return vault.keys()


@pytest.mark.parametrize("key", ["secret-key", "previous-key"])
def test_the_secret_key_is_good_and_so_is_the_one_before_it(keys: StaffKeys, key: str) -> None:
    assert keys.is_good(key)


@pytest.mark.parametrize("key", ["", "secret-ke", "secret-keys", "SECRET-KEY", "secret-keyprevious-key", "é", "\ud800"])
def test_no_other_key_is(keys: StaffKeys, key: str) -> None:
    assert not keys.is_good(key)


def test_a_new_key_is_good_within_seconds_and_the_last_but_one_bad_within_minutes(vault: Vault) -> None:
    keys = vault.keys()
    assert keys.is_good("previous-key")
    vault.rotate("newer-key")
    assert not keys.is_good("newer-key")
    vault.clock.at += 5 * SECOND
    assert keys.is_good("newer-key")

    vault.rotate("newest-key")
    vault.clock.at += 5 * MINUTE
    assert [keys.is_good(key) for key in ("newest-key", "newer-key", "secret-key")] == [True, True, False]


def test_wrong_keys_cannot_hammer_secrets_manager(vault: Vault) -> None:
    keys = vault.keys()
    for second in range(10):
        for guess in range(50):
            keys.is_good(f"guess-{second}-{guess}")
        vault.clock.at += SECOND
    assert vault.calls == 4  # two stages, at first and after five seconds


def test_without_secrets_manager_nothing_is_known_yet(aws: None) -> None:
    missing = CachedSecret(boto3.client("secretsmanager"), "missing", clock=FakeClock())
    with pytest.raises(RetryableError):
        SecretStaffKeys(missing, clock=FakeClock()).is_good("secret-key")
