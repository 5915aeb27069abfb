"""Two who were taken for one are two again: in one write, with what each of them did since."""

from dataclasses import replace

import pytest

from shared.domain.events import IMPLIED_NAMES, Event, EventType, Trust
from shared.domain.identity.merges import UNDONE_WITHIN
from shared.domain.messages import AliasClaim, ConsentRecorded
from shared.domain.own_events import DECIDED
from shared.domain.timing import MINUTE
from shared.services.evaluate_events import Outcome
from tests.builders import NOON, an_event
from tests.fakes.people import FakeTimeline
from tests.unit.services.test_join_people import Shop, signs_up, visits


@pytest.fixture
def shop() -> Shop:
    """A visitor with a cart, joined to somebody who has another one."""
    shop = Shop()
    shop.fold(visits("v1", properties={"cart_id": "c1"}))
    shop.fold(an_event(id="k1", properties={"cart_id": "c2"}))
    shop.fold(signs_up(at=NOON + MINUTE))
    return shop


def asks_to_split(absorbed: str = "anon:a1", survivor: str = "u1") -> Event:
    return an_event(
        IMPLIED_NAMES[EventType.SPLIT],
        id="split:1",
        type=EventType.SPLIT,
        at=NOON + 5 * MINUTE,
        profile_id=survivor,
        user_id=None,
        trust=Trust.SYSTEM,
        properties={"absorbed": absorbed},
    )


def carts(shop: Shop, profile_id: str) -> set[str | None]:
    return {run.key for run in shop.profiles.stored[profile_id].runs.values()}


def test_each_has_their_own_again_and_what_they_did_since(shop: Shop) -> None:
    assert carts(shop, "u1") == {'"c1"', '"c2"'}
    sent_on = replace(visits("v2", at=NOON + 2 * MINUTE, properties={"cart_id": "c3"}), profile_id="u1")
    shop.fold(sent_on)
    shop.fold(an_event(id="k2", at=NOON + 3 * MINUTE, properties={"cart_id": "c4"}))

    assert shop.fold(asks_to_split()) is Outcome.STORED

    assert carts(shop, "u1") == {'"c2"', '"c4"'}
    assert carts(shop, "anon:a1") == {'"c1"', '"c3"'}
    assert shop.profiles.stored["anon:a1"].merged_into is None


def test_what_led_to_the_survivor_leads_back(shop: Shop) -> None:
    shop.fold(asks_to_split())

    claims = [one for whose, one in shop.profiles.effects if whose == "anon:a1" and isinstance(one, AliasClaim)]
    assert AliasClaim("anonymous", "a1", over=("u1",)) in claims


def test_they_are_kept_apart_from_then_on(shop: Shop) -> None:
    shop.fold(asks_to_split())

    shop.fold(signs_up("i2", at=NOON + 6 * MINUTE))
    shop.fold(visits("v3", at=NOON + 7 * MINUTE))

    assert shop.profiles.stored["anon:a1"].merged_into is None
    assert not shop.queue.events


def test_asking_again_changes_nothing(shop: Shop) -> None:
    shop.fold(asks_to_split())
    before = dict(shop.profiles.stored)

    assert shop.fold(asks_to_split()) is Outcome.UNCHANGED
    assert shop.profiles.stored == before


@pytest.mark.parametrize(
    "event", [asks_to_split("anon:a2"), asks_to_split("u1", "anon:a9")], ids=["nobody", "nobody's"]
)
def test_who_was_not_joined_is_not_split(shop: Shop, event: Event) -> None:
    before = dict(shop.profiles.stored)

    assert shop.fold(event) is Outcome.UNCHANGED
    assert shop.profiles.stored == before


def test_nothing_is_split_after_its_time(shop: Shop) -> None:
    [merge] = shop.profiles.merges
    shop.profiles.merges = [replace(merge, at=merge.at - UNDONE_WITHIN)]

    assert shop.fold(asks_to_split()) is Outcome.UNCHANGED


def test_who_was_absorbed_later_stays_with_the_survivor(shop: Shop) -> None:
    visit = visits("w1", at=NOON + 2 * MINUTE, properties={"cart_id": "c5"})
    shop.fold(replace(visit, profile_id="anon:a2", anonymous_id="a2"))
    shop.fold(replace(signs_up("i2", at=NOON + 4 * MINUTE), anonymous_id="a2"))
    assert carts(shop, "u1") == {'"c1"', '"c2"', '"c5"'}

    shop.fold(asks_to_split())

    assert carts(shop, "u1") == {'"c2"', '"c5"'}
    assert shop.profiles.stored["anon:a2"].merged_into == "u1"


def test_a_writer_of_either_in_between_has_them_parted_anew(shop: Shop) -> None:
    more = an_event(id="k9", at=NOON + 4 * MINUTE, properties={"cart_id": "c9"})
    shop.profiles.interruptions = [lambda: shop.fold(more)]

    assert shop.fold(asks_to_split()) is Outcome.STORED
    assert carts(shop, "u1") == {'"c2"', '"c9"'}


