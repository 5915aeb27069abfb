"""A dispatcher among fakes, and whom and what it is tried on."""

from dataclasses import dataclass, field, replace

from shared.domain.channels.content import EmailContent, PushContent, SmsContent
from shared.domain.channels.webhooks import Partner
from shared.domain.consent.rules import ConsentRules
from shared.domain.consent.words import ANY, Channel, Purpose, Statement, SuppressionReason
from shared.domain.ledger import LedgerEntry
from shared.domain.messages import Message
from shared.domain.profiles import Device, Profile
from shared.domain.shop.offers import CouponSource, Offer
from shared.domain.timing import DAY
from shared.services.attach_documents import DocumentClerk
from shared.services.digests import keyed_digest
from shared.services.dispatch_message import Dispatched, Dispatcher
from shared.services.give_coupons import CouponGiver
from shared.services.pace import Pace
from shared.services.personalise import PersonalContent
from shared.services.throttle import Throttle
from tests.builders import NOON, a_message, a_profile
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeRates
from tests.fakes.people import FakeProfiles
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeSigningSecrets
from tests.fakes.sending import NO_MARKS, FakeDocuments, FakeLedger, FakeRenderer, FakeSender, FakeSuppressions
from tests.fakes.shop import FakeCatalogue, FakeCoupons, FakePurchases

EMAIL, SMS, PUSH, WHATSAPP = Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.WHATSAPP
STOP = SuppressionReason.STOP
NAME = a_message().name

ANA = a_profile(
    traits={"firstName": "Ana", "email": "ana@example.com", "phone": "+353871234567"},
    devices={"token1": Device("ios", NOON), "token2": Device("android", NOON)},
)
OFFERS = {
    "welcome10": Offer(name="welcome10", title="10 % off", prefix="HELLO", expires_after=30 * DAY),
    "spring": Offer(name="spring", title="Spring", source=CouponSource.POOL),
}
MARKETING = a_message()
TRANSACTIONAL = a_message(purpose=Purpose.TRANSACTIONAL, topic=None)


def a_pace(clock: FakeClock) -> Pace:
    return Pace(Throttle(FakeRates(), clock), clock, quotas={}, fixed={})


@dataclass
class House:
    """A dispatcher among fakes. The person is known, reachable everywhere, and hears of everything by default."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOON))
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    suppressions: FakeSuppressions = field(default_factory=FakeSuppressions)
    events: FakeEventQueue = field(default_factory=FakeEventQueue)
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    purchases: FakePurchases = field(default_factory=FakePurchases)
    coupons: FakeCoupons = field(default_factory=lambda: FakeCoupons(pools={"spring": {"SPRING1": "Spring-1"}}))
    named: tuple[str, ...] = ()
    """The coupons that the message's templates ask for."""
    documents: FakeDocuments = field(default_factory=FakeDocuments)
    renderer: FakeRenderer = field(
        default_factory=lambda: FakeRenderer(
            {
                (NAME, EMAIL): EmailContent("subject", "<p>html</p>", "text"),
                (NAME, SMS): SmsContent("text"),
                (NAME, PUSH): PushContent("title", "body"),
            }
        )
    )
    senders: dict[Channel, FakeSender] = field(
        default_factory=lambda: {EMAIL: FakeSender(), SMS: FakeSender(), PUSH: FakeSender()}
    )
    topics: dict[str, bool] = field(default_factory=lambda: {"cart_reminders": True})
    consent_rules: ConsentRules = field(default_factory=dict)
    opt_out: dict[str, str] = field(default_factory=dict)
    partners: dict[str, Partner] = field(default_factory=dict)
    pace: Pace | None = None
    """What lasts from one message to the next; ``None``: each is the first."""
    looks: list[tuple[Profile, Message, int]] = field(default_factory=list)
    holds: bool | Exception = True
    """What a second look at a message's condition finds."""

    def __post_init__(self) -> None:
        self.ledger = FakeLedger(self.clock)
        self.know(ANA)

    def know(self, profile: Profile) -> None:
        self.profiles.stored[profile.id] = replace(profile, version=1)

    def dispatch(self, message: Message = MARKETING) -> Dispatched:
        return Dispatcher(
            ledger=self.ledger,
            profiles=self.profiles,
            suppressions=self.suppressions,
            renderer=self.renderer,
            personal=PersonalContent(
                catalogue=self.catalogue,
                purchases=self.purchases,
                giver=CouponGiver(
                    coupons=self.coupons,
                    offers=OFFERS,
                    named=lambda name: self.named if name == NAME else (),
                    digest=lambda kind, value: keyed_digest(b"key", kind, value),
                ),
            ),
            senders=self.senders,
            events=self.events,
            secrets=FakeSigningSecrets(),
            clock=self.clock,
            still_holds=self.look,
            default_of=lambda topic: self.topics.get(topic, False),
            consent_rules=self.consent_rules,
            public_url="https://carillon.example",
            pace=self.pace or a_pace(self.clock),
            marks=NO_MARKS,
            documents=DocumentClerk(self.documents),
            opt_out=self.opt_out,
            partners=self.partners,
        ).dispatch(message)

    def look(self, profile: Profile, message: Message, now: int) -> bool:
        self.looks.append((profile, message, now))
        if isinstance(self.holds, Exception):
            raise self.holds
        return self.holds

    def entry(self) -> LedgerEntry:
        return self.ledger.entries[MARKETING.id]

    @property
    def sent(self) -> list[tuple[Channel, tuple[str, ...]]]:
        return [(channel, out.addresses) for channel, sender in self.senders.items() for out in sender.sent]

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event.id, event.name) for event in self.events.events]


def said(subscribed: bool, channel: str = ANY, topic: str = ANY) -> dict[tuple[str, str], Statement]:
    return {(channel, topic): Statement(subscribed, NOON - 1, "web")}


REFUSES_ALL = {"consent": said(False)}
