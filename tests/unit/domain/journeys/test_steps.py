"""The steps that branch, draw, wait for events, change the profile and tell of things; goals and holdouts."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.decide import decide
from shared.domain.journeys.steps import draw
from shared.domain.messages import Announcement
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, HOUR, LAST_INSTANT, MINUTE, SECOND
from tests.builders import NOON, a_profile, an_event
from tests.stories import Story, a_journey, a_playbook, faults_of

HELLO = {"send": "hello", "via": ["email"]}
BYE = {"send": "bye", "via": ["email"]}


def story(**changes: Any) -> Story:
    return Story(a_playbook(j=a_journey(**changes)))


def announced(told: Story, name: str) -> list[Announcement]:
    return [one for one in told.effects if isinstance(one, Announcement) and one.name == name]


class TestChoose:
    STEPS = (
        {
            "choose": [
                {"when": {"traits.tier": "gold"}, "steps": [HELLO]},
                {"when": {"traits.visits": {"above": 3}}, "steps": [{"wait": "1 hour"}, HELLO]},
                {"otherwise": [{"exit": "stranger"}]},
            ]
        },
        {"wait": "1 day"},
        BYE,
    )

    @pytest.mark.parametrize(
        ("traits", "sent"),
        [
            ({"tier": "gold", "visits": 9}, [("hello", 0), ("bye", DAY)]),
            ({"visits": 9}, [("hello", HOUR), ("bye", HOUR + DAY)]),
            ({"visits": "9"}, []),
            ({}, []),
        ],
        ids=["the first that holds", "the next", "ill-typed", "none"],
    )
    def test_the_first_case_that_holds_is_taken(self, traits: dict[str, Any], sent: list[Any]) -> None:
        told = story(steps=list(self.STEPS))
        told.identify(**traits)
        told.happens("Start")
        told.time_comes(NOON + 3 * DAY)

        assert told.sent == sent

    def test_without_otherwise_the_run_goes_on_behind_the_step(self) -> None:
        told = story(steps=[{"choose": [{"when": {"traits.tier": "gold"}, "steps": [HELLO]}]}, BYE])
        told.happens("Start")

        assert told.sent == [("bye", 0)]


class TestSplit:
    def arm(self, person: str, journey: str = "j", name: str | None = None, weights: tuple[int, int] = (1, 1)) -> str:
        step: dict[str, Any] = {
            "split": {"a": {"weight": weights[0], "steps": [HELLO]}, "b": {"weight": weights[1], "steps": [BYE]}}
        }
        playbook = a_playbook(**{journey: a_journey(steps=[step | ({"name": name} if name else {})])})
        profile = Profile(id=person, traits={"email": "ana@example.com"})
        decision = decide(playbook, profile, [an_event("Start", profile_id=person)], NOON)
        (sent,) = [one.details["message"] for one in decision.trace if one.kind == "send"]
        return str(sent)

    def test_the_weights_are_kept(self) -> None:
        drawn = Counter(draw(4, f"u{number}", "j", "split", "0") < 1 for number in range(20_000))

        assert drawn[True] == pytest.approx(5_000, rel=0.05)

    def test_who_weighs_nothing_is_never_drawn(self) -> None:
        assert {self.arm(f"u{number}", weights=(0, 3)) for number in range(50)} == {"bye"}

    def test_a_person_always_takes_the_same_arm(self) -> None:
        assert len({self.arm("u7") for _ in range(3)}) == 1

    def test_journeys_and_names_draw_independently(self) -> None:
        people = [f"u{number}" for number in range(200)]
        first = [self.arm(person) for person in people]

        for other in ([self.arm(p, journey="k") for p in people], [self.arm(p, name="offer") for p in people]):
            assert sum(one == two for one, two in zip(first, other, strict=True)) == pytest.approx(100, abs=40)

    def test_a_name_keeps_the_draw_when_the_step_moves(self) -> None:
        split = {"split": {"a": {"weight": 1, "steps": [HELLO]}, "b": {"weight": 1, "steps": [BYE]}}, "name": "offer"}
        for number in range(20):
            person = Profile(id=f"u{number}", traits={"email": "ana@example.com"})
            sent = []
            for steps in ([split], [{"wait": "1 second"}, split]):
                started = decide(
                    a_playbook(j=a_journey(steps=steps)), person, [an_event("Start", profile_id=person.id)], NOON
                )
                later = decide(a_playbook(j=a_journey(steps=steps)), started.profile, [], NOON + MINUTE)
                trace = [*started.trace, *later.trace]
                sent.append([one.details["message"] for one in trace if one.kind == "send"])
            assert sent[0] == sent[1]

    @given(total=st.integers(1, 10**9), words=st.lists(st.text(), min_size=1))
    def test_a_draw_is_below_its_total(self, total: int, words: list[str]) -> None:
        assert 0 <= draw(total, *words) < total


class TestAwait:
    STEPS = (
        {"wait": "1 hour"},
        {
            "await": {
                "on": "Message Clicked",
                "where": {"properties.order": {"is": {"path": "entry.properties.order"}}},
            },
            "timeout": "2 hours",
            "then": [HELLO],
            "else": [BYE],
        },
    )

    def waiting(self) -> Story:
        told = story(steps=list(self.STEPS))
        told.happens("Start", order="o1")
        told.time_comes(NOON + HOUR)
        return told

    @pytest.mark.parametrize(
        ("after", "sent"),
        [
            (HOUR, [("bye", 3 * HOUR)]),
            (HOUR + 1, [("hello", HOUR + 1)]),
            (3 * HOUR - 1, [("hello", 3 * HOUR - 1)]),
            (3 * HOUR, [("bye", 3 * HOUR)]),
        ],
        ids=["as the step is reached", "just after", "just before the timeout", "at the timeout"],
    )
    def test_the_event_counts_between_the_step_and_its_timeout(self, after: int, sent: list[Any]) -> None:
        told = self.waiting()
        told.happens("Message Clicked", NOON + after, order="o1")
        told.time_comes(NOON + DAY)

        assert told.sent == sent

    @pytest.mark.parametrize("order", [None, "o2", 1], ids=["missing", "another", "ill-typed"])
    def test_where_compares_with_the_entry_event(self, order: Any) -> None:
        told = self.waiting()
        told.happens("Message Clicked", NOON + 2 * HOUR, order=order)

        assert told.sent == []

    def test_an_event_that_arrives_after_the_timeout_comes_too_late(self) -> None:
        told = self.waiting()
        told.happens("Message Clicked", NOON + 2 * HOUR, arrives=NOON + 4 * HOUR, order="o1")

        assert told.sent == [("bye", 3 * HOUR)]

    def test_the_next_wake_up_is_the_timeout(self) -> None:
        assert self.waiting().profile.wake_at == NOON + 3 * HOUR

    def test_what_follows_counts_from_the_event(self) -> None:
        steps = [{"await": {"on": "X"}, "timeout": "1 day", "then": [{"wait": "1 hour"}, HELLO]}]
        told = story(steps=steps)
        told.happens("Start")
        told.happens("X", NOON + 5 * MINUTE, arrives=NOON + 10 * MINUTE)
        told.time_comes(NOON + DAY)

        assert told.sent == [("hello", 5 * MINUTE + HOUR)]

    def test_an_exit_event_still_ends_the_run(self) -> None:
        told = self.waiting()
        told.happens("Stop", NOON + 2 * HOUR)
        told.happens("Message Clicked", NOON + 2 * HOUR + 1, order="o1")

        assert (told.sent, told.exits()) == ([], [("exit_event", 2 * HOUR)])


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("offset", ["36500 days", "-36500 days"])
@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_waiting_for_a_date_at_the_edges_of_the_calendar_breaks_nothing(at: str, offset: str, zone: str) -> None:
    wait = {"wait": {"date": "traits.due", "offset": offset}}
    story = Story(a_playbook(j=a_journey(steps=[wait])), a_profile(traits={"due": at, "timezone": zone}))
    story.happens("Start")
    assert [reason for reason, _ in story.exits()] == ([] if at == "9999-12-31" else ["completed"])
    assert (story.profile.wake_at or 0) <= LAST_INSTANT


class TestSetAndEmit:
    def test_a_trait_is_set_for_the_steps_that_follow(self) -> None:
        steps = [
            {"set": {"traits.stage": "asked", "traits.order": {"path": "entry.properties.order"}}},
            {"if": {"traits.stage": "asked"}, "then": [HELLO]},
        ]
        told = story(steps=steps)
        told.happens("Start", order="o1")

        assert told.sent == [("hello", 0)]
        assert (told.profile.traits["stage"], told.profile.traits["order"]) == ("asked", "o1")

    def test_what_the_path_does_not_lead_to_stays_as_it_was(self) -> None:
        told = story(steps=[{"set": {"traits.order": {"path": "entry.properties.order"}}}])
        told.identify(order="before")
        told.happens("Start")

        assert told.profile.traits["order"] == "before"

    def test_a_trait_that_is_set_ends_runs_at_once(self) -> None:
        steps = [{"wait": "1 hour"}, {"set": {"traits.done": True}}, HELLO]
        playbook = a_playbook(
            other=a_journey(exit={"if": {"traits.done": True}}, steps=[{"wait": "1 day"}, HELLO]),
            own=a_journey(exit={"if": {"traits.done": True}}, steps=steps),
        )
        told = Story(playbook, a_profile())
        told.happens("Start")
        told.time_comes(NOON + HOUR)

        assert told.sent == []
        assert told.exits() == [("exit_condition", HOUR), ("exit_condition", HOUR)]

    def test_an_emitted_event_goes_to_the_bus_and_into_the_persons_own_stream(self) -> None:
        emitted = {"event": "Asked", "properties": {"n": 1, "of": {"path": "traits.firstName"}}}
        playbook = a_playbook(
            asks=a_journey(steps=[{"emit": emitted}]),
            hears=a_journey(enter={"on": "Asked", "where": {"properties.of": "Ana"}}, steps=[HELLO]),
        )
        told = Story(playbook, a_profile())
        told.happens("Start")

        (said,) = announced(told, "Asked")
        assert dict(said.properties) == {"n": 1, "of": "Ana"}
        assert told.sent == [("hello", 0)]

    def test_journeys_that_answer_each_other_come_to_an_end(self) -> None:
        step = {"emit": {"event": "Start"}}
        told = story(steps=[step])
        told.happens("Start")

        assert told.told("cascade_cut")

    @pytest.mark.parametrize("sends", range(5))
    def test_however_many_messages_they_send_none_is_left_standing(self, sends: int) -> None:
        steps = [{"wait": "1 hour"}, *[HELLO] * sends, {"emit": {"event": "Again"}}]
        again = a_journey(enter={"on": "Again"}, steps=[*[HELLO] * sends, {"emit": {"event": "Again"}}])
        told = Story(a_playbook(j=a_journey(steps=steps), again=again), a_profile())
        told.happens("Start")
        told.time_comes(NOON + HOUR)

        assert len(told.told("cascade_cut")) == 1
        assert told.profile.wake_at is None
        assert {reason for reason, _ in told.exits()} == {"completed"}
        assert len(told.sent) == sends * len(told.exits())


class TestGoal:
    def reach(self, after: int, **properties: Any) -> Story:
        told = story(key="properties.cart", goal={"on": "Bought", "within": "1 day"}, steps=[HELLO])
        told.happens("Start", cart="c1")
        told.happens("Bought", NOON + after, **({"cart": "c1"} | properties))
        return told

    @pytest.mark.parametrize(
        ("after", "reached"),
        [(0, 1), (HOUR, 1), (DAY, 1), (DAY + 1, 0)],
        ids=["at once", "after the run ended", "at the very end", "too late"],
    )
    def test_it_counts_within_its_window_and_after_the_runs_end(self, after: int, reached: int) -> None:
        told = self.reach(after)

        assert told.exits() == [("completed", 0)]
        assert len(told.told("goal_reached")) == len(announced(told, "Goal Reached")) == reached

    @pytest.mark.parametrize("cart", ["c2", None], ids=["another key", "none"])
    def test_it_counts_only_for_the_same_key(self, cart: str | None) -> None:
        assert self.reach(HOUR, cart=cart).told("goal_reached") == []

    def test_it_counts_once_a_run(self) -> None:
        told = self.reach(HOUR)
        told.happens("Bought", NOON + 2 * HOUR, cart="c1")

        assert len(told.told("goal_reached")) == 1

    def test_an_event_older_than_the_entry_is_not_its_fruit(self) -> None:
        told = story(goal={"on": "Bought", "within": "1 day"}, steps=[HELLO])
        told.happens("Start")
        told.happens("Bought", NOON - 1, arrives=NOON + 1)

        assert told.told("goal_reached") == []

    @pytest.mark.parametrize("reenter", ["always", "never"])
    @pytest.mark.parametrize(("arrives", "reached"), [(DAY, 1), (DAY + 1, 0), (9 * DAY, 0)])
    @pytest.mark.parametrize("is_split", [False, True])
    def test_how_late_it_may_come_depends_on_nothing_else(
        self, arrives: int, reached: int, is_split: bool, reenter: str
    ) -> None:
        goal = {"on": "Order Completed", "within": "5 days"}
        story = Story(a_playbook(j=a_journey(goal=goal, reenter=reenter, steps=[{"exit": "done"}])))
        story.happens("Start")
        now = NOON + 5 * DAY + arrives
        other, ordered = an_event("Other", id="o", at=now), an_event("Order Completed", id="g", received_at=now)
        for events in [[other], [ordered]] if is_split else [[other, ordered]]:
            story.take(events, now)
        assert len(story.told("goal_reached")) == reached

    def test_a_run_that_another_followed_still_reaches_its_goal(self) -> None:
        told = story(goal={"on": "Bought", "within": "3 days"}, steps=[HELLO])
        told.happens("Start")
        told.happens("Start", NOON + HOUR)
        told.happens("Bought", NOON + DAY)

        assert len({one["run"] for one in told.told("goal_reached")}) == 2


class TestHoldout:
    def test_it_enters_is_measured_and_is_sent_nothing(self) -> None:
        told = story(holdout="100%", goal={"on": "Bought", "within": "1 day"}, steps=[HELLO, {"wait": "1 hour"}, BYE])
        told.happens("Start")
        told.happens("Bought", NOON + SECOND)
        told.time_comes(NOON + DAY)

        assert [one["variant"] for one in told.told("journey_entered")] == ["holdout"]
        assert (told.sent, told.dropped()) == ([], ["holdout", "holdout"])
        assert [dict(one.properties)["variant"] for one in announced(told, "Goal Reached")] == ["holdout"]

    def test_its_share_is_kept_and_independent_of_splits(self) -> None:
        playbook = a_playbook(j=a_journey(holdout="12.5%", steps=[HELLO]))
        held_out = 0
        for number in range(2_000):
            profile = Profile(id=f"u{number}", traits={"email": "ana@example.com"})
            trace = decide(playbook, profile, [an_event("Start", profile_id=profile.id)], NOON).trace
            held_out += any(one.details.get("variant") == "holdout" for one in trace)

        assert held_out == pytest.approx(250, abs=60)


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"steps": [{"choose": []}]}, "steps.0.choose", "expected a list of cases"),
        ({"steps": [{"choose": [{"steps": [HELLO]}]}]}, "steps.0.choose.0", "says not when"),
        (
            {"steps": [{"choose": [{"otherwise": [HELLO]}, {"when": {"traits.a": 1}, "steps": [HELLO]}]}]},
            "steps.0.choose.0",
            "comes last",
        ),
        ({"steps": [{"split": {"a": {"weight": 0, "steps": [HELLO]}}}]}, "steps.0.split", "add up to nothing"),
        ({"steps": [{"split": {"a": {"weight": -1, "steps": [HELLO]}}}]}, "steps.0.split.a.weight", "from 0 to"),
        ({"steps": [{"await": {"on": "X"}, "then": [HELLO]}]}, "steps.0.timeout", "expected a duration"),
        ({"steps": [{"await": {"on": "X"}, "timeout": "1 day"}]}, "steps.0", "goes on alike in either case"),
        ({"steps": [{"set": {"email": "x"}}]}, "steps.0.set", "only a trait can"),
        ({"steps": [{"set": {}}]}, "steps.0.set", "sets nothing"),
        ({"steps": [{"emit": {"event": "Message Sent"}}]}, "steps.0.emit.event", "what the system itself says"),
        ({"goal": {"on": "X"}}, "goal.within", "expected a duration"),
        ({"holdout": "5"}, "holdout", "expected a percentage"),
        ({"holdout": "101%"}, "holdout", "expected a percentage"),
    ],
)
def test_a_faulty_step_is_told_where_and_how(changes: dict[str, Any], path: str, message: str) -> None:
    found = faults_of(a_journey(**changes))
    assert [place for place, _ in found] == [path]
    assert message in found[0][1]


def test_a_name_is_given_to_one_step_alone() -> None:
    steps = [{**HELLO, "name": "first"}, {"if": {"traits.a": 1}, "then": [{**BYE, "name": "first"}]}]

    assert faults_of(a_journey(steps=steps)) == [
        ("steps.1.then.0.name", 'another step is called "first": a name is given once')
    ]
