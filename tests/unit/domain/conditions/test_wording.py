"""Conditions and decisions in words that a colleague understands."""

from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from infra.replay.explanation import DROPPED, told
from infra.replay.person_clock import PersonClock, ahead
from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.conditions.trees import Scope
from shared.domain.conditions.wording import Judgement, examine
from shared.domain.decide import Occurrence
from shared.domain.events import EventType
from shared.domain.ledger import DropReason
from shared.domain.timing import DAY, HOUR, LAST_INSTANT, MINUTE, format_instant
from tests.builders import NOON, an_event
from tests.conditions import read
from tests.stories import a_playbook

AT_DISPATCH: Final = {DropReason.NO_CONTENT, DropReason.NO_PROVIDER, DropReason.ERASED}
"""Why dispatch gives a message up: not for a simulation to know."""


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"traits.city": "Cork"}, 'traits.city ("Cork") is "Cork": true'),
        ({"traits.city": {"is_not": "Cork"}}, 'traits.city ("Cork") is not "Cork": false'),
        ({"traits.city": ["Cork", "Kilkenny"]}, 'traits.city ("Cork") is one of ["Cork", "Kilkenny"]: true'),
        (
            {"traits.city": ["Kilkenny", {"path": "traits.tags.1"}]},
            'traits.city ("Cork") is one of ["Kilkenny", traits.tags.1] (["Kilkenny", "b"]): false',
        ),
        ({"traits.absent": {"above": 5}}, "traits.absent (missing) is above 5: false"),
        ({"traits.city": {"matches": "^Co"}}, 'traits.city ("Cork") matches /^Co/: true'),
        ({"traits.city": {"exists": True}}, 'traits.city ("Cork") exists: true'),
        ({"traits.city": {"exists": False}}, 'not: traits.city ("Cork") exists: false'),
        ({"traits.tags.*": "b"}, 'traits.tags.* ("a", "b") is "b": true'),
        ({"properties.price": {"is": {"path": "traits.limit"}}}, "properties.price (20) is traits.limit (20.0): true"),
        (
            {"traits.seen": {"within_last": "1 hour"}},
            'traits.seen ("2026-11-02T11:30:00Z") lies within the last 1 hour: true until 2026-11-02T12:30:00.000Z',
        ),
        (
            {"sum": {"event": "Bought", "of": "properties.price", "within": "1 day", "at_least": 20, "below": 1e3}},
            (
                "the sum of properties.price of Bought within 1 day (20.50) is at least 20 and is below 1000.0: "
                "true until 2026-11-03T11:00:00.000Z"
            ),
        ),
        (
            {"sum": {"event": ["Sold", "Lent"], "of": "properties.price", "above": {"path": "traits.limit"}}},
            "the sum of properties.price of Sold or Lent (0) is above traits.limit (20.0): false",
        ),
        ({"in_journey": "welcome"}, "is in the journey welcome: false"),
        ({"consents": {"channel": "sms", "topic": "news"}}, "consents to news by sms: false"),
        ({"not": {"reachable": "push"}}, "not: has a usable address for push: true"),
        ({"did": {"event": "Sold"}}, "did Sold at least once (never): false"),
        (
            {"did": {"event": ["Bought", "Sold"], "at_least": 2, "within": "1 day"}},
            (
                "did Bought or Sold at least 2 times within 1 day "
                "(2026-11-02T11:00:00.000Z, 2026-11-02T10:00:00.000Z): true until 2026-11-03T10:00:00.000Z"
            ),
        ),
        (
            {"did_not": {"event": "Bought", "at_least": 1, "at_most": 5}},
            (
                "not: did Bought at least once and at most 5 times "
                "(2026-11-02T11:00:00.000Z, 2026-11-02T10:00:00.000Z): false"
            ),
        ),
        (
            {"all": [{"traits.city": "Cork"}, {"any": [{"traits.city": "Dublin"}, {"not": {"traits.a": 1}}]}]},
            (
                'all of these: true [traits.city ("Cork") is "Cork": true; any of these: true '
                '[traits.city ("Cork") is "Dublin": false; not: traits.a (missing) is 1: true]]'
            ),
        ),
        ({"all": [{"any": [{"traits.city": "Cork"}]}]}, 'traits.city ("Cork") is "Cork": true'),
        (
            {"not": {"any": [{"traits.city": "Cork"}, {"traits.a": 1}]}},
            'not so: false [any of these: true [traits.city ("Cork") is "Cork": true; traits.a (missing) is 1: false]]',
        ),
        (
            {"all": [{"did": {"event": "Bought", "within": "1 day"}}, {"did_not": {"event": "Sold"}}]},
            (
                "all of these: true until 2026-11-03T11:00:00.000Z [did Bought at least once within 1 day "
                "(2026-11-02T11:00:00.000Z, 2026-11-02T10:00:00.000Z): true until 2026-11-03T11:00:00.000Z; "
                "not: did Sold at least once (never): true]"
            ),
        ),
    ],
)
def test_a_condition_is_told_with_what_it_met(condition: Any, words: str) -> None:
    aggregates = Aggregates()
    tree = read(condition, aggregates)
    bought = (NOON - 3_600_000, NOON - 7_200_000)
    scope = Scope(
        NOON,
        traits={"city": "Cork", "tags": ["a", "b"], "limit": 20.0, "seen": "2026-11-02T11:30:00Z"},
        event=an_event("Bought", type=EventType.TRACK, properties={"price": 20}),
        aggregates={one.id: bought for one in aggregates.by_id.values() if "Bought" in one.events},
        sums={one.id: ((bought[0], Decimal("20.50")),) for one in aggregates.totals.values() if "Bought" in one.events},
    )
    assert in_a_line(examine(tree, scope)) == words


