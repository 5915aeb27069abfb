"""What every ``Keys`` does: tell a key's trust; and what the one over Secrets Manager costs."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from shared.adapters.secrets import CachedSecret
from shared.adapters.write_keys import SecretWriteKeys
from shared.domain.events import Trust
from shared.domain.intake.client_keys import UNLIMITED, Key, KeyRules, key_text
from shared.domain.timing import MINUTE, SECOND
from shared.errors import RetryableError
from shared.ports.secrets import Keys
from tests.aws import own_client
from tests.fakes.clock import FakeClock
from tests.fakes.secrets import FakeKeys


class Vault:
    """Secrets Manager with two keys, and the calls it was asked."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.calls: Counter[str] = Counter()
        self._client = own_client("secretsmanager")
        self._client.create_secret(Name="public", SecretString="public-key")
        self._client.create_secret(Name="secret", SecretString="secret-key")
        self._client.meta.events.register("before-call.secrets-manager", self._count)

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[model.name] += 1

    def rotate(self, name: str, value: str) -> None:
        boto3.client("secretsmanager").put_secret_value(SecretId=name, SecretString=value)

    def keys(self, rules: Mapping[str, KeyRules] | None = None) -> SecretWriteKeys:
        public, secret = (CachedSecret(self._client, name, clock=self.clock) for name in ("public", "secret"))
        return SecretWriteKeys(public=public, secret=secret, clock=self.clock, rules=rules)


@pytest.fixture
def vault(aws: None) -> Vault:
    return Vault()


@pytest.fixture(params=["fake", "secrets manager"])
def keys(request: pytest.FixtureRequest) -> Keys:
    if request.param == "fake":
        return FakeKeys()
    vault: Vault = request.getfixturevalue("vault")
    return vault.keys()


@pytest.mark.parametrize(
    ("key", "trust"),
    [
        ("public-key", Trust.PUBLIC),
        ("secret-key", Trust.SECRET),
        ("public-keyx", None),
        ("", None),
        ("é", None),
        ("\ud800", None),
    ],
)
def test_a_key_says_how_far_it_is_trusted(keys: Keys, key: str, trust: Trust | None) -> None:
    assert keys.trust_of(key) is trust


def test_current_and_previous_keys_are_both_known(vault: Vault) -> None:
    vault.rotate("public", "newer-key")

    keys = vault.keys()
    assert [keys.trust_of(key) for key in ("newer-key", "public-key")] == [Trust.PUBLIC, Trust.PUBLIC]


def test_known_keys_ask_nothing_of_aws_for_minutes(vault: Vault) -> None:
    keys = vault.keys()
    keys.trust_of("public-key")
    asked = vault.calls.total()
    vault.clock.at += 5 * MINUTE - 1
    for _ in range(100):
        keys.trust_of("secret-key")

    assert vault.calls.total() == asked == 4


def test_a_key_given_up_is_unknown_after_minutes(vault: Vault) -> None:
    keys = vault.keys()
    keys.trust_of("public-key")
    vault.rotate("public", "newer-key")
    vault.rotate("public", "newest-key")
    assert keys.trust_of("public-key") is Trust.PUBLIC
    vault.clock.at += 5 * MINUTE

    assert keys.trust_of("public-key") is None


def test_a_new_key_is_known_within_seconds(vault: Vault) -> None:
    keys = vault.keys()
    keys.trust_of("public-key")
    vault.rotate("public", "newer-key")
    assert keys.trust_of("newer-key") is None
    vault.clock.at += 5 * SECOND

    assert keys.trust_of("newer-key") is Trust.PUBLIC


def test_unknown_keys_cannot_hammer_secrets_manager(vault: Vault) -> None:
    keys = vault.keys()
    for second in range(10):
        for guess in range(50):
            keys.trust_of(f"guess-{second}-{guess}")
        vault.clock.at += SECOND

    assert vault.calls.total() == 8


def test_without_secrets_manager_nothing_is_known_yet(aws: None) -> None:
    missing = CachedSecret(boto3.client("secretsmanager"), "missing", clock=FakeClock())

    with pytest.raises(RetryableError):
        SecretWriteKeys(public=missing, secret=missing, clock=FakeClock()).trust_of("public-key")


# --- keys with names -------------------------------------------------------------------------------------------------

RULES = {"web": KeyRules(events=("Product *",)), "app": UNLIMITED}


def test_a_name_with_rules_makes_a_key_of_its_own(vault: Vault) -> None:
    keys = vault.keys(RULES)
    assert keys.find(key_text("web", "public-key")) == Key(Trust.PUBLIC, "web", RULES["web"])
    assert keys.find("public-key") == Key(Trust.PUBLIC)


@pytest.mark.parametrize(
    "key",
    [
        key_text("till", "public-key"),  # not configured
        key_text("web", "secret-key"),
        key_text("web", "public-key")[:-1],
        key_text("web", "public-key") + "0",
        key_text("web", "public-key").replace("web", "app"),
        key_text("web", "public-key").upper(),
        "web_",
        "web",
        "_",
    ],
)
def test_a_key_that_is_not_of_its_name_and_secret_is_unknown(vault: Vault, key: str) -> None:
    assert vault.keys(RULES).find(key) is None


def test_rotating_the_one_secret_rotates_every_name(vault: Vault) -> None:
    for number, value in enumerate(("newer-key", "newest-key")):
        vault.rotate("public", value)
        keys = vault.keys(RULES)
        assert keys.find(key_text("app", value)) == Key(Trust.PUBLIC, "app")
        assert (keys.find(key_text("app", "public-key")) is None) == (number == 1)


def test_a_flood_of_keys_with_known_names_asks_no_more_than_any(vault: Vault) -> None:
    keys = vault.keys(RULES)
    for guess in range(500):
        keys.find(f"web_{guess:040x}")
    assert vault.calls.total() == 4
