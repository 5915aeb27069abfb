"""Conditions: every row of the contract's table, true, false, of nothing, and of what has another type."""

from typing import Any

import pytest

from shared.domain.timing import DAY, HOUR
from tests.unit.language.judging import OF_THE_EVENT, of_a_person, of_entries, of_events, of_people
from tests.unit.language.public_way import event, faults_of, journey

MISSING: Any = object()

KEEPING = {"did_where", "did_not_where", "sum_where"}
"""What is kept of events is kept for good, so that ``where`` there has no time to compare with."""

OPERATORS: list[tuple[str, list[Any], list[Any], list[Any]]] = [
    # what is asked, what it is true of, what it is false of, what it has no business with (then false)
    ("X: Cork", ["Cork"], ["cork", "Cork ", ""], [5, True, ["x"], {"Cork": 1}]),
    ("X: 20", [20, 20.0], [21, 19.999, -20, 0], ["20", True, [2], {}]),
    ("X: 1", [1, 1.0], [0], [True, "1", "true"]),
    ("X: true", [True], [False], [1, "true", "True"]),
    ("X: false", [False], [True], [0, "", [], "false"]),
    ('X: "20"', ["20"], ["20.0"], [20]),
    ("X: [a, 2, false]", ["a", 2, 2.0, False], ["b", 3, True], [0, "2", {}]),
    ("X: {is: Cork}", ["Cork"], ["cork"], [5, False, {}]),
    ("X: {is: 0.1}", [0.1], [0.1000001, 0], ["0.1"]),
    ("X: {in: [a, 2]}", ["a", 2, 2.0], ["A", 3], [True, "2", {"a": 1}]),
    ("X: {above: 20}", [20.01, 10**20], [20, 20.0, 19, -21], ["21", True, [21], {}]),
    ("X: {above: 0}", [0.0001], [0, -1], [True, "1"]),
    ("X: {at_least: 20}", [20, 20.0, 21], [19.99], ["20", [20], {"a": 20}]),
    ("X: {below: 20}", [19.99, -1], [20, 20.0, 21], ["19", False, []]),
    ("X: {at_most: 20}", [20, 20.0, 19], [20.01], ["19", False, {}]),
    ("X: {above: 1, below: 3}", [2, 1.5], [1, 3, 4, 0], ["2"]),
    ("X: {contains: or}", ["Cork", "or"], ["OR", ""], [5, True, {"or": 1}]),
    ("X: {contains: vip}", [["new", "vip"]], [["VIP"], [], ["vips"]], [{"vip": True}, 7]),
    ("X: {contains: 2}", [[1, 2], [2.0]], [[3]], [2, "2", "12"]),
    ("X: {starts_with: Co}", ["Co", "Cork"], ["co", "aCo", ""], [5, {"Co": 1}]),
    ("X: {ends_with: rk}", ["Cork", "rk"], ["corK", "rka"], [5, {"rk": 1}]),
    ("X: {matches: '^C.*k$'}", ["Cork", "Ck"], ["cork", "Corky", ""], [5, ["Cork"], {"Cork": 1}]),
    ("X: {matches: 'or'}", ["Cork", "or"], ["OR"], [True]),
    ("X: {matches: '(?i)^cork$'}", ["CORK"], ["Corks"], [0]),
    ("X: {exists: true}", ["", 0, False, "x", [1], {"a": 1}], [MISSING], []),
    ("X: {exists: false}", [MISSING], ["", 0, False, "x", {"a": 1}], []),
    (
        'X: {before: "2026-11-02T12:00:00Z"}',
        ["2026-11-02T11:59:59.999Z", "2026-11-02", "2026-11-02T13:59:59+02:00"],
        ["2026-11-02T12:00:00Z", "2026-11-02T12:00:00.001Z", "2026-11-03"],
        ["noon", 5, True, {}, ""],
    ),
    (
        'X: {after: "2026-11-02T12:00:00Z"}',
        ["2026-11-02T12:00:00.001Z", "2026-11-03", "2026-11-02T11:00:00-02:00"],
        ["2026-11-02T12:00:00Z", "2026-11-02", "2026-11-02T13:00:00+02:00"],
        ["tomorrow", 10**15, {}, "3026"],
    ),
    ("X: {after: 2026-11-02}", ["2026-11-02T00:00:00.001Z", "2026-11-03"], ["2026-11-02", "2026-11-01"], [20261103]),
    (
        "X: {within_last: 1 hour}",
        ["2026-11-02T12:00:00Z", "2026-11-02T11:00:00.002Z", "2026-11-02T11:59:59.999Z"],
        ["2026-11-02T11:00:00Z", "2026-11-02T12:00:00.003Z", "2026-11-01"],
        ["an hour ago", 3_600_000, True, {}],
    ),
    (
        "X: {within_next: 1 hour}",
        ["2026-11-02T12:00:00.003Z", "2026-11-02T13:00:00Z"],
        ["2026-11-02T12:00:00Z", "2026-11-02T11:59:59Z", "2026-11-02T13:00:00.003Z"],
        ["in an hour", 3_600_000, {}],
    ),
]
"""All rows are asked of what happens at noon and the first three milliseconds after it."""

