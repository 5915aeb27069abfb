"""Conditions on the person's own state: what they are in, what they agree to, where they can be reached."""

from typing import Any

import pytest

from shared.domain.conditions.trees import Scope, judge
from shared.domain.consent.words import ANY, Channel, Statement, SuppressionReason
from shared.domain.draft import Draft
from shared.domain.playbook import read_playbook
from shared.domain.profiles import Device, Profile, Run, Suppression
from shared.domain.timing import HOUR, MINUTE
from tests.builders import NOON, a_profile
from tests.conditions import found_in, read
from tests.stories import Story, a_journey, a_playbook, plain_playbook

PLAYBOOK = a_playbook(welcome=a_journey(), cart=a_journey())
EMAIL_BY_NEWS = {"consents": {"channel": "email", "topic": "news"}}
EMAIL_BY_OFFERS = {"consents": {"channel": "email", "topic": "offers"}}


def a_run(**changes: Any) -> dict[str, Run]:
    return {"r1": Run(id="r1", journey="welcome", key=None, version="1", entered_at=NOON, **changes)}


def said(subscribed: bool, channel: str = ANY, topic: str = ANY, minute: int = 0) -> dict[tuple[str, str], Statement]:
    return {(channel, topic): Statement(subscribed, NOON + minute * MINUTE, "test")}


def suppressed(channel: str, address: str) -> dict[tuple[str, str], Suppression]:
    return {(channel, address): Suppression(SuppressionReason.HARD_BOUNCE, NOON)}


@pytest.mark.parametrize(
    ("condition", "person", "verdict"),
    [
        ({"in_journey": "welcome"}, {}, False),
        ({"in_journey": "welcome"}, {"runs": a_run()}, True),
        ({"in_journey": "cart"}, {"runs": a_run()}, False),
        ({"in_journey": "welcome"}, {"runs": a_run(ended_at=NOON, ended_reason="completed")}, False),
        ({"not": {"in_journey": "welcome"}}, {}, True),
        (EMAIL_BY_NEWS, {}, True),
        (EMAIL_BY_OFFERS, {}, False),
        (EMAIL_BY_NEWS, {"traits": {}}, True),
        (EMAIL_BY_NEWS, {"consent": said(False)}, False),
        (EMAIL_BY_OFFERS, {"consent": said(True)}, True),
        (EMAIL_BY_OFFERS, {"consent": said(True, "sms")}, False),
        (EMAIL_BY_OFFERS, {"consent": said(True, "email", "offers")}, True),
        (EMAIL_BY_OFFERS, {"consent": said(True, "email", "news")}, False),
        (EMAIL_BY_NEWS, {"consent": said(False, "email") | said(True, ANY, "news", 1)}, False),
        (EMAIL_BY_NEWS, {"consent": said(False, "email") | said(True, "email", "news", 1)}, True),
        (EMAIL_BY_NEWS, {"consent": said(True, "email") | said(False, ANY, "news", 1)}, False),
        (EMAIL_BY_NEWS, {"consent": said(True, "email") | said(False, ANY, "news")}, False),
        ({"reachable": "email"}, {}, True),
        ({"reachable": "email"}, {"traits": {}}, False),
        ({"reachable": "email"}, {"traits": {"email": "ana"}}, False),
        ({"reachable": "email"}, {"traits": {"email": 5}}, False),
        ({"reachable": "email"}, {"suppressed": suppressed("email", "ana@example.com")}, False),
        ({"reachable": "email"}, {"suppressed": suppressed("sms", "+353861234567")}, True),
        ({"reachable": "email"}, {"consent": said(False)}, True),
        ({"reachable": "sms"}, {"traits": {"phone": "+353 86 123 4567"}}, True),
        ({"reachable": "whatsapp"}, {"traits": {"phone": "+353 86 123 4567"}}, True),
        ({"reachable": "sms"}, {"traits": {"phone": "086 123 4567"}}, False),
        ({"reachable": "push"}, {}, False),
        ({"reachable": "push"}, {"devices": {"t1": Device("ios", NOON)}}, True),
        (
            {"reachable": "push"},
            {"devices": {"t1": Device("ios", NOON)}, "suppressed": suppressed("push", "t1")},
            False,
        ),
    ],
)
def test_how_things_stand_with_a_person(condition: Any, person: dict[str, Any], verdict: bool) -> None:
    scope = Draft(PLAYBOOK, a_profile(**person)).scope()
    assert judge(read(condition), scope) == (verdict, None)


@pytest.mark.parametrize("condition", [{"in_journey": "welcome"}, EMAIL_BY_NEWS, {"reachable": "email"}])
def test_of_nobody_nothing_holds(condition: Any) -> None:
    assert judge(read(condition), Scope(NOON)) == (False, None)


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("consent", [{}, said(False), said(True), said(True, "sms", "offers")])
def test_consent_is_what_sending_decides_by(channel: Channel, consent: Any) -> None:
    journey = a_journey(topic="offers", steps=[{"send": "hello", "via": ["email"]}])
    asks = a_journey(enter={"on": "Start", "if": EMAIL_BY_OFFERS}, steps=[{"exit": "asked"}], topic="news")
    story = Story(a_playbook(sends=journey, asks=asks), a_profile(consent=consent))
    story.happens("Start")
    assert bool(story.sent) == (story.skipped() == [])


