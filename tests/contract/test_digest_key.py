"""What every ``DigestKey`` does: give one key, the same each time."""

import boto3
import pytest

from shared.adapters.secrets import CachedSecret, DigestSecret
from shared.ports.secrets import DigestKey
from tests.fakes.clock import FakeClock
from tests.fakes.secrets import FakeDigestKey


@pytest.fixture(params=["fake", "secrets manager"])
def digest_key(request: pytest.FixtureRequest) -> DigestKey:
    if request.param == "fake":
        return FakeDigestKey()
    request.getfixturevalue("aws")
    client = boto3.client("secretsmanager")
    client.create_secret(Name="digests", SecretString="digest-secret")
    return DigestSecret(CachedSecret(client, "digests", clock=FakeClock()))


def test_the_key_is_the_secret(digest_key: DigestKey) -> None:
    assert digest_key.key() == b"digest-secret"
    assert digest_key.key() == b"digest-secret"
