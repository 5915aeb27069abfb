"""What every ``SigningSecrets`` does: sign with one secret, and accept it among others."""

import boto3
import pytest

from shared.adapters.secrets import CachedSecret, LinkSecrets
from shared.ports import SigningSecrets
from tests.fakes import FakeClock, FakeSigningSecrets


@pytest.fixture(params=["fake", "secrets manager"])
def secrets(request: pytest.FixtureRequest) -> SigningSecrets:
    if request.param == "fake":
        return FakeSigningSecrets()
    request.getfixturevalue("aws")
    client = boto3.client("secretsmanager")
    client.create_secret(Name="links", SecretString="previous-secret")
    client.put_secret_value(SecretId="links", SecretString="current-secret")
    return LinkSecrets(CachedSecret(client, "links", clock=FakeClock()))


def test_the_current_secret_signs(secrets: SigningSecrets) -> None:
    assert secrets.signing() == b"current-secret"


def test_the_current_and_the_previous_secret_are_accepted_in_this_order(secrets: SigningSecrets) -> None:
    assert list(secrets.accepted()) == [b"current-secret", b"previous-secret"]
