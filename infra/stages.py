"""The stages: what differs between the local cloud, a trial account and the shop's own, as typed settings.

Stages differ in settings only; whatever deploys locally deploys to AWS. A shop edits ``DEV`` and ``PROD`` here.
"""

import platform
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk.aws_logs import RetentionDays

from shared.domain.intake.client_keys import KeyRules, RateLimit

LEAST_TIME_TO_LIVE: Final = 5
MOST_TIME_TO_LIVE: Final = 259_200
PRICE: Final = re.compile(r"[0-9]{0,2}\.[0-9]{1,5}", re.ASCII)
"""As ``SendTextMessage`` takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the functions run on; the dependency layer is built for it."""

    python: str
    """Version, as ``3.13``."""
    machine: str
    """``aarch64`` or ``x86_64``."""
    platform: str
    """What uv calls the platform that wheels must fit; empty for this machine's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubDeployment:
    """The repository whose workflow may deploy the stage, from the environment named like the stage."""

    repository: str
    """``owner/name``."""
    creates_provider: bool = True
    """False where the account trusts GitHub already: an account has one provider for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndUserMessaging:
    """Texts by AWS End User Messaging SMS instead of SNS: with receipts, a highest price and a time to live."""

    origination: str
    """A pool (``pool-…``, what AWS advises), a number (``phone-…``), or the ARN of either or of a sender id."""
    configuration_set: str = ""
    """One that is there already, and leads receipts to the topic of inbound texts; when empty, one is made."""
    max_price: str = ""
    """US dollars for one part at most, such as ``0.10``; a dearer text is refused, and the next channel tried."""
    time_to_live: int = 3_600
    """Seconds after which a text that was not delivered is not any more."""
    protect_configuration: str = ""
    """Which countries may be texted (``protect-…``); the account's own when empty."""

    def __post_init__(self) -> None:
        if not self.origination.startswith(("pool-", "phone-", "arn:")):
            raise ValueError(f"{self.origination!r} is neither a pool's id, nor a number's, nor an ARN")
        if not LEAST_TIME_TO_LIVE <= self.time_to_live <= MOST_TIME_TO_LIVE:
            raise ValueError(f"a text lives for {LEAST_TIME_TO_LIVE} to {MOST_TIME_TO_LIVE:,} seconds")
        if self.max_price and not PRICE.fullmatch(self.max_price):
            raise ValueError(f"{self.max_price!r} is no price like 0.10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One deployment of Carillon."""

    name: str
    target: Target
    removal: RemovalPolicy
    """What becomes of the data when a stack goes."""
    log_retention: RetentionDays
    requests_per_second: int
    request_burst: int
    public_keys: Mapping[str, KeyRules] = field(default_factory=dict)
    """Public keys beside the stage's own, by name: one for each front of the shop, with what it may do."""
    transactional_concurrency: int
    """Most dispatchers at once for order confirmations and their like …"""
    marketing_concurrency: int
    """… and for campaigns: few enough to leave the account's concurrency, and the providers' rates, to the former."""
    timeline_days: int
    """At least 90: so long people who were joined can be split again, which asks what happened since."""
    alarm_email: str = ""
    """Who is told of alarms; nobody when empty, then subscribe to the topic by hand."""
    email_from: str
    """An address, or a name and an address; the brand's name where there is none."""
    email_identity: str
    """The domain (or address) verified in SES that ``email_from`` belongs to."""
    email_tenant: str = ""
    """Name of the SES tenant that sends, where the account has several; it owns the identity and configuration set."""
    documents_bucket: str = ""
    """The shop's own, with the invoices and tickets that messages attach (`document: …`); read, never written."""
    sms_per_second: float = 0
    push_per_second: float = 0
    """What End User Messaging takes of this account; 0: as many as there are. Of mail SES itself says."""
    sms_sender: str = ""
    """Sender id of texts, where a country has them; else the account's numbers."""
    texts: EndUserMessaging | None = None
    """How texts are sent by End User Messaging; by SNS, with ``sms_sender``, where this is ``None``."""
    sms_opt_out_list: str = ""
    """Of AWS End User Messaging, which `carillon suppressions sync` then reads too."""
    push_application_id: str = ""
    """Application of AWS End User Messaging with the push credentials; no push when empty."""
    whatsapp_phone_number_id: str = ""
    """Of AWS End User Messaging Social (``phone-number-id-…``); no WhatsApp when empty."""
    webhook_gateway: str = ""
    """What records webhooks in the local cloud, where partners are not to hear of what is tried."""
    public_url: str = ""
    """Base of links in messages; the API's own endpoint when empty."""
    playbook: str = ""
    """Its folder; the project's own ``templates`` when empty."""
    clock_speed: str = "1"
    clock_epoch: str = "0"
    """Milliseconds since 1970: when a fast clock began to run."""
    github: GitHubDeployment | None = None
    """Nobody but people with credentials of their own deploys where this is ``None``."""

    @property
    def retains(self) -> bool:
        """Whether data outlive their stack."""
        return self.removal is RemovalPolicy.RETAIN

    @property
    def prefix(self) -> str:
        """How names of this stage's resources begin."""
        return f"carillon-{self.name}"


GRAVITON: Final = Target(python="3.13", machine="aarch64", platform="aarch64-manylinux_2_28")
"""Lambda's Python 3.13 runs on Amazon Linux 2023, whose glibc is 2.34; RE2's wheels ask for 2.28."""
THIS_MACHINE: Final = Target(
    python=f"{sys.version_info.major}.{sys.version_info.minor}",
    machine="aarch64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
    platform="",
)
"""MiniStack runs functions as processes of this machine, by the interpreter that runs itself."""

LOCAL: Final = Stage(
    name="local",
    target=THIS_MACHINE,
    removal=RemovalPolicy.DESTROY,
    log_retention=RetentionDays.ONE_DAY,
    requests_per_second=1_000,
    request_burst=2_000,
    public_keys={
        "shop-front": KeyRules(
            origins=("https://*.alderandoat.example", "https://alderandoat.example"),
            events=("Product *", "Products *", "Cart *", "Checkout *", "Order Completed"),
            rate=RateLimit(per_second=1, burst=10),
        )
    },
    transactional_concurrency=2,
    marketing_concurrency=2,
    timeline_days=90,
    email_from="hello@mail.alderandoat.example",
    email_identity="mail.alderandoat.example",
    texts=EndUserMessaging(origination="pool-local", configuration_set="local"),
    push_application_id="local",
    whatsapp_phone_number_id="phone-number-id-local",
)

DEV: Final = Stage(
    name="dev",
    target=GRAVITON,
    removal=RemovalPolicy.DESTROY,
    log_retention=RetentionDays.ONE_WEEK,
    requests_per_second=50,
    request_burst=100,
    transactional_concurrency=10,
    marketing_concurrency=5,
    timeline_days=90,
    email_from="hello@dev.shop.example",
    email_identity="dev.shop.example",
)

PROD: Final = Stage(
    name="prod",
    target=GRAVITON,
    removal=RemovalPolicy.RETAIN,
    log_retention=RetentionDays.THREE_MONTHS,
    requests_per_second=500,
    request_burst=1_000,
    transactional_concurrency=100,
    marketing_concurrency=20,
    timeline_days=730,
    alarm_email="oncall@shop.example",
    email_from="hello@shop.example",
    email_identity="shop.example",
)

STAGES: Final = {stage.name: stage for stage in (LOCAL, DEV, PROD)}
