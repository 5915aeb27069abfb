"""What ``serve_shop`` is made of."""

from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.catalogue import DynamoCatalogue
from shared.adapters.dynamodb.coupons import DynamoCoupons
from shared.adapters.event_queue import SqsEventQueue
from shared.adapters.playbook_artefact import load_plain, playbook_directory
from shared.adapters.secrets import CachedSecret
from shared.adapters.staff_key import SecretStaffKeys
from shared.bootstrap.aws import CALLS
from shared.bootstrap.offers import offers_of
from shared.ports.secrets import StaffKeys
from shared.services.keep_catalogue import CatalogueDesk
from shared.services.redeem_coupons import CouponDesk
from shared.settings.serve_shop import ShopSettings


@dataclass(frozen=True, slots=True)
class Shop:
    """Who may, and what is kept for the shop."""

    keys: StaffKeys
    catalogue: CatalogueDesk
    coupons: CouponDesk


@cache
def shop() -> Shop:
    settings = ShopSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    dynamodb, secrets = boto3.client("dynamodb", config=CALLS), boto3.client("secretsmanager", config=CALLS)
    return Shop(
        keys=SecretStaffKeys(CachedSecret(secrets, settings.secret_key_secret, clock=clock), clock=clock),
        catalogue=CatalogueDesk(
            catalogue=DynamoCatalogue(dynamodb, table=settings.table_name, clock=clock), clock=clock
        ),
        coupons=CouponDesk(
            coupons=DynamoCoupons(dynamodb, table=settings.table_name),
            events=SqsEventQueue(boto3.client("sqs", config=CALLS), queue_url=settings.events_queue_url),
            clock=clock,
            offers=offers_of(load_plain(playbook_directory())),
        ),
    )
