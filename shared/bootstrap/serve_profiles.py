"""What ``serve_profiles`` is made of."""

from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.erasures import DynamoErasures
from shared.adapters.rights_queue import SqsRightsQueue
from shared.adapters.secrets import CachedSecret
from shared.adapters.shopify_signatures import ShopifySignatures
from shared.adapters.staff_key import SecretStaffKeys
from shared.bootstrap.aws import CALLS
from shared.bootstrap.people import people
from shared.ports.secrets import StaffKeys
from shared.services.request_rights import RightsDesk
from shared.services.serve_profiles import ProfileDesk
from shared.services.take_shop_requests import ShopRequests
from shared.settings.serve_profiles import ProfilesSettings


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may, what they are told, and what they, or the shop's platform for them, may ask for."""

    keys: StaffKeys
    desk: ProfileDesk
    rights: RightsDesk
    shop: ShopRequests


@cache
def staff() -> Staff:
    settings = ProfilesSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    dynamodb, secrets = boto3.client("dynamodb", config=CALLS), boto3.client("secretsmanager", config=CALLS)
    known = people(
        dynamodb,
        secrets,
        table=settings.table_name,
        bucket=settings.exports_bucket,
        digest_secret=settings.digest_secret,
        clock=clock,
    )
    rights = RightsDesk(
        erasures=DynamoErasures(dynamodb, table=settings.table_name, clock=clock),
        queue=SqsRightsQueue(boto3.client("sqs", config=CALLS), queue_url=settings.erasures_queue_url),
        clock=clock,
    )
    shopify_secret = CachedSecret(secrets, settings.shopify_secret, clock=clock)
    return Staff(
        keys=SecretStaffKeys(CachedSecret(secrets, settings.secret_key_secret, clock=clock), clock=clock),
        desk=known.desk,
        rights=rights,
        shop=ShopRequests(signatures=ShopifySignatures(shopify_secret, clock=clock), rights=rights),
    )
