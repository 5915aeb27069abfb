"""What ``dispatch_message`` is made of."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from shared.adapters.channels.ses_quota import SesQuota
from shared.adapters.clock import SystemClock
from shared.adapters.documents import S3Documents
from shared.adapters.dynamodb.catalogue import DynamoCatalogue
from shared.adapters.dynamodb.coupons import DynamoCoupons
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.purchases import DynamoPurchases
from shared.adapters.dynamodb.rates import DynamoRates
from shared.adapters.dynamodb.sent_links import DynamoSentLinks
from shared.adapters.event_queue import SqsEventQueue
from shared.adapters.playbook_artefact import load_plain, playbook_directory
from shared.adapters.redelivery import SqsRedelivery
from shared.adapters.renderer import JinjaRenderer
from shared.adapters.secrets import CachedSecret, DigestSecret, LinkSecrets
from shared.bootstrap.aws import CALLS, SENDS
from shared.bootstrap.offers import offers_of
from shared.bootstrap.senders import senders
from shared.bootstrap.suppressions import suppressions
from shared.domain.channels.pace import Quota
from shared.domain.channels.shop_addresses import shop_hosts
from shared.domain.channels.utm import TRACKING, UTM, read_own
from shared.domain.channels.webhooks import Partner, lane_of
from shared.domain.consent.rules import CONSENT, ConsentRules
from shared.domain.consent.words import Channel
from shared.domain.messages import Message
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, Instant, parse_duration
from shared.ports.clock import Clock
from shared.ports.intake import Rates
from shared.ports.sending import Quotas, Sender, SentLinksKeeper
from shared.services.attach_documents import MAX_BYTES, DocumentClerk
from shared.services.digests import keyed_digest
from shared.services.dispatch_message import Dispatcher
from shared.services.give_coupons import CouponGiver
from shared.services.mark_links import LinkMarks
from shared.services.pace import Pace
from shared.services.personalise import PersonalContent
from shared.services.throttle import Throttle
from shared.settings.dispatch_message import DispatchSettings
from shared.tables import pace_key

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from shared.domain.playbook import Playbook


@cache
def dispatcher() -> Dispatcher:
    settings = DispatchSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    dynamodb = boto3.client("dynamodb", config=CALLS)
    secrets_manager = boto3.client("secretsmanager", config=CALLS)
    playbook = load_plain(playbook_directory())
    partners = _partners(playbook)
    ses = boto3.client("sesv2", config=SENDS)
    rates = DynamoRates(dynamodb, table=settings.table_name, key_of=pace_key)
    topics: Mapping[str, Any] = playbook["policy"].get("topics") or {}
    return Dispatcher(
        ledger=DynamoLedger(dynamodb, table=settings.table_name, clock=clock),
        profiles=DynamoProfiles(dynamodb, table=settings.table_name),
        suppressions=suppressions(
            dynamodb, table=settings.table_name, digest_secret=settings.digest_secret, clock=clock
        ),
        renderer=JinjaRenderer(playbook_directory(), playbook=playbook),
        personal=PersonalContent(
            purchases=DynamoPurchases(dynamodb, table=settings.table_name, clock=clock),
            catalogue=DynamoCatalogue(dynamodb, table=settings.table_name, clock=clock),
            giver=_giver(settings, dynamodb, playbook, clock),
        ),
        senders=senders(settings, playbook["brand"], ses=ses)
        | _webhooks(settings, partners.values(), secrets_manager, clock),
        events=SqsEventQueue(boto3.client("sqs", config=CALLS), queue_url=settings.events_queue_url),
        secrets=LinkSecrets(CachedSecret(secrets_manager, settings.link_secret, clock=clock)),
        clock=clock,
        still_holds=_second_look(),
        default_of=lambda topic: topics.get(topic, {}).get("default") is True,
        consent_rules=_consent_rules(playbook["policy"]),
        public_url=settings.public_url,
        opt_out=((playbook["policy"].get("sms") or {}).get("opt_out") or {}).get("countries") or {},
        documents=DocumentClerk(
            S3Documents(lambda: boto3.client("s3", config=CALLS), bucket=settings.documents_bucket, max_bytes=MAX_BYTES)
        ),
        marks=_marks(settings, playbook, DynamoSentLinks(dynamodb, table=settings.table_name, clock=clock), clock),
        partners=partners,
        pace=_pace(settings, rates, SesQuota(ses), partners.values(), clock),
        expire_after=parse_duration(playbook["policy"].get("expire_after", "24 hours")),
    )


@cache
def redelivery() -> SqsRedelivery:
    settings = DispatchSettings.from_env()
    return SqsRedelivery(
        boto3.client("sqs", config=CALLS), queue_urls=[settings.transactional_queue_url, settings.marketing_queue_url]
    )


def _marks(settings: DispatchSettings, playbook: Mapping[str, Any], links: SentLinksKeeper, clock: Clock) -> LinkMarks:
    """What the brand says of links is read only where it says something."""
    utm, clicks = None, frozenset[Channel]()
    if playbook["brand"].get(TRACKING):
        from shared.domain.channels.tracking import read_tracking  # noqa: PLC0415
        from shared.domain.language.reading import Faults  # noqa: PLC0415

        tracking = read_tracking(playbook["brand"], Faults())
        utm, clicks = tracking.utm, tracking.clicks
    return LinkMarks(
        hosts=shop_hosts(playbook["brand"]),
        public_url=settings.public_url,
        utm=utm,
        own_of=lambda name: read_own(playbook["messages"].get(name, {}).get(UTM)),
        clicks=clicks,
        links=links,
        clock=clock,
    )


def _pace(settings: DispatchSettings, rates: Rates, quota: Quotas, partners: Iterable[Partner], clock: Clock) -> Pace:
    """Of mail as SES says, of a partner as the playbook does, of the others as the stage does."""
    told = {Channel.SMS: settings.sms_per_second, Channel.PUSH: settings.push_per_second}
    fixed: dict[str, Quota] = {channel: Quota(per_second=float(rate)) for channel, rate in told.items() if rate}
    fixed |= {lane_of(partner): Quota(per_second=partner.per_second) for partner in partners}
    return Pace(Throttle(rates, clock), clock, quotas={Channel.EMAIL: quota}, fixed=fixed)


def _partners(playbook: Mapping[str, Any]) -> dict[str, Partner]:
    """Message → whom its webhook tells; read only where there are any, since most shops have none."""
    named = {name: message["webhook"] for name, message in playbook["messages"].items() if "webhook" in message}
    if not named:
        return {}
    from shared.domain.language.partner_reader import read_partners  # noqa: PLC0415
    from shared.domain.language.reading import Faults  # noqa: PLC0415

    known = read_partners(playbook["webhooks"], Faults())
    return {name: known[partner] for name, partner in named.items()}


def _webhooks(
    settings: DispatchSettings, partners: Iterable[Partner], secrets_manager: "SecretsManagerClient", clock: Clock
) -> dict[Channel, Sender]:
    """Who tells the partners, if there are any."""
    by_name = {partner.name: partner for partner in partners}
    if not by_name:
        return {}
    from shared.bootstrap.webhooks import webhook_sender  # noqa: PLC0415

    return {Channel.WEBHOOK: webhook_sender(settings, by_name, secrets_manager, clock)}


def _second_look() -> Callable[[Profile, Message, Instant], bool]:
    """Made when the first message comes that has a condition: to know the rules costs a cold start, and few need it."""

    @cache
    def rules() -> "tuple[Callable[[Playbook, Profile, Message, Instant], bool], Playbook]":
        from shared.adapters.compiled_playbook import load  # noqa: PLC0415
        from shared.domain.language.second_look import still_holds  # noqa: PLC0415

        return still_holds, load(playbook_directory())

    def look(profile: Profile, message: Message, now: Instant) -> bool:
        still_holds, playbook = rules()
        return still_holds(playbook, profile, message, now)

    return look


def _giver(settings: DispatchSettings, dynamodb: Any, playbook: Mapping[str, Any], clock: Clock) -> CouponGiver:
    """The secret, which never changes, is read when the first coupon is generated."""
    secrets = boto3.client("secretsmanager", config=CALLS)
    key = DigestSecret(CachedSecret(secrets, settings.digest_secret, clock=clock, kept_for=DAY))
    return CouponGiver(
        coupons=DynamoCoupons(dynamodb, table=settings.table_name),
        offers=offers_of(playbook),
        named=lambda message: playbook["messages"].get(message, {}).get("coupons", ()),
        digest=lambda kind, value: keyed_digest(key.key(), kind, value),
    )


def _consent_rules(policy: Mapping[str, Any]) -> ConsentRules:
    """Read by what reads them for ``decide``, and only where there are any: most cold starts need not pay for it."""
    if CONSENT not in policy:
        return {}
    from shared.domain.language.consent_reader import read_consent  # noqa: PLC0415
    from shared.domain.language.reading import Faults  # noqa: PLC0415

    return read_consent(policy[CONSENT], Faults())