# --- what the survivor still holds -----------------------------------------------------------------------------------


def told(shop: Shop, profile_id: str) -> set[str]:
    """What stands on the timeline; of what the system noticed, the name and the journey's key."""
    return {event.id if event.source != DECIDED else event.name for event in shop.timeline.events[profile_id].values()}


def test_what_each_did_stands_on_their_own_timeline(shop: Shop) -> None:
    shop.fold(replace(visits("v2", at=NOON + 2 * MINUTE, properties={"cart_id": "c3"}), profile_id="u1"))
    shop.fold(an_event(id="k2", at=NOON + 3 * MINUTE))
    assert "v2" in told(shop, "u1")

    shop.fold(asks_to_split())

    assert {"v1", "v2", "Journey Entered"} <= told(shop, "anon:a1")
    assert {"k1", "i1", "k2", "Journey Entered"} <= told(shop, "u1")
    assert not {"v1", "v2"} & told(shop, "u1")
    ours = [event for event in shop.timeline.events["u1"].values() if event.name == "Journey Entered"]
    assert {event.properties["run"] for event in ours} <= shop.profiles.stored["u1"].runs.keys()


def test_a_no_of_either_stays_with_both(shop: Shop) -> None:
    no = an_event("Unsubscribed", id="n1", user_id=None, at=NOON + 2 * MINUTE, trust=Trust.SYSTEM)
    shop.fold(no)

    shop.fold(asks_to_split())

    assert "n1" in told(shop, "u1") & told(shop, "anon:a1")


def test_nothing_is_kept_of_the_join_that_was_undone(shop: Shop) -> None:
    shop.fold(asks_to_split())

    assert shop.profiles.merges == []


def test_what_undoes_later_joins_knows_nothing_of_who_was_parted(shop: Shop) -> None:
    """Else the next split would bring back what the first one took away."""
    visit = visits("w1", at=NOON + 2 * MINUTE, properties={"cart_id": "c5"})
    shop.fold(replace(visit, profile_id="anon:a2", anonymous_id="a2"))
    shop.fold(an_event(id="k2", at=NOON + 3 * MINUTE, properties={"cart_id": "c4"}))
    shop.fold(replace(signs_up("i2", at=NOON + 4 * MINUTE), anonymous_id="a2"))

    shop.fold(asks_to_split())
    [kept] = shop.profiles.merges
    assert {run.key for run in kept.survivor.runs.values()} == {'"c2"', '"c4"'}
    shop.fold(replace(asks_to_split("anon:a2"), id="split:2", at=NOON + 6 * MINUTE))

    assert carts(shop, "u1") == {'"c2"', '"c4"'}
    assert carts(shop, "anon:a2") == {'"c5"'}
    assert set(shop.profiles.stored["u1"].apart) == {"anon:a1", "anon:a2"}


def test_statements_go_to_the_history_of_who_made_them(shop: Shop) -> None:
    said = {"channel": "email", "topic": "cart_reminders"}
    theirs = visits("y1", at=NOON + 2 * MINUTE, properties=said)
    shop.fold(replace(theirs, name="Subscribed", trust=Trust.SECRET, profile_id="u1"))
    shop.fold(an_event("Subscribed", id="y2", at=NOON + 3 * MINUTE, properties=said))
    shop.history.keep("u1", [one for _, one in shop.profiles.effects if isinstance(one, ConsentRecorded)])
    assert len([*shop.history.of("u1")]) == 2
    shop.profiles.effects.clear()

    shop.fold(asks_to_split())

    assert [one.id.partition(":")[0] for one in shop.history.of("u1")] == ["y2"]
    ordered = [(whose, one.id) for whose, one in shop.profiles.effects if isinstance(one, ConsentRecorded)]
    assert [(whose, id_.partition(":")[0]) for whose, id_ in ordered] == [("anon:a1", "y1")]


def test_what_was_cut_off_before_it_was_cleared_up_is_cleared_up_by_the_next_delivery(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.fold(replace(visits("v2", at=NOON + 2 * MINUTE), profile_id="u1"))
    with monkeypatch.context() as patch:
        patch.delattr(FakeTimeline, "rewrite")
        with pytest.raises(AssertionError):
            shop.fold(asks_to_split())
    assert shop.profiles.stored["anon:a1"].merged_into is None
    assert "v2" in told(shop, "u1") & told(shop, "anon:a1")

    shop.fold(asks_to_split())

    assert "v2" in told(shop, "anon:a1") - told(shop, "u1")


def test_nobody_is_parted_from_who_was_joined_to_somebody_else_meanwhile(shop: Shop) -> None:
    shop.bury("u1", "u2")
    before = dict(shop.profiles.stored)

    assert shop.fold(asks_to_split()) is Outcome.UNCHANGED
    assert shop.profiles.stored == before
