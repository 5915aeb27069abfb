"""What the shop's own servers ask for: the catalogue."""

from aws_cdk.aws_apigatewayv2 import HttpMethod

from infra.constructs.functions import allow, allow_items
from infra.constructs.http_api import Route
from infra.messaging.ground import REQUEST_TIME, Ground
from shared.settings.serve_shop import ShopSettings


def serve_shop(ground: Ground) -> None:
    shop = ground.functions.add(
        "serve_shop",
        ShopSettings(
            table_name=ground.data.table.table_name,
            events_queue_url=ground.events.queue_url,
            secret_key_secret=ground.data.secret_key.secret_arn,
            **ground.clock,
        ),
        purpose="HTTP: the catalogue, as the shop's own servers keep it, and coupons that are redeemed",
        work_time=REQUEST_TIME,
        memory_mb=512,
    )
    allow_items(shop, ground.data.table, "dynamodb:BatchGetItem", "dynamodb:PutItem", of=["PRODUCT"])
    allow_items(shop, ground.data.table, "dynamodb:GetItem", "dynamodb:UpdateItem", of=["COUPON"])
    ground.events.grant(shop, "sqs:SendMessage")
    allow(shop, "secretsmanager:GetSecretValue", on=[ground.data.secret_key.secret_arn])
    ground.api.serve(
        shop,
        Route(HttpMethod.POST, "/v1/products"),
        Route(HttpMethod.GET, "/v1/products/{sku}"),
        Route(HttpMethod.GET, "/v1/coupons/{code}"),
        Route(HttpMethod.POST, "/v1/coupons/{code}/redeem"),
    )
