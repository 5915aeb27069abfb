"""Journeys as they are written: the program they become, and every way to get them wrong."""

from typing import Any

import pytest

from shared.domain.consent.words import Channel, Purpose
from shared.domain.journeys.program import END, Branch, Exit, Send, Wait
from shared.domain.playbook import read_playbook
from shared.domain.timing import DAY, HOUR
from tests.stories import a_journey, a_playbook, faults_of, plain_playbook

SEND = {"send": "hello", "via": ["email"]}


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"prority": 5}, "", 'unknown key "prority", did you mean "priority"?'),
        ({"purpose": "promo"}, "purpose", 'expected one of "marketing", "transactional", found "promo"'),
        ({"purpose": "transactionl"}, "purpose", 'did you mean "transactional"?'),
        ({"purpose": None}, "purpose", 'expected one of "marketing", "transactional", found nothing'),
        ({"topic": None}, "", "a marketing journey needs a topic of policy.yaml"),
        ({"topic": "newz"}, "topic", 'policy.yaml has no topic "newz", did you mean "news"?'),
        ({"topic": ["news"]}, "topic", "expected text, found a list"),
        ({"priority": 101}, "priority", "expected a whole number from 0 to 100, found 101"),
        ({"priority": "high"}, "priority", 'expected a whole number from 0 to 100, found "high"'),
        ({"title": ""}, "title", "expected text, found empty text"),
        ({"key": "traits.id"}, "key", '"traits.id" means nothing here'),
        ({"key": "cart_id"}, "key", '"cart_id" is no path'),
        ({"enter": None}, "", "nobody ever enters"),
        ({"enter": []}, "enter", "expected a mapping, found a list"),
        ({"enter": {}}, "enter", 'says not when people enter: give "on", an event name'),
        ({"enter": {"on": "Start", "when": {}}}, "enter", 'unknown key "when"'),
        ({"enter": {"on": []}}, "enter.on", "the list is empty"),
        ({"enter": {"on": "Start", "where": {"traits.a": 1}}}, "enter.where.traits.a", "there is no traits"),
        ({"enter": {"on": "Start", "if": {"properties.a": 1}}}, "enter.if.properties.a", "there is no properties"),
        ({"reenter": "sometimes"}, "reenter", 'expected one of "always", "never", found "sometimes"'),
        ({"reenter": {"after": "a while"}}, "reenter.after", 'expected a duration like "90 minutes"'),
        ({"reenter": {"in": "1 day", "after": "1 day"}}, "reenter", 'unknown key "in"'),
        ({"exit": "Stop"}, "exit", 'expected a mapping, found "Stop"'),
        ({"exit": {"onn": "Stop"}}, "exit", 'unknown key "onn", did you mean "on"?'),
        ({"exit": {"if": {"properties.a": 1}}}, "exit.if.properties.a", 'did you mean "entry.properties.a"?'),
        ({"steps": None}, "steps", "expected a list of steps, found nothing"),
        ({"steps": []}, "steps", "expected a list of steps, found a list"),
        ({"steps": ["wait"]}, "steps.0", 'expected a mapping, found "wait"'),
        ({"steps": [SEND, {"waits": "1 hour"}]}, "steps.1", 'unknown key "waits", did you mean "wait"?'),
        ({"steps": [{"send": "hello", "vai": ["email"], "via": ["email"]}]}, "steps.0", 'did you mean "via"?'),
        ({"steps": [{"name": "x"}]}, "steps.0", "a step has exactly one verb"),
        ({"steps": [{"wait": "1 hour", "exit": "x"}]}, "steps.0", "a step has exactly one verb"),
        ({"steps": [{"wait": "-1 hour"}]}, "steps.0.wait", "expected a duration"),
        ({"steps": [{"wait": 5}]}, "steps.0.wait", "expected a duration like"),
        ({"steps": [{"send": "helo", "via": ["email"]}]}, "steps.0.send", 'no message "helo", did you mean "hello"?'),
        ({"steps": [{"send": "hello"}]}, "steps.0.via", "expected a list of channels, found nothing"),
        ({"steps": [{"send": "hello", "via": []}]}, "steps.0.via", "expected a list of channels, found a list"),
        ({"steps": [{"send": "hello", "via": ["fax"]}]}, "steps.0.via.0", 'expected one of "email", "sms", "push"'),
        ({"steps": [{"send": "hello", "via": ["emial"]}]}, "steps.0.via.0", 'did you mean "email"?'),
        ({"steps": [{"send": "hello", "via": ["sms", "sms"]}]}, "steps.0.via", "a channel stands twice"),
        (
            {"steps": [{"send": "hello", "via": ["whatsapp"]}]},
            "steps.0.via.0",
            'message "hello" has no content for whatsapp: it has "email", "push", "sms"',
        ),
        ({"steps": [{"if": {"traits.a": 1}}]}, "steps.0.then", "expected a list of steps, found nothing"),
        ({"steps": [{"if": {"traits.a": 1}, "then": SEND}]}, "steps.0.then", "found a mapping"),
        ({"steps": [{"if": {"traits.a": 1}, "then": [SEND], "else": []}]}, "steps.0.else", "expected a list of steps"),
        (
            {"steps": [{"if": {"traits.a": 1}, "then": [{"wiat": "1 hour"}]}]},
            "steps.0.then.0",
            'unknown key "wiat", did you mean "wait"?',
        ),
        ({"steps": [{"exit": "x"}, SEND]}, "steps.1", "is never reached"),
        ({"steps": [{"exit": 5}]}, "steps.0.exit", "expected text, found 5"),
        *(
            ({"steps": [{"exit": reason}]}, "steps.0.exit", "is what the system itself says: choose another reason")
            for reason in ("completed", "exit_event", "exit_condition", "journey_changed")
        ),
    ],
)
def test_a_faulty_journey_is_told_where_and_how(changes: dict[str, Any], path: str, message: str) -> None:
    found = faults_of(a_journey(**changes))
    assert [place for place, _ in found] == [path]
    assert message in found[0][1]


