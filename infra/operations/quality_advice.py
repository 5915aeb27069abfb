"""What to do about each flaw, in one plain sentence; ``docs/quality.md`` says more under its name."""

from collections.abc import Mapping
from typing import Final

from shared.domain.intake.flaws import Flaw

PAGE: Final = "docs/quality.md"

ADVICE: Final[Mapping[Flaw, str]] = {
    Flaw.MISSING_ID: "Send userId, anonymousId, or a valid email or phone with every event: nobody else's it can be.",
    Flaw.MISSING_FIELD: "Send the field that is named: without it nobody knows what happened.",
    Flaw.FUTURE_TIMESTAMP: "Set the sender's clock, or send sentAt by the same clock, and every event is dated right.",
    Flaw.NOT_ALLOWED: "Send it with another key, or let this one: `infra/stages.py` says what each may send.",
    Flaw.INVALID_FIELD: "Mend the field that is named in the sender; `carillon quarantine show` has what came.",
    Flaw.UNREADABLE: "The sender puts out something that is no event: look at it with `carillon quarantine list`.",
    Flaw.CLOCK_AHEAD: "Send timestamps with their offset or in UTC: a local time without one is taken for UTC.",
    Flaw.NO_MESSAGE_ID: "Send a messageId with each event: only then is the same event sent twice known for one.",
    Flaw.VERY_LATE: "Send events within 24 hours: later ones count for segments, and start no journey.",
    Flaw.DUPLICATE: "Nothing is lost; if there are many, look why the sender repeats what was accepted.",
    Flaw.MISSPELT_EVENT: "Call the event by the name of Segment's spec, or what waits for that name never starts.",
    Flaw.MISSING_PROPERTY: "Send the property that is named: journeys and messages about orders and products need it.",
    Flaw.WRONG_TYPE: "Send the property as a number: what it says now is ambiguous or none, and conditions pass it by.",
    Flaw.NUMBER_AS_TEXT: "It is read as the number it says; send a number, and nothing needs to be guessed.",
    Flaw.MIXED_IDS: "Send this id as text everywhere: as a number here and as text there, cart and order do not meet.",
    Flaw.NO_CURRENCY: "Send currency with every amount: without it, totals of several currencies are added up.",
    Flaw.INVALID_EMAIL: "Check addresses where people type them: this one is kept, and never written to.",
    Flaw.INVALID_PHONE: "Check numbers where people type them: this one is kept, and never texted.",
    Flaw.UNKNOWN_REGION: "Send numbers with their country's prefix, or the person's country beside them.",
    Flaw.UNREADABLE_TRAIT: "Send the trait in a form of docs/traits.md: as it is, nobody sees it.",
    Flaw.REFUSED_TRAIT: "Send fewer or smaller traits: a person has a hundred, of 1 KB each.",
    Flaw.REFUSED_CONTACT: "Send contact details of known people from a server, with the secret key or a user hash.",
    Flaw.REFUSED_CONSENT: "When you state consent, name the userId, and a channel and topic that there are.",
    Flaw.REFUSED_JOIN: "Join two known people by `alias` with the secret key: a public one may not.",
}
"""For every flaw: a test sees to it."""