NEGATIVE: list[tuple[str, list[Any], list[Any]]] = [
    ("X: {is_not: Cork}", ["cork", 5, True, MISSING], ["Cork"]),
    ("X: {is_not: 20}", [21, "20", True, MISSING], [20, 20.0]),
    ("X: {not_in: [a, 2]}", ["b", "2", False, MISSING], ["a", 2, 2.0]),
    ("X: {exists: false}", [MISSING], [0]),
]

ROWS: list[tuple[str, list[tuple[Any, bool]]]] = [
    *(
        (
            asked,
            [
                *((value, True) for value in holds),
                *((value, False) for value in [*fails, *alien]),
                *(() if "exists" in asked else ((MISSING, False), (None, False))),
            ],
        )
        for asked, holds, fails, alien in OPERATORS
    ),
    *(
        (asked, [*((value, True) for value in holds), *((value, False) for value in fails)])
        for asked, holds, fails in NEGATIVE
    ),
]


@pytest.mark.parametrize(("asked", "cases"), ROWS, ids=[asked for asked, _ in ROWS])
def test_an_operator_answers_alike_in_every_place(asked: str, cases: list[tuple[Any, bool]]) -> None:
    facts = [{} if value is MISSING else {"x": value} for value, _ in cases]
    verdicts = [verdict for _, verdict in cases]
    places = [place for place in OF_THE_EVENT if "within" not in asked or place not in KEEPING]

    assert of_people("{" + asked.replace("X", "traits.x") + "}", facts) == verdicts
    assert of_entries("{" + asked.replace("X", "entry.properties.x") + "}", facts) == verdicts
    assert of_events("{" + asked.replace("X", "properties.x") + "}", facts, places=places) == verdicts
    assert of_events("{" + asked.replace("X", "context.x") + "}", facts, places=places) == verdicts


@pytest.mark.parametrize("pattern", ["(?=x)", "(a)\\\\1", "[", "(", "a**"])
def test_what_re2_refuses_is_an_error(pattern: str) -> None:
    (fault,) = faults_of(journey(f'steps:\n  - if: {{traits.x: {{matches: "{pattern}"}}}}\n    then: [{{exit: x}}]\n'))
    assert fault.startswith("journeys/j.yaml:5: steps.0.if.traits.x.matches: ")