@pytest.mark.parametrize(
    ("policy", "path", "message"),
    [
        ({"topics": {"t" * 101: {}}}, "topics." + "t" * 101, "a topic's name has at most 100 characters"),
        ([], "", "expected a mapping, found a list"),
        ({"topic": {}, "topics": {}}, "", 'unknown key "topic", did you mean "topics"?'),
        ({"attribution": None, "topics": {}}, "attribution", "expected a mapping, found nothing"),
        (
            {"attribution": {"windo": "1 day"}, "topics": {}},
            "attribution",
            'unknown key "windo", did you mean "window"?',
        ),
        (
            {"attribution": {"window": 7}, "topics": {}},
            "attribution.window",
            'expected a duration like "90 minutes", "1 hour" or "7 days", found 7',
        ),
        ({"frequency_caps": []}, "topics", '"topics" is missing: what may marketing be about?'),
        ({"topics": []}, "topics", "expected a mapping, found a list"),
        ({"topics": {"news": {"titel": "News"}}}, "topics.news", 'unknown key "titel", did you mean "title"?'),
        ({"topics": {"news": {"default": "yes"}}}, "topics.news.default", 'expected true or false, found "yes"'),
        ({"topics": {"news": "News"}}, "topics.news", 'expected a mapping, found "News"'),
    ],
)
def test_a_faulty_policy_is_told_where_and_how(policy: Any, path: str, message: str) -> None:
    _, found = read_playbook(plain_playbook({}, policy=policy))
    told = [(".".join(finding.path), finding.message) for _, finding in found]
    assert any(where == path and what.startswith(message) for where, what in told)


def test_a_journey_has_its_defaults() -> None:
    journey = a_playbook(j=a_journey(exit=None)).journeys["j"]
    assert (journey.title, journey.priority, journey.key, journey.reenter_after) == ("j", 50, None, 0)
    assert (journey.exit_on, journey.exit_if, journey.purpose) == (frozenset(), None, Purpose.MARKETING)


def test_a_transactional_journey_needs_no_topic() -> None:
    assert a_playbook(j=a_journey(purpose="transactional", topic=None)).journeys["j"].topic is None


@pytest.mark.parametrize(("text", "after"), [("always", 0), ("never", None), ({"after": "7 days"}, 7 * DAY)])
def test_reentry_is_always_never_or_after_a_while(text: Any, after: int | None) -> None:
    assert a_playbook(j=a_journey(reenter=text)).journeys["j"].reenter_after == after


def test_nested_steps_become_positions_that_know_what_follows() -> None:
    steps = [
        {"if": {"traits.a": 1}, "then": [{"wait": "1 hour"}, {"exit": "done"}], "else": [{"wait": "1 day"}]},
        {"if": {"traits.b": 1}, "then": [{"send": "hello", "via": ["sms", "email"]}], "name": "last"},
    ]
    program = a_playbook(j=a_journey(steps=steps)).journeys["j"].program
    described = {position: (type(placed.step), placed.follows) for position, placed in program.items()}
    assert described == {
        "0": (Branch, "1"),
        "0.then.0": (Wait, "0.then.1"),
        "0.then.1": (Exit, "1"),
        "0.else.0": (Wait, "1"),
        "1": (Branch, END),
        "1.then.0": (Send, END),
    }
    branches = [program[position].step for position in ("0", "1")]
    ways = [([to for _, to in step.cases], step.otherwise) for step in branches if isinstance(step, Branch)]
    assert ways == [(["0.then.0"], "0.else.0"), (["1.then.0"], END)]
    assert program["0.then.0"].step == Wait(HOUR)
    assert program["1.then.0"].step == Send("hello", (Channel.SMS, Channel.EMAIL))


def test_a_journeys_version_is_its_content() -> None:
    first, same, other = (
        a_playbook(j=journey).journeys["j"].version
        for journey in (a_journey(), dict(reversed(a_journey().items())), a_journey(priority=51))
    )
    assert first == same != other


def test_only_what_later_steps_and_templates_read_of_the_entry_event_is_kept() -> None:
    journey = a_journey(
        steps=[{"if": {"entry.properties.price": {"above": {"path": "entry.context.limit.low"}}}, "then": [SEND]}]
    )
    plain = plain_playbook({"j": journey})
    plain["messages"] = {"hello": {"channels": ["email"], "entry_fields": [["properties", "products"]]}}
    playbook, _ = read_playbook(plain)
    assert playbook.journeys["j"].entry_fields == {
        ("properties", "price"),
        ("context", "limit"),
        ("properties", "products"),
    }


def test_what_an_event_concerns_is_found_without_looking_at_the_rest() -> None:
    playbook = a_playbook(
        low=a_journey(priority=10), high=a_journey(priority=90), other=a_journey(enter={"on": "Else"}, exit=None)
    )
    assert [journey.name for journey in playbook.enters["Start"]] == ["high", "low"]
    assert [journey.name for journey in playbook.exits["Stop"]] == ["high", "low"]
    assert playbook.concerns("Else")
    assert not playbook.concerns("Something")


def test_faults_of_every_journey_are_found_at_once() -> None:
    _, found = read_playbook(plain_playbook({"a": a_journey(purpose="x"), "b": a_journey(topic="y", reenter="z")}))
    assert [(file, finding.path) for file, finding in found] == [
        ("journeys/a.yaml", ("purpose",)),
        ("journeys/b.yaml", ("topic",)),
        ("journeys/b.yaml", ("reenter",)),
    ]
