"""Conditions and decisions in words that a colleague understands."""

from decimal import Decimal
from typing import Any

import pytest

from infra.explanation import sentence
from shared.domain.behaviour import Aggregates
from shared.domain.conditions import Scope
from shared.domain.decide import Occurrence
from shared.domain.events import EventType
from shared.domain.wording import describe
from tests.builders import NOON, an_event
from tests.conditions import read


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
        ({"traits.city": {"exists": False}}, 'not traits.city ("Cork") exists: true'),
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
        ({"not": {"reachable": "push"}}, "not has a usable address for push: false"),
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
                "not did Bought at least once and at most 5 times "
                "(2026-11-02T11:00:00.000Z, 2026-11-02T10:00:00.000Z): true"
            ),
        ),
        (
            {"all": [{"traits.city": "Cork"}, {"any": [{"traits.city": "Dublin"}, {"not": {"traits.a": 1}}]}]},
            (
                '(traits.city ("Cork") is "Cork": true and '
                '(traits.city ("Cork") is "Dublin": false or not traits.a (missing) is 1: false))'
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
    assert describe(tree, scope) == words


@pytest.mark.parametrize(
    ("kind", "details", "words"),
    [
        ("journey_entered", {"journey": "cart", "run": "r", "key": '"c1"'}, 'cart begins for "c1" (run r)'),
        ("journey_entered", {"journey": "cart", "run": "r", "key": None}, "cart begins (run r)"),
        (
            "entry_skipped",
            {"journey": "cart", "reason": "late"},
            "cart does not begin: the event came more than 24 hours late",
        ),
        ("send", {"journey": "cart", "message": "hi", "channel": "sms"}, "cart sends hi by sms"),
        (
            "dropped",
            {"journey": "cart", "message": "hi", "channel": None, "reason": "no_consent"},
            "cart does not send hi: the person has not agreed to it",
        ),
        ("journey_exited", {"journey": "cart", "run": "r", "reason": "bought"}, "cart ends: bought (run r)"),
        (
            "journey_exited",
            {"journey": "c", "run": "r", "reason": "completed"},
            "c ends: it has come to its end (run r)",
        ),
        ("trait_refused", {"trait": "email", "reason": "public_key"}, "trait refused: trait email, reason public_key"),
    ],
)
def test_what_happened_is_a_sentence(kind: str, details: dict[str, Any], words: str) -> None:
    assert sentence(Occurrence(kind, NOON, details)) == words
