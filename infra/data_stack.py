"""What must outlive a deployment: the table, what failed, and the secrets."""

from aws_cdk import Duration, Stack
from aws_cdk.aws_dynamodb import (
    Attribute,
    AttributeType,
    Billing,
    PointInTimeRecoverySpecification,
    StreamViewType,
    TableEncryptionV2,
    TableV2,
)
from aws_cdk.aws_s3 import BlockPublicAccess, Bucket, BucketEncryption, LifecycleRule
from aws_cdk.aws_secretsmanager import Secret, SecretStringGenerator
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.constructs.sources import RELAY_PREFIX
from infra.stages import Stage
from shared.tables import EXPIRY, PARTITION_KEY, SORT_KEY

QUARANTINE_PREFIX = "quarantine/"
"""Events that could not be understood, kept until someone looks."""

EXPORTS_PREFIX = "exports/"
"""What people asked for of themselves, where it was too large for an answer or waits to be fetched."""

DAYS_KEPT = {QUARANTINE_PREFIX: 90, RELAY_PREFIX: 90, EXPORTS_PREFIX: 7}

ROTATED_BY_HAND = (
    "Clients hold these keys, so a person rotates them (`put-secret-value`); the version before stays accepted as "
    "AWSPREVIOUS."
)


class DataStack(Stack):
    """One table, one bucket, five secrets.

    ``table``, ``failures``, ``write_key``, ``secret_key``, ``link_secret``, ``digest_secret`` and ``shopify_secret``.
    The digest secret is never rotated: what was kept under digests of addresses, such as the suppression list, is
    found by it alone. Shopify's is generated, so that nobody knows it until the shop puts its app's own there.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(
            scope,
            id_,
            description="Carillon: profiles, messages and secrets",
            termination_protection=stage.retains,
        )
        self._stage = stage
        self.table = self._table()
        self.failures = self._failures()
        self.failures_arn = self.export_value(self.failures.bucket_arn, name=f"{stage.prefix}-failures-arn")
        self.write_key = self._secret("WriteKey", "Public key of browsers and apps; the named ones derive from it.")
        self.secret_key = self._secret("SecretKey", "Key of the shop's servers: trusted with addresses and consent.")
        self.link_secret = self._secret("LinkSecret", "Signs the links of opting out.")
        self.digest_secret = self._secret(
            "DigestSecret",
            "Salts digests of addresses. NEVER rotate or delete: the list of who must not be written to goes by it.",
            rotation="Never rotated: what is kept under digests of people's addresses could not be found again.",
        )

        self.shopify_secret = self._secret(
            "ShopifySecret",
            "Client secret of the shop's app, which signs Shopify's webhooks; put it here.",
            rotation="Shopify makes it, and a person puts it here; the one before stays accepted as AWSPREVIOUS.",
        )

    def _table(self) -> TableV2:
        return TableV2(
            self,
            "Table",
            table_name=self._stage.prefix,
            partition_key=Attribute(name=PARTITION_KEY, type=AttributeType.STRING),
            sort_key=Attribute(name=SORT_KEY, type=AttributeType.STRING),
            billing=Billing.on_demand(),
            encryption=TableEncryptionV2.aws_managed_key(),
            point_in_time_recovery_specification=PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True),
            dynamo_stream=StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute=EXPIRY,
            deletion_protection=self._stage.retains,
            removal_policy=self._stage.removal,
        )

    def _failures(self) -> Bucket:
        bucket = Bucket(
            self,
            "Failures",
            encryption=BucketEncryption.S3_MANAGED,
            block_public_access=BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            lifecycle_rules=[
                LifecycleRule(
                    id=f"expire-{prefix.strip('/').replace('/', '-')}",
                    prefix=prefix,
                    expiration=Duration.days(days),
                    abort_incomplete_multipart_upload_after=Duration.days(1),
                )
                for prefix, days in DAYS_KEPT.items()
            ],
            removal_policy=self._stage.removal,
        )
        acknowledge(bucket, {"S1": "Only this stack's functions write here, and operators read; CloudTrail tells who."})
        return bucket

    def _secret(self, name: str, purpose: str, *, rotation: str = ROTATED_BY_HAND) -> Secret:
        secret = Secret(
            self,
            name,
            description=f"Carillon {self._stage.name}: {purpose}",
            # Letters and digits only, 43 of them: 256 bits that need no quoting in a shell, a URL or Basic auth.
            generate_secret_string=SecretStringGenerator(password_length=43, exclude_punctuation=True),
            removal_policy=self._stage.removal,
        )
        acknowledge(secret, {"SMG4": rotation})
        return secret
