"""What every ``WebhookSignatures`` does: know who signed just these bytes."""

import base64
import hashlib
import hmac
from collections.abc import Callable

import boto3
import pytest

from shared.adapters.secrets import CachedSecret
from shared.adapters.shopify_signatures import ShopifySignatures
from shared.domain.timing import SECOND
from shared.errors import RetryableError
from shared.ports.secrets import WebhookSignatures
from tests.fakes.clock import FakeClock
from tests.fakes.secrets import FakeWebhookSignatures

BODY = b'{"customer": {"id": 4711}} \xff'

House = tuple[WebhookSignatures, Callable[[bytes, bytes], str]]


def shopify_signature(body: bytes, secret: bytes) -> str:
    """As Shopify's documentation says it."""
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()


@pytest.fixture
def secret(aws: None) -> CachedSecret:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="shopify", SecretString="previous-secret")
    client.put_secret_value(SecretId="shopify", SecretString="current-secret")
    return CachedSecret(client, "shopify", clock=FakeClock())


@pytest.fixture(params=["fake", "shopify"])
def house(request: pytest.FixtureRequest) -> House:
    """The second signs, as the other system does it."""
    if request.param == "fake":
        fake = FakeWebhookSignatures()
        return fake, fake.sign
    return ShopifySignatures(request.getfixturevalue("secret"), clock=FakeClock()), shopify_signature


@pytest.mark.parametrize("by", [b"current-secret", b"previous-secret"])
@pytest.mark.parametrize("body", [BODY, b""])
def test_what_was_signed_by_a_secret_that_is_good_is_good(house: House, body: bytes, by: bytes) -> None:
    signatures, sign = house
    assert signatures.is_good(body, sign(body, by))


def test_nothing_else_is(house: House) -> None:
    signatures, sign = house
    good = sign(BODY, b"current-secret")
    bad = {
        "none": "",
        "by another secret": sign(BODY, b"another-secret"),
        "by both": good + sign(BODY, b"previous-secret"),
        "of other bytes": sign(BODY + b" ", b"current-secret"),
        "truncated": good[:-1],
        "longer": good + "=",
        "another case": good.swapcase(),
        "no signature's letters": "é\ud800",
    }
    assert {why: signatures.is_good(BODY, signature) for why, signature in bad.items()} == dict.fromkeys(bad, False)


def test_a_new_secret_is_known_within_seconds(aws: None) -> None:
    client, clock = boto3.client("secretsmanager"), FakeClock()
    client.create_secret(Name="shopify", SecretString="first")
    signatures = ShopifySignatures(CachedSecret(client, "shopify", clock=clock), clock=clock)
    assert signatures.is_good(BODY, shopify_signature(BODY, b"first"))
    client.put_secret_value(SecretId="shopify", SecretString="second")
    assert not signatures.is_good(BODY, shopify_signature(BODY, b"second"))
    clock.at += 5 * SECOND
    assert signatures.is_good(BODY, shopify_signature(BODY, b"second"))


def test_without_secrets_manager_nobody_may_speak(aws: None) -> None:
    missing = CachedSecret(boto3.client("secretsmanager"), "missing", clock=FakeClock())
    with pytest.raises(RetryableError):
        ShopifySignatures(missing, clock=FakeClock()).is_good(BODY, "x")
