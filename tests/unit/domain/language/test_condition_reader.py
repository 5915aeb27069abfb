"""Conditions as they are written: what is a fault, at which path, and what the fault suggests."""

from typing import Any

import pytest

from tests.conditions import found_in


@pytest.mark.parametrize(
    ("condition", "path", "message"),
    [
        ({}, "if", "the condition is empty"),
        ([], "if", "expected a mapping, found a list"),
        (None, "if", "expected a mapping, found nothing"),
        ("vip", "if", 'expected a mapping, found "vip"'),
        ({"sgement": "vip"}, "if", 'unknown condition "sgement", did you mean "segment"?'),
        ({"didnot": {"event": "A"}}, "if", 'unknown condition "didnot", did you mean "did_not"?'),
        ({"trait.city": "Cork"}, "if", 'unknown condition "trait.city", did you mean "traits"?'),
        (
            {"properties.price": 5},
            "if.properties.price",
            'there is no properties to look at; did you mean "entry.properties.price"?',
        ),
        ({"traits.a": {"at_lest": 5}}, "if.traits.a", 'unknown operator "at_lest", did you mean "at_least"?'),
        ({"traits.a": {}}, "if.traits.a", "no operator given"),
        (
            {"traits.a": None},
            "if.traits.a",
            'to ask for a missing value, write "exists: false"',
        ),
        ({"traits.a": []}, "if.traits.a", "the list is empty"),
        ({"traits.a": [["x"]]}, "if.traits.a.0", "expected a plain value, found a list"),
        ({"traits.a": [{}]}, "if.traits.a.0", "expected a plain value, found a mapping"),
        ({"traits.a": ["x", {"pth": "traits.b"}]}, "if.traits.a.1", 'unknown key "pth", did you mean "path"?'),
        ({"traits.a": {"in": [{"path": "trait.b"}]}}, "if.traits.a.in.0", 'did you mean "traits"?'),
        ({"traits.a": {"not_in": [5, {"path": 5}]}}, "if.traits.a.not_in.1.path", "expected text, found 5"),
        ({"traits.a": {"is": ["x"]}}, "if.traits.a.is", "expected one value, found a list"),
        ({"traits.a": {"in": "x"}}, "if.traits.a.in", 'expected a list, found "x"'),
        ({"traits.a": {"not_in": []}}, "if.traits.a.not_in", "the list is empty"),
        ({"traits.a": {"above": "5"}}, "if.traits.a.above", 'expected a number, found "5"'),
        ({"traits.a": {"below": True}}, "if.traits.a.below", "expected a number, found true"),
        ({"traits.a": {"starts_with": 5}}, "if.traits.a.starts_with", "expected text, found 5"),
        ({"traits.a": {"ends_with": False}}, "if.traits.a.ends_with", "expected text, found false"),
        (
            {"traits.a": {"before": "soon"}},
            "if.traits.a.before",
            'expected a date or an instant like 2026-11-02T10:00:00Z, found "soon"',
        ),
        ({"traits.a": {"exists": "yes"}}, "if.traits.a.exists", 'expected true or false, found "yes"'),
        (
            {"traits.a": {"within_last": "1 month"}},
            "if.traits.a.within_last",
            'expected a duration like "90 minutes", "1 hour" or "7 days", found "1 month"',
        ),
        (
            {"traits.a": {"within_next": "-1 day"}},
            "if.traits.a.within_next",
            'expected a duration like "90 minutes", "1 hour" or "7 days", found "-1 day"',
        ),
        (
            {"traits.a": {"within_last": "6000 weeks"}},
            "if.traits.a.within_last",
            'expected at most a century, found "6000 weeks"',
        ),
        ({"traits.a": {"is": {"pth": "traits.b"}}}, "if.traits.a.is", 'unknown key "pth", did you mean "path"?'),
        ({"traits.a": {"is": {}}}, "if.traits.a.is", "expected one value, found a mapping"),
        ({"traits.a": {"is": {"path": 5}}}, "if.traits.a.is.path", "expected text, found 5"),
        ({"traits.a": {"is": {"path": "trait.b"}}}, "if.traits.a.is", 'did you mean "traits"?'),
        ({"all": {"traits.a": 1}}, "if.all", "expected a list of conditions, found a mapping"),
        ({"any": []}, "if.any", "expected a list of conditions, found a list"),
        ({"any": [{"traits.a": 1}, {"not": {}}]}, "if.any.1.not", "the condition is empty"),
        ({"did": "Order Completed"}, "if.did", 'expected a mapping, found "Order Completed"'),
        ({"did": {"evnt": "A", "event": "A"}}, "if.did", 'unknown key "evnt", did you mean "event"?'),
        ({"did": {"within": "1 day"}}, "if.did.event", "expected text, found nothing"),
        ({"did": {"event": []}}, "if.did.event", "the list is empty"),
        ({"did": {"event": ["A", 5]}}, "if.did.event.1", "expected text, found 5"),
        (
            {"did": {"event": "A", "at_least": -1}},
            "if.did.at_least",
            "expected a whole number from 0 to 256, found -1",
        ),
        (
            {"did": {"event": "A", "at_most": 257}},
            "if.did.at_most",
            "expected a whole number from 0 to 256, found 257",
        ),
        (
            {"did": {"event": "A", "at_least": 1.5}},
            "if.did.at_least",
            "expected a whole number from 0 to 256, found 1.5",
        ),
        ({"did": {"event": "A", "at_least": 3, "at_most": 2}}, "if.did", "at_most 2 is below at_least 3"),
        (
            {"did": {"event": "A", "at_most": 0}},
            "if.did",
            'at_most 0 is below at_least 1, the default: give "at_least: 0", or ask did_not',
        ),
        (
            {"did": {"event": "A", "where": {"traits.a": 1}}},
            "if.did.where.traits.a",
            '"traits.a" means nothing here: there is no traits to look at',
        ),
        (
            {"did": {"event": "A", "where": {"did": {"event": "B"}}}},
            "if.did.where",
            "looks only at the event itself: at nothing else of the person, and not at the time",
        ),
        ({"sum": 5}, "if.sum", "expected a mapping, found 5"),
        ({"sum": {"event": "A", "of": "properties.x"}}, "if.sum", 'compares the sum with nothing: give "above"'),
        ({"sum": {"event": "A", "of": "properties.x", "atleast": 5, "above": 1}}, "if.sum", 'did you mean "at_least"?'),
        ({"sum": {"event": "A", "above": 5}}, "if.sum.of", "expected text, found nothing"),
        ({"sum": {"event": "A", "of": "traits.x", "above": 5}}, "if.sum.of", "there is no traits to look at"),
        ({"sum": {"event": "A", "of": "event", "above": 5}}, "if.sum.of", "there is no event to look at"),
        ({"sum": {"event": "A", "of": "revenue", "above": 5}}, "if.sum.of", '"revenue" is no path'),
        ({"sum": {"of": "properties.x", "above": 5}}, "if.sum.event", "expected text, found nothing"),
        ({"sum": {"event": "A", "of": "properties.x", "above": "5"}}, "if.sum.above", 'expected a number, found "5"'),
        (
            {"sum": {"event": "A", "of": "properties.x", "below": [5]}},
            "if.sum.below",
            "expected one value, found a list",
        ),
        ({"sum": {"event": "A", "of": "properties.x", "at_most": None}}, "if.sum.at_most", "nothing to compare with"),
        ({"sum": {"event": "A", "of": "properties.x", "above": 5, "within": "a while"}}, "if.sum.within", "a duration"),
        (
            {"sum": {"event": "A", "of": "properties.x", "above": {"path": "properties.x"}}},
            "if.sum.above",
            'did you mean "entry.properties.x"?',
        ),
        (
            {"sum": {"event": "A", "of": "properties.x", "above": 5, "where": {"did": {"event": "B"}}}},
            "if.sum.where",
            "looks only at the event itself",
        ),
        (
            {"did_not": {"event": "A", "where": {"not": {"properties.at": {"within_last": "1 day"}}}}},
            "if.did_not.where",
            "looks only at the event itself: at nothing else of the person, and not at the time",
        ),
    ],
)
def test_a_faulty_condition_is_told_where_and_how(condition: Any, path: str, message: str) -> None:
    found = found_in(condition)
    assert [place for place, _ in found] == [path]
    assert message in found[0][1]


def test_every_fault_is_found_at_once() -> None:
    condition = {"all": [{"segmnt": "x"}, {"traits.a": {"abov": 5}}, {"did": {"evnt": "A"}}]}
    assert [path for path, _ in found_in(condition)] == [
        "if.all.0",
        "if.all.1.traits.a",
        "if.all.2.did",
        "if.all.2.did.event",
    ]
