"""The one table, declared once: infrastructure creates it, tests create it, adapters key into it."""

import hashlib
from typing import Final

from shared.domain.shop.coupon_codes import canonical
from shared.domain.timing import Instant, format_instant, parse_instant

PARTITION_KEY: Final = "pk"
SORT_KEY: Final = "sk"
EXPIRY: Final = "expires_at"
"""Epoch seconds; DynamoDB deletes the item some time after."""

EFFECTS: Final = "effects"
"""Present only on writes that order something: the stream's filter looks for it."""


VERSION: Final = "version"
"""Of a profile: how often it was written. Every write asks for the one it read."""

MEMBER_SHARDS: Final = 16
"""Over how many partitions a segment's people are spread; for ever, since keys depend on it."""

QUALITY_SHARDS: Final = 4
"""Over how many partitions a day's counts of faults are spread: each process writes to one."""

PURCHASE_SHARDS: Final = 4
"""Over how many partitions the counts of one product are spread, so that what everybody buys can be counted at once."""

POPULAR_SHARDS: Final = 8
"""Over how many those of the whole shop are: every order is counted there."""

MAX_SORT_KEY: Final = 1_024
"""Bytes that DynamoDB takes."""

WHOLE: Final = "whole"
"""Of a profile: for which generation of aggregates it is whole; apart from the state, so that a scan can ask for it."""


MERGED: Final = "merged_into"
"""Of a tombstone: whose the profile became; apart from the state, so that a scan can pass over it."""


def profile_key(profile_id: str) -> tuple[str, str]:
    """``PROFILE#u1`` / ``PROFILE``."""
    return f"PROFILE#{profile_id}", "PROFILE"


def profile_id_of(partition_key: str) -> str:
    """The id in the partition key of what belongs to a profile.

    Raises:
        ValueError: nobody's.
    """
    kind, _, profile_id = partition_key.partition("#")
    if kind != "PROFILE" or not profile_id:
        raise ValueError(f"{kind} is not a profile's key")
    return profile_id


def timeline_key(profile_id: str, at: Instant, page_id: str) -> tuple[str, str]:
    """``PROFILE#u1`` / ``EVENTS#2026-11-02T10:00:00.000Z#m1``."""
    return f"PROFILE#{profile_id}", f"EVENTS#{format_instant(at)}#{page_id}"