@pytest.mark.parametrize(
    ("condition", "path", "message"),
    [
        ({"in_journey": "welcom"}, "if.in_journey", 'there is no journey "welcom", did you mean "welcome"?'),
        ({"in_journey": ["welcome"]}, "if.in_journey", "expected text, found a list"),
        ({"consents": "email"}, "if.consents", 'expected a mapping, found "email"'),
        (
            {"consents": {"chanel": "sms", "channel": "sms", "topic": "news"}},
            "if.consents",
            'unknown key "chanel", did you mean "channel"?',
        ),
        ({"consents": {"topic": "news"}}, "if.consents.channel", "found nothing"),
        ({"consents": {"channel": "email"}}, "if.consents.topic", "expected text, found nothing"),
        (
            {"consents": {"channel": "email", "topic": "new"}},
            "if.consents.topic",
            'policy.yaml has no topic "new", did you mean "news"?',
        ),
        ({"consents": {"channel": "mail", "topic": "news"}}, "if.consents.channel", 'did you mean "email"?'),
        ({"reachable": "emial"}, "if.reachable", 'did you mean "email"?'),
        ({"reachable": ["email"]}, "if.reachable", "found a list"),
    ],
)
def test_what_a_condition_names_must_exist(condition: Any, path: str, message: str) -> None:
    found = found_in(condition, journeys={"welcome", "cart"}, topics={"news", "offers"})
    assert [place for place, _ in found] == [path]
    assert message in found[0][1]


@pytest.mark.parametrize("condition", [{"in_journey": "x"}, {"consents": {"channel": "sms", "topic": "x"}}])
def test_names_that_could_not_be_read_are_not_held_against_a_condition(condition: Any) -> None:
    assert found_in(condition) == []


def test_a_journey_that_could_not_be_read_is_there_all_the_same() -> None:
    journeys = {"broken": None, "j": a_journey(enter={"on": "Start", "if": {"in_journey": "broken"}})}
    assert read_playbook(plain_playbook(journeys))[1] == []


@pytest.mark.parametrize("asked", [{"in_journey": "welcome"}, EMAIL_BY_NEWS, {"reachable": "email"}])
def test_behaviour_looks_at_the_event_alone(asked: Any) -> None:
    ((path, message),) = found_in({"did": {"event": "A", "where": {"not": asked}}})
    assert (path, "only at the event itself" in message) == ("if.did.where", True)


# --- within one decision ---------------------------------------------------------------------------------------------

LEAVES_WITH_FIRST: Any = {"if": {"not": {"in_journey": "first"}}}
WAITS = [{"wait": "1 day"}]


def test_a_run_ends_the_moment_another_begins() -> None:
    playbook = a_playbook(
        first=a_journey(exit={"if": {"in_journey": "second"}}, steps=WAITS),
        second=a_journey(enter={"on": "Visit"}, steps=WAITS),
    )
    story = Story(playbook)
    story.happens("Start")
    story.happens("Visit", NOON + HOUR)
    assert [(one["journey"], one["at"] - NOON) for one in story.told("journey_exited")] == [("first", HOUR)]


@pytest.mark.parametrize("follower", ["a", "z"], ids=["looked at before", "looked at after"])
@pytest.mark.parametrize(
    ("exits", "first_waits"),
    [({"on": "Stop"}, "1 day"), ({"if": {"traits.gone": True}}, "1 day"), ({}, "1 hour")],
    ids=["by an event", "by a condition", "by its last step"],
)
def test_a_run_ends_the_moment_another_ends(follower: str, exits: dict[str, Any], first_waits: str) -> None:
    first = a_journey(exit=exits or None, steps=[{"wait": first_waits}])
    playbook = a_playbook(**{follower: a_journey(exit=LEAVES_WITH_FIRST, priority=10, steps=WAITS)}, first=first)
    story = Story(playbook)
    story.happens("Start")
    story.identify(NOON + HOUR, gone=True)
    story.happens("Stop", NOON + HOUR)
    left = [(one["journey"], one["at"] - NOON) for one in story.told("journey_exited")]
    assert left == [("first", HOUR), (follower, HOUR)]


def test_a_chain_of_runs_that_wait_for_each_other_ends_at_once() -> None:
    chain = {
        f"j{n}": a_journey(exit={"if": {"not": {"in_journey": f"j{n + 1}"}}}, priority=10 * n, steps=WAITS)
        for n in range(4)
    }
    story = Story(a_playbook(**chain, j4=a_journey(priority=90, steps=[{"wait": "1 hour"}])))
    story.happens("Start")
    assert story.exits() == []
    story.time_comes(NOON + HOUR)
    assert story.exits() == [("completed", HOUR), *[("exit_condition", HOUR)] * 4]


def test_a_run_sees_itself_and_a_step_sees_what_began_before_it() -> None:
    branch = {"if": {"in_journey": "first"}, "then": [{"exit": "with_first"}]}
    playbook = a_playbook(
        first=a_journey(priority=90, steps=[{"if": {"in_journey": "first"}, "then": WAITS, "else": [{"exit": "no"}]}]),
        second=a_journey(priority=10, steps=[branch]),
    )
    story = Story(playbook)
    story.happens("Start")
    assert [(one["journey"], one["reason"]) for one in story.told("journey_exited")] == [("second", "with_first")]


def test_a_person_is_reachable_from_the_event_on_that_brings_the_address() -> None:
    story = Story(a_playbook(j=a_journey(exit={"if": {"reachable": "sms"}}, steps=WAITS)), Profile(id="u1"))
    story.happens("Start")
    story.identify(NOON + MINUTE, phone="+353861234567")
    assert story.exits() == [("exit_condition", MINUTE)]