@pytest.mark.parametrize(
    ("asked", "facts", "verdict"),
    [
        ("{traits.x: {path: traits.y}}", {"x": 20, "y": 20.0}, True),
        ("{traits.x: {path: traits.y}}", {"x": 20, "y": 21}, False),
        ("{traits.x: {path: traits.y}}", {"x": 20, "y": "20"}, False),
        ("{traits.x: {path: traits.y}}", {"x": 20}, False),
        ("{traits.x: {path: traits.y}}", {"y": 20}, False),
        ("{traits.x: {path: traits.y}}", {}, False),
        ("{traits.x: [1, {path: traits.y}]}", {"x": "b", "y": "b"}, True),
        ("{traits.x: [1, {path: traits.y}]}", {"x": "b", "y": "a"}, False),
        ("{traits.x: {is: {path: traits.y}}}", {"x": "b", "y": "b"}, True),
        ("{traits.x: {is_not: {path: traits.y}}}", {"x": "b", "y": "b"}, False),
        ("{traits.x: {is_not: {path: traits.y}}}", {"x": "b", "y": "a"}, True),
        ("{traits.x: {is_not: {path: traits.y}}}", {"y": "a"}, True),
        ("{traits.x: {in: [{path: traits.y}, 3]}}", {"x": 3, "y": 4}, True),
        ("{traits.x: {not_in: [{path: traits.y}]}}", {"x": 4, "y": 4}, False),
        ("{traits.x: {above: {path: traits.y}}}", {"x": 3, "y": 2}, True),
        ("{traits.x: {above: {path: traits.y}}}", {"x": 2, "y": 2}, False),
        ("{traits.x: {above: {path: traits.y}}}", {"x": 2, "y": "1"}, False),
        ("{traits.x: {at_least: {path: traits.y}}}", {"x": 2, "y": 2}, True),
        ("{traits.x: {below: {path: traits.y}}}", {"x": 1, "y": 2}, True),
        ("{traits.x: {at_most: {path: traits.y}}}", {"x": 3, "y": 2}, False),
        ("{traits.x: {contains: {path: traits.y}}}", {"x": "Cork", "y": "or"}, True),
        ("{traits.x: {starts_with: {path: traits.y}}}", {"x": "Cork", "y": "C"}, True),
        ("{traits.x: {ends_with: {path: traits.y}}}", {"x": "Cork", "y": "C"}, False),
        ("{traits.x: {before: {path: traits.y}}}", {"x": "2026-11-02", "y": "2026-11-03"}, True),
        ("{traits.x: {after: {path: traits.y}}}", {"x": "2026-11-02", "y": "someday"}, False),
    ],
)
def test_any_value_may_be_a_path(asked: str, facts: dict[str, Any], verdict: bool) -> None:
    assert of_people(asked, [facts]) == [verdict]
    assert of_entries(asked.replace("traits", "entry.properties"), [facts]) == [verdict]
    assert of_events(asked.replace("traits", "properties"), [facts]) == [verdict]


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ("{all: [{traits.a: 1}, {traits.b: 2}]}", True),
        ("{all: [{traits.a: 1}, {traits.b: 3}]}", False),
        ("{any: [{traits.a: 9}, {traits.b: 2}]}", True),
        ("{any: [{traits.a: 9}, {traits.b: 9}]}", False),
        ("{not: {traits.a: 9}}", True),
        ("{not: {traits.a: 1}}", False),
        ("{not: {traits.a: 1, traits.b: 9}}", True),
        ("{traits.a: 1, traits.b: 2}", True),
        ("{traits.a: 1, traits.b: 9}", False),
        ("{traits.a: 1, not: {traits.b: 9}, any: [{traits.b: 2}]}", True),
        ("{traits.a: 1, not: {traits.b: 9}, any: [{traits.b: 3}]}", False),
        ("{not: {not: {all: [{any: [{traits.a: 1}]}]}}}", True),
        ("{not: {traits.missing: {above: 1}}}", True),
    ],
)
def test_conditions_combine_and_several_keys_mean_all(asked: str, verdict: bool) -> None:
    assert of_people(asked, [{"a": 1, "b": 2}]) == [verdict]


PRODUCTS = {"products": [{"sku": "a", "tags": ["new"]}, {"sku": "b"}, "c"]}


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ("{properties.products.0.sku: a}", True),
        ("{properties.products.1.sku: a}", False),
        ("{properties.products.7.sku: a}", False),
        ("{properties.products.7.sku: {is_not: a}}", True),
        ("{properties.products.*.sku: b}", True),
        ("{properties.products.*.sku: c}", False),
        ("{properties.products.*.tags: {contains: new}}", True),
        ("{properties.products.2: c}", True),
        ("{properties.products.*: c}", True),
        ("{properties.products.sku: a}", False),
        ("{properties.products.*.sku: {exists: true}}", True),
        ("{properties.products.*.price: {exists: true}}", False),
        ("{event: Probe}", True),
        ("{event: Prob}", False),
        ("{event: {starts_with: Pro}}", True),
    ],
)
def test_a_path_leads_into_lists_by_index_and_to_any_element(asked: str, verdict: bool) -> None:
    assert of_events(asked, [PRODUCTS]) == [verdict]


# --- behaviour -------------------------------------------------------------------------------------------------------