def timeline_range(profile_id: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Before the first and after the last page that the person can have."""
    pk = f"PROFILE#{profile_id}"
    return (pk, "EVENTS#"), (pk, "EVENTS$")


def timeline_end(at: Instant) -> str:
    """After the last page of that instant, before any later one: a sort key that no page has."""
    return f"EVENTS#{format_instant(at)}$"


def timeline_instant(sort_key: str) -> Instant:
    """The instant in a timeline page's sort key."""
    return parse_instant(sort_key.split("#", 2)[1])


def consent_key(profile_id: str, at: Instant, id_: str) -> tuple[str, str]:
    """``PROFILE#u1`` / ``CONSENT#2026-11-02T10:00:00.000Z#m1``: a statement; an id too long for a key is hashed."""
    if len(id_.encode()) > MAX_SORT_KEY - 100:
        id_ = "sha256:" + hashlib.sha256(id_.encode()).hexdigest()
    return f"PROFILE#{profile_id}", f"CONSENT#{format_instant(at)}#{id_}"


def consent_range(profile_id: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Before the first and after the last statement that the person can have made."""
    pk = f"PROFILE#{profile_id}"
    return (pk, "CONSENT#"), (pk, "CONSENT$")


def alias_key(kind: str, value: str) -> tuple[str, str]:
    """``ALIAS#email#ana@example.com`` / ``ALIAS``; a value too long for a key is hashed."""
    if len(value.encode()) > 1_000:
        value = "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    return f"ALIAS#{kind}#{value}", "ALIAS"


def identifier_key(profile_id: str, kind: str, value: str) -> tuple[str, str]:
    """``PROFILE#u1`` / ``IDENTIFIER#email#ana@example.com``: an alias, seen from the person it leads to."""
    if len(value.encode()) > MAX_SORT_KEY - 100:
        value = "sha256:" + hashlib.sha256(value.encode()).hexdigest()
    return f"PROFILE#{profile_id}", f"IDENTIFIER#{kind}#{value}"


def pace_key(channel: str) -> tuple[str, str]:
    """How much of its rate a channel's provider has been asked for: ``PACE#email`` / ``RATE``."""
    return f"PACE#{channel}", "RATE"


def rate_key(name: str) -> tuple[str, str]:
    """How much of its rate a public key has used: ``KEY#web`` / ``RATE``."""
    return f"KEY#{name}", "RATE"


def merge_key(survivor_id: str, at: Instant, version: int, absorbed_id: str = "") -> tuple[str, str]:
    """``PROFILE#u1`` / ``MERGE#2026-11-02T10:00:00.000Z#7#anon:a1``: how the absorbed profile was before.

    Without one, how the survivor was: the same for all that were absorbed by one write, over the ``version``.
    """
    if len(absorbed_id.encode()) > MAX_SORT_KEY - 100:
        absorbed_id = "sha256:" + hashlib.sha256(absorbed_id.encode()).hexdigest()
    return f"PROFILE#{survivor_id}", f"MERGE#{format_instant(at)}#{version}#{absorbed_id}"


def merge_range(survivor_id: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Before the first and after the last merge that the person can have."""
    pk = f"PROFILE#{survivor_id}"
    return (pk, "MERGE#"), (pk, "MERGE$")


def counting_key() -> tuple[str, str]:
    """What is counted of everybody, and since when: ``PLAYBOOK#counting`` / ``PLAYBOOK``."""
    return "PLAYBOOK#counting", "PLAYBOOK"


def backfill_key() -> tuple[str, str]:
    """How far a back-fill has come: ``PLAYBOOK#backfill`` / ``PLAYBOOK``."""
    return "PLAYBOOK#backfill", "PLAYBOOK"


def quality_key(day: str, shard: int, source: str, flaw: str) -> tuple[str, str]:
    """``QUALITY#2026-11-02#3`` / ``no_currency#http analytics.js``; without a flaw, all events of the source."""
    return f"QUALITY#{day}#{shard}", f"{flaw}#{source}"


def quality_partitions(day: str) -> list[str]:
    """The partition keys of one day's counts."""
    return [f"QUALITY#{day}#{shard}" for shard in range(QUALITY_SHARDS)]


def message_key(message_id: str) -> tuple[str, str]:
    """``MESSAGE#3f2a…`` / ``MESSAGE``."""
    return f"MESSAGE#{message_id}", "MESSAGE"


def link_key(token: str) -> tuple[str, str]:
    """``LINK#q83fA0_kTw2x`` / ``LINK``: where the links of one message lead."""
    return f"LINK#{token}", "LINK"


def ordered_key(profile_id: str, decided_at: Instant, message_id: str) -> tuple[str, str]:
    """``PROFILE#u1`` / ``MESSAGE#2026-11-02T10:00:00.000Z#3f2a…``: that the message was ordered for the person."""
    return f"PROFILE#{profile_id}", f"MESSAGE#{format_instant(decided_at)}#{message_id}"


def suppression_item_key(channel: str, digest: str) -> tuple[str, str]:
    """``SUPPRESSED#sms#3f2a…`` / ``SUPPRESSED``: an address that must not be written to, by its digest."""
    return f"SUPPRESSED#{channel}#{digest}", "SUPPRESSED"


def member_key(segment: str, profile_id: str) -> tuple[str, str]:
    """``SEGMENT#regulars#7`` / ``u1``; an id too long for a key is hashed.

    The shard spares a large segment the one partition that all its people would be written to.
    """
    raw = profile_id.encode()
    digest = hashlib.sha256(raw)
    shard = digest.digest()[0] % MEMBER_SHARDS
    return f"SEGMENT#{segment}#{shard}", profile_id if len(raw) <= MAX_SORT_KEY else "sha256:" + digest.hexdigest()


def member_partitions(segment: str) -> list[str]:
    """The partition keys of all of the segment's people."""
    return [f"SEGMENT#{segment}#{shard}" for shard in range(MEMBER_SHARDS)]


def journey_key(journey: str, version: str) -> tuple[str, str]:
    """``JOURNEY#welcome`` / ``3f2a…``: a version that people entered."""
    return f"JOURNEY#{journey}", version


def product_key(sku: str) -> tuple[str, str]:
    """``PRODUCT#KIL-MUG-OAT`` / ``PRODUCT``."""
    return f"PRODUCT#{sku}", "PRODUCT"


def coupon_key(code: str) -> tuple[str, str]:
    """``COUPON#HELLO7KQ39XTW2W4P`` / ``COUPON``: a code that was given to somebody, however it is typed."""
    return f"COUPON#{canonical(code)}", "COUPON"


def given_coupon_key(profile_id: str, at: Instant, message_id: str, offer: str) -> tuple[str, str]:
    """``COUPONS#u1`` / ``2026-11-02T10:00:00.000Z#3f2a…#welcome10``: the same, seen from the person and the message."""
    return coupons_partition(profile_id), f"{format_instant(at)}#{message_id}#{offer}"


def coupons_partition(profile_id: str) -> str:
    """The partition key of what a person was given."""
    return f"COUPONS#{profile_id}"


def pool_partition(pool: str) -> str:
    """The partition key of a pool's free codes."""
    return f"POOL#{pool}"


def pool_key(pool: str, code: str) -> tuple[str, str]:
    """``POOL#spring`` / ``SPRING1``: a code that nobody has yet."""
    return pool_partition(pool), canonical(code)


def companions_key(sku: str, shard: int) -> tuple[str, str]:
    """``BOUGHT#KIL-MUG-OAT#3`` / ``BOUGHT``: what was bought together with it."""
    return f"BOUGHT#{sku}#{shard}", "BOUGHT"


def popular_key(shard: int) -> tuple[str, str]:
    """``POPULAR#7`` / ``POPULAR``: what was bought at all."""
    return f"POPULAR#{shard}", "POPULAR"


def counted_key(id_: str) -> tuple[str, str]:
    """``COUNTED#3f2a…`` / ``COUNTED``: that an order is counted, by its digest."""
    return f"COUNTED#{id_}", "COUNTED"


def erased_key(digest: str) -> tuple[str, str]:
    """``ERASED#7c4a…`` / ``ERASED``: that somebody of an id with this digest was erased."""
    return f"ERASED#{digest}", "ERASED"


def erasure_key(receipt: str) -> tuple[str, str]:
    """``ERASURE#3f2a…`` / ``ERASURE``: how far an erasure has come."""
    return f"ERASURE#{receipt}", "ERASURE"


def belongings_key(receipt: str) -> tuple[str, str]:
    """``ERASURE#3f2a…`` / ``BELONGINGS``: what it still has to find, until it is done."""
    return f"ERASURE#{receipt}", "BELONGINGS"


def person_group(profile_id: str) -> str:
    """The FIFO message group of a person, and the stem of their schedule's name: 40 letters and digits.

    A hash, since ids are arbitrary text and SQS and Scheduler are not.
    """
    return hashlib.sha256(profile_id.encode()).hexdigest()[:40]
