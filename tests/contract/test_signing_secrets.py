"""What every ``SigningSecrets`` does: sign with one secret, and accept it among others."""

import boto3
import pytest

from shared.adapters.secrets import KEPT_FOR, SIGNS_AFTER, CachedSecret, LinkSecrets
from shared.domain.timing import MINUTE, SECOND, from_datetime
from shared.ports.secrets import SigningSecrets
from tests.fakes.clock import FakeClock
from tests.fakes.secrets import FakeSigningSecrets


@pytest.fixture(params=["fake", "secrets manager"])
def secrets(request: pytest.FixtureRequest) -> SigningSecrets:
    if request.param == "fake":
        return FakeSigningSecrets()
    request.getfixturevalue("aws")
    client = boto3.client("secretsmanager")
    client.create_secret(Name="links", SecretString="previous-secret")
    client.put_secret_value(SecretId="links", SecretString="current-secret")
    made_at = from_datetime(client.get_secret_value(SecretId="links")["CreatedDate"])
    return LinkSecrets(CachedSecret(client, "links", clock=FakeClock(made_at + SIGNS_AFTER)))


def test_the_current_secret_signs(secrets: SigningSecrets) -> None:
    assert secrets.signing() == b"current-secret"


def test_the_current_and_the_previous_secret_are_accepted_in_this_order(secrets: SigningSecrets) -> None:
    assert list(secrets.accepted()) == [b"current-secret", b"previous-secret"]


def test_through_rotations_every_function_accepts_what_any_other_signs(aws: None) -> None:
    """Each has read the secret at another moment; nobody signs with what another may not have read yet."""
    client = boto3.client("secretsmanager")
    client.create_secret(Name="links", SecretString="value 0")
    clock = FakeClock(from_datetime(client.get_secret_value(SecretId="links")["CreatedDate"]))
    functions = [LinkSecrets(CachedSecret(client, "links", clock=clock)) for _ in range(6)]
    began, signed = clock.at, set()
    for step in range(3 * int(SIGNS_AFTER / (20 * SECOND))):
        clock.at = began + step * 20 * SECOND
        if step == 4:
            client.put_secret_value(SecretId="links", SecretString="value 1")
        for each in functions[: 1 + step]:  # they start one after another, and each reads when it does
            signature = each.signing()
            signed.add(signature)
            assert all(signature in other.accepted() for other in functions[: 1 + step])
    assert signed == {b"value 0", b"value 1"}


def test_a_value_signs_only_once_everybody_has_read_it(aws: None) -> None:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="links", SecretString="value 0")
    client.put_secret_value(SecretId="links", SecretString="value 1")
    made_at = from_datetime(client.get_secret_value(SecretId="links")["CreatedDate"])
    clock = FakeClock(made_at)
    secrets = LinkSecrets(CachedSecret(client, "links", clock=clock))
    assert secrets.signing() == b"value 0"
    clock.at = made_at + KEPT_FOR + MINUTE
    assert secrets.signing() == b"value 1"