def bought(*back: int, **properties: Any) -> list[dict[str, Any]]:
    return [event("Bought", -ago, **properties) for ago in sorted(back, reverse=True)]


DID: list[tuple[str, list[dict[str, Any]], bool]] = [
    ("{event: Bought}", [], False),
    ("{event: Bought}", bought(4_000 * DAY), True),
    ("{event: Bought}", bought(0), True),
    ("{event: bought}", bought(0), False),
    ("{event: [Sold, Bought]}", bought(0), True),
    ("{event: [Sold, Lost]}", bought(0), False),
    ("{event: Bought, within: 1 hour}", bought(0), True),
    ("{event: Bought, within: 1 hour}", bought(HOUR - 1), True),
    ("{event: Bought, within: 1 hour}", bought(HOUR), False),
    ("{event: Bought, within: 1 hour}", bought(HOUR + 1), False),
    ("{event: Bought, at_least: 2}", bought(1), False),
    ("{event: Bought, at_least: 2}", bought(1, 2), True),
    ("{event: Bought, at_least: 2, within: 1 hour}", bought(HOUR, HOUR - 1), False),
    ("{event: Bought, at_least: 2, within: 1 hour}", bought(HOUR - 1, 0), True),
    ("{event: Bought, at_most: 2}", [], False),  # at least 1 by default
    ("{event: Bought, at_most: 2}", bought(1, 2), True),
    ("{event: Bought, at_most: 2}", bought(1, 2, 3), False),
    ("{event: Bought, at_most: 1, within: 1 hour}", bought(1, HOUR), True),
    ("{event: Bought, at_least: 0, at_most: 0}", [], True),
    ("{event: Bought, at_least: 0, at_most: 0}", bought(1), False),
    ("{event: Bought, at_least: 2, at_most: 2}", bought(1, 2), True),
    ("{event: Bought, where: {properties.price: {at_least: 20}}}", bought(1, price=20), True),
    ("{event: Bought, where: {properties.price: {at_least: 20}}}", bought(1, price=19.99), False),
    ("{event: Bought, where: {properties.price: {at_least: 20}}}", bought(1, price="20"), False),
    ("{event: Bought, where: {properties.price: {at_least: 20}}}", bought(1), False),
    ("{event: Bought, where: {not: {properties.price: 5}}}", bought(1), True),
    ("{event: [Bought, Sold], where: {event: Sold}}", bought(1), False),
    ("{event: Bought, at_least: 2, within: 1 hour, where: {properties.price: 1}}", bought(1, 2, price=1), True),
    (
        "{event: Bought, at_least: 2, where: {properties.price: 1}}",
        [*bought(2, price=1), *bought(1, price=2)],
        False,
    ),
]


@pytest.mark.parametrize(("asked", "history", "verdict"), DID)
def test_what_a_person_did_and_did_not(asked: str, history: list[dict[str, Any]], verdict: bool) -> None:
    assert of_a_person(f"{{did: {asked}}}", *history) is verdict
    assert of_a_person(f"{{did_not: {asked}}}", *history) is not verdict


@pytest.mark.parametrize(
    ("asked", "history", "verdict"),
    [
        ("of: properties.price, at_least: 30", [*bought(1, price=10), *bought(2, price=20)], True),
        ("of: properties.price, above: 30", [*bought(1, price=10), *bought(2, price=20)], False),
        ("of: properties.price, at_most: 30", [*bought(1, price=10), *bought(2, price=20)], True),
        ("of: properties.price, below: 30", [*bought(1, price=10), *bought(2, price=20)], False),
        ("of: properties.price, above: 29, below: 31", bought(1, price=30), True),
        ("of: properties.price, at_least: 0.3", [*bought(1, price=0.1), *bought(2, price=0.2)], True),
        ("of: properties.price, at_most: 0.3", [*bought(1, price=0.1), *bought(2, price=0.2)], True),
        ("of: properties.price, at_least: 1", [], False),
        ("of: properties.price, at_most: 0", [], True),
        ("of: properties.price, at_least: 20", bought(1, price="20"), False),
        ("of: properties.price, at_least: 1", bought(1, price=True), False),
        ("of: properties.price, at_most: 0", bought(1, price=[20]), True),
        ("of: properties.price, at_least: 20", bought(1, cost=20), False),
        ("of: properties.price, at_least: 20, within: 1 hour", bought(HOUR, price=20), False),
        ("of: properties.price, at_least: 20, within: 1 hour", bought(HOUR - 1, price=20), True),
        ("of: properties.price, below: 20, within: 1 hour", bought(HOUR, price=20), True),
        ("of: properties.price, at_least: 20, where: {properties.kind: a}", bought(1, price=20, kind="a"), True),
        ("of: properties.price, at_least: 20, where: {properties.kind: a}", bought(1, price=20, kind="b"), False),
        ("of: properties.price, at_least: 10", [*bought(1, price=20), *bought(2, price=-15)], False),
        ("of: properties.items.*.price, at_least: 30", bought(1, items=[{"price": 10}, {"price": 20}]), True),
    ],
)
def test_what_things_come_to(asked: str, history: list[dict[str, Any]], verdict: bool) -> None:
    assert of_a_person(f"{{sum: {{event: Bought, {asked}}}}}", *history) is verdict


