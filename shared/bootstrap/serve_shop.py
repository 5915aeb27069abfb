"""What ``serve_shop`` is made of."""

from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.catalogue import DynamoCatalogue
from shared.adapters.secrets import CachedSecret
from shared.adapters.staff_key import SecretStaffKeys
from shared.bootstrap.aws import CALLS
from shared.ports.secrets import StaffKeys
from shared.services.keep_catalogue import CatalogueDesk
from shared.settings import ShopSettings


@dataclass(frozen=True, slots=True)
class Shop:
    """Who may, and what is kept for the shop."""

    keys: StaffKeys
    catalogue: CatalogueDesk


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
    )