def in_a_line(judgement: Judgement) -> str:
    until = "" if judgement.flips_at is None else f" until {format_instant(judgement.flips_at)}"
    parts = "; ".join(map(in_a_line, judgement.parts))
    return f"{judgement.words}: {str(judgement.holds).lower()}{until}" + (f" [{parts}]" if parts else "")


@pytest.mark.parametrize(
    ("kind", "details", "words"),
    [
        ("journey_entered", {"journey": "cart", "run": "r", "key": '"c1"'}, '→ begins for "c1" (run r)'),
        ("journey_entered", {"journey": "cart", "run": "r", "key": None}, "→ begins (run r)"),
        (
            "journey_entered",
            {"journey": "cart", "run": "r", "key": None, "variant": "holdout"},
            "→ begins (run r, in the holdout)",
        ),
        (
            "entry_skipped",
            {"journey": "cart", "reason": "late"},
            "✗ does not begin: the event came more than 24 hours late",
        ),
        ("send", {"journey": "cart", "message": "hi", "channel": "sms", "step": "1"}, "→ sends hi by sms (step 1)"),
        (
            "held",
            {"message": "hi", "channel": "sms", "reason": "quiet_hours", "until": NOON + 21 * HOUR},
            "→ holds hi by sms until Tue 3 Nov 09:00 UTC, in 21 hours: these are the person's quiet hours",
        ),
        ("checked", {"message": "hi", "channel": "sms", "reason": None}, "✓ hi by sms: may be used"),
        (
            "checked",
            {"message": "hi", "channel": "sms", "reason": "no_address"},
            "✗ hi by sms: there is no usable address",
        ),
        (
            "dropped",
            {"journey": "cart", "message": "hi", "channel": None, "reason": "no_consent"},
            "→ does not send hi: the person has not agreed to it",
        ),
        ("journey_exited", {"journey": "cart", "run": "r", "reason": "bought"}, "→ ends: bought (run r)"),
        (
            "journey_exited",
            {"journey": "c", "run": "r", "reason": "completed"},
            "→ ends: it has come to its end (run r)",
        ),
        ("trait_unread", {"trait": "phone", "reason": "wrong_length"}, "the trait phone cannot be read: wrong_length"),
        ("trait_refused", {"trait": "plan", "reason": "too_large"}, "the trait plan is not taken: too_large"),
        (
            "contact_refused",
            {"contact": "email"},
            "email is not taken: a public key may not say where a known person is written to",
        ),
        ("anything_new", {"journey": "cart", "number": 5}, "anything new: number 5"),
    ],
)
def test_what_happened_is_a_sentence(kind: str, details: dict[str, Any], words: str) -> None:
    (line,) = told(Occurrence(kind, NOON, details), PersonClock(), a_playbook())
    assert line.text == words


def test_every_reason_to_drop_a_message_has_its_words() -> None:
    assert {DropReason(reason) for reason in DROPPED} | AT_DISPATCH >= set(DropReason)


@pytest.mark.parametrize(
    ("zone", "at", "words"),
    [
        ("Etc/UTC", NOON, "Mon 2 Nov 12:00 UTC"),
        ("Europe/Dublin", NOON, "Mon 2 Nov 12:00 UTC"),
        ("Europe/Vienna", NOON, "Mon 2 Nov 12:00 UTC (13:00 local)"),
        ("Pacific/Auckland", NOON, "Mon 2 Nov 12:00 UTC (Tue 3 Nov 01:00 local)"),
        ("Etc/UTC", NOON + 1_000, "Mon 2 Nov 12:00:01 UTC"),
        ("Etc/UTC", NOON + 1_050, "Mon 2 Nov 12:00:01.050 UTC"),
        ("Etc/UTC", NOON + 50, "Mon 2 Nov 12:00:00.050 UTC"),
    ],
)
def test_an_instant_is_told_by_both_clocks_where_they_differ(zone: str, at: int, words: str) -> None:
    clock = PersonClock(ZoneInfo(zone))
    assert clock.brief(at, NOON) == words
    assert clock.day_and_time(at) == words.replace("Mon 2 Nov ", "Mon 2 Nov 2026 ")
    assert clock.brief(at, NOON + 365 * DAY) == clock.day_and_time(at)


def test_where_the_calendar_has_ended_already_only_one_clock_tells() -> None:
    assert PersonClock(ZoneInfo("Asia/Tokyo")).brief(LAST_INSTANT, LAST_INSTANT) == "Fri 31 Dec 23:59:59.999 UTC"


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (2 * DAY, "in 2 days"),
        (DAY + HOUR, "in 1 day and 1 hour"),
        (DAY + 5 * MINUTE, "in 1 day"),
        (23 * HOUR + 5 * MINUTE + 3_000, "in 23 hours and 5 minutes"),
        (1_000, "in 1 second"),
        (999, "in less than a second"),
        (0, "in less than a second"),
    ],
)
def test_how_far_ahead_something_is(duration: int, words: str) -> None:
    assert ahead(duration) == words