# --- standing --------------------------------------------------------------------------------------------------------

WAITING = "purpose: transactional\nenter: {on: Begin}\nexit: {on: End}\nsteps: [{wait: 1 hour}]\n"


@pytest.mark.parametrize(
    ("history", "verdict"),
    [
        ([], False),
        ([event("Begin", -1)], True),
        ([event("Begin", -HOUR + 1)], True),
        ([event("Begin", -HOUR)], False),
        ([event("Begin", -2), event("End", -1)], False),
        ([event("End", -2), event("Begin", -1)], True),
    ],
)
def test_in_a_journey_is_who_has_a_live_run(history: list[dict[str, Any]], verdict: bool) -> None:
    assert of_a_person("{in_journey: other}", *history, files={"journeys/other.yaml": WAITING}) is verdict


def said(yes: bool, at: int, **about: Any) -> dict[str, Any]:
    return event("Subscribed" if yes else "Unsubscribed", at, **about)


@pytest.mark.parametrize(
    ("asked", "history", "verdict"),
    [
        ("{channel: email, topic: news}", [], True),
        ("{channel: email, topic: offers}", [], False),
        ("{channel: email, topic: offers}", [said(True, -1, channel="email", topic="offers")], True),
        ("{channel: email, topic: offers}", [said(True, -1, channel="sms", topic="offers")], False),
        ("{channel: email, topic: offers}", [said(True, -1, topic="offers")], True),
        ("{channel: email, topic: news}", [said(False, -1)], False),
        ("{channel: email, topic: news}", [said(False, -1, channel="email")], False),
        ("{channel: email, topic: news}", [said(False, -1, channel="sms")], True),
        ("{channel: email, topic: news}", [said(False, -2), said(True, -1, topic="news")], True),
        ("{channel: email, topic: news}", [said(True, -2, topic="news"), said(False, -1)], False),
    ],
)
def test_consents_is_whether_marketing_may_be_sent(asked: str, history: list[dict[str, Any]], verdict: bool) -> None:
    """By the policy's real defaults: the places are asked without ``simulate``'s assumption."""
    assert of_a_person(f"{{consents: {asked}}}", *history) is verdict


@pytest.mark.parametrize(
    ("channel", "traits", "verdict"),
    [
        ("email", {}, True),
        ("email", {"email": None}, False),
        ("email", {"email": "nobody"}, False),
        ("email", {"email": 5}, False),
        ("sms", {}, False),
        ("sms", {"phone": "+353861234567"}, True),
        ("sms", {"phone": "12"}, False),
        ("push", {}, False),
        ("push", {"push_token": "t"}, True),
    ],
)
def test_reachable_is_who_has_a_usable_address(channel: str, traits: dict[str, Any], verdict: bool) -> None:
    assert of_a_person(f"{{reachable: {channel}}}", **traits) is verdict


@pytest.mark.parametrize(
    ("bounce", "verdict"),
    [
        ({"hard": True, "address": "u1@example.com"}, False),
        ({"hard": False, "address": "u1@example.com"}, True),
        ({"hard": True, "address": "old@example.com"}, True),
    ],
)
def test_an_address_that_bounced_is_none(bounce: dict[str, Any], verdict: bool) -> None:
    history = event("Message Bounced", -1, channel="email", **bounce)
    assert of_a_person("{reachable: email}", history, email="u1@example.com") is verdict
