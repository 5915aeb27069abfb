"""Erasing a person among fakes. Killed at any step of either sweep and given its order again, it ends alike.

That the adapters leave nothing is shown by ``tests/integration/test_erasure.py``.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import pytest

from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.profiles import Profile
from shared.domain.rights.erasure import SECOND_SWEEP_AFTER, ErasureStatus, RightsKind, RightsOrder
from shared.domain.timing import HOUR
from shared.services.erase_people import Eraser
from shared.services.find_people import PeopleFinder
from tests.builders import NOON, a_message, a_profile, an_event
from tests.crashes import Killed
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakePersonRecords
from tests.fakes.rights import (
    FakeDeadLetters,
    FakeErasedPeople,
    FakeErasures,
    FakeKeptFiles,
    FakePersonItems,
    FakePersonSchedules,
    FakeRightsQueue,
)
from tests.fakes.sending import FakeSuppressions

ANA: Final = a_profile(id="u1", claimed=(("anonymous", "a1"), ("loyalty", "L-99")), segments={"regulars": NOON})
BO: Final = a_profile(id="u2", traits={"email": "bo@example.com"})
VISIT: Final = Profile(id="anon:a1", merged_into="u1")
ORDER: Final = RightsOrder(kind=RightsKind.ERASE, receipt="r1", references=("loyalty:L-99",))

PORTS: Final = (
    "profiles", "timeline", "aliases", "index", "items", "schedules", "erased", "erasures", "queue", "dead_letters",
    "files", "suppressions",
)  # fmt: skip


@dataclass
class Steps:
    """What is asked of the ports, in order; ``at`` is the index of the step at which the process dies."""

    at: int | None = None
    is_carried_out: bool = False
    made: list[str] = field(default_factory=list)

    def watch(self, name: str, port: Any) -> Any:
        return _Watched(self, name, port)

    def take(self, name: str, step: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        index = len(self.made)
        self.made.append(name)
        if index == self.at and not self.is_carried_out:
            raise Killed
        answer = step(*arguments, **options)
        if index == self.at:
            raise Killed
        return answer


class _Watched:
    def __init__(self, steps: Steps, name: str, port: Any) -> None:
        self._steps, self._name, self._port = steps, name, port

    def __getattr__(self, name: str) -> Any:
        return partial(self._steps.take, f"{self._name}.{name}", getattr(self._port, name))


class House:
    """Two people with everything, and who erases them."""

    def __init__(self) -> None:
        self.clock = FakeClock(NOON + HOUR)
        self.items = FakePersonItems()
        self.schedules = FakePersonSchedules()
        self.erased, self.erasures, self.queue = FakeErasedPeople(), FakeErasures(), FakeRightsQueue()
        self.dead_letters = FakeDeadLetters([['{"userId": "u1"}', '{"userId": "u2"}'], ["ana@example.com", "7"]])
        batch = json.dumps({"reasons": [], "raw": {"batch": [{"userId": "u1"}, {"userId": "u2"}]}})
        self.files = FakeKeptFiles({"quarantine/1": batch, "quarantine/2": '{"userId": "u1"', "exports/u1-7": "{}"})
        self.suppressions = FakeSuppressions()
        for person in (ANA, BO, VISIT):
            self._live(person)

    def _live(self, person: Profile) -> None:
        items, id_ = self.items, person.id
        items.profiles.save(person, ())
        items.timeline.append(id_, [an_event(id=f"e-{id_}", profile_id=id_)])
        for kind, value in (*person.claimed, ("email", person.traits.get("email"))):
            if value:
                items.aliases.claim(kind, value, id_)
        message = a_message(id=f"m-{id_}", profile_id=id_)
        items.index.note([message])
        items.ledger.claim(message, NOON)
        items.members.enter("regulars", id_, NOON, version=1)
        self.schedules.schedules.put(id_, NOON + HOUR, "n")

    def eraser(self, steps: Steps) -> Eraser:
        items = self.items
        ports = {
            "profiles": items.profiles, "timeline": items.timeline, "aliases": items.aliases, "index": items.index,
            "items": items, **{name: getattr(self, name) for name in PORTS if hasattr(self, name)},
        }  # fmt: skip
        watched = {name: steps.watch(name, port) for name, port in ports.items()}
        records = FakePersonRecords(aliases=items.aliases)
        finder = PeopleFinder(profiles=items.profiles, aliases=items.aliases, records=records)
        return Eraser(
            **watched, finder=finder, exports=lambda id_: f"exports/{id_}-", segments=lambda: ("regulars",),
            clock=self.clock,
        )  # fmt: skip

    def sweep(self, order: RightsOrder, steps: Steps) -> None:
        self.eraser(steps).erase(order, may_go_on=lambda: True)

    def until_done(self, steps: Steps) -> None:
        """Give the order, and what follows from it, as a queue does: again where the process died."""
        if not self.queue.orders:
            self.queue.put(ORDER)
        while self.queue.orders:
            order = self.queue.orders[0]
            try:
                self.sweep(order, steps)
            except Killed:
                steps.at = None
                continue
            del self.queue.orders[0]
            self.clock.at += SECOND_SWEEP_AFTER

    def kept(self) -> Any:
        """All that is left of everybody, but for how many were removed."""
        items = self.items
        return (
            items.profiles.stored, {id_: pages for id_, pages in items.timeline.kept.items() if pages},
            {id_: known for id_, known in items.aliases.notes.items() if known}, items.aliases.owners,
            items.index.ordered, self.suppressions.came,
            items.ledger.entries, items.members.changes, self.schedules.schedules.wakes, self.dead_letters.queues,
            self.files.objects, sorted(self.erased.marks), self.erasures.remembered,
            self.erasures.receipts["r1"].status,
        )  # fmt: skip


def test_nothing_is_left_of_who_was_erased_and_all_of_others() -> None:
    house = House()

    house.until_done(Steps())

    assert [*house.items.profiles.stored] == ["u2"]
    assert [id_ for id_, pages in house.items.timeline.kept.items() if pages] == ["u2"]
    assert [message.profile_id for message in house.items.index.ordered.values()] == ["u2"]
    assert [*house.items.ledger.entries] == ["m-u2"]
    assert house.items.aliases.owners == {("email", "bo@example.com"): "u2"}
    assert [one.profile_id for one in house.items.members.people("regulars")] == ["u2"]
    assert [*house.schedules.schedules.wakes] == [("u2", NOON + HOUR)]
    assert house.dead_letters.queues == [['{"userId": "u2"}'], ["7"]]
    assert {name: json.loads(text)["raw"]["batch"] for name, text in house.files.objects.items()} == {
        "quarantine/1": [{"userId": "u2"}]
    }
    assert set(house.suppressions.find(Channel.EMAIL, "ana@example.com")) == {SuppressionReason.ERASED}
    assert {"u1", "anon:a1"} <= house.erased.marks.keys()
    assert house.erasures.receipts["r1"].status is ErasureStatus.DONE
    assert house.erasures.receipts["r1"].counts["profiles"] == 2


def test_the_second_sweep_waits_for_what_is_in_flight() -> None:
    house = House()
    house.sweep(ORDER, Steps())
    assert house.queue.delays == [SECOND_SWEEP_AFTER]
    assert house.erasures.receipts["r1"].status is ErasureStatus.ACCEPTED


def test_an_order_whose_time_is_up_goes_on_where_it_stopped() -> None:
    house, looks = House(), iter([True, False])
    house.eraser(Steps()).erase(ORDER, may_go_on=lambda: next(looks))
    assert [(order.sweep, order.after) for order in house.queue.orders] == [(1, "quarantine/1")]
    clean = House()
    clean.until_done(Steps())

    house.until_done(Steps())

    assert house.kept() == clean.kept()


def steps_of_a_clean_run() -> list[str]:
    steps = Steps()
    House().until_done(steps)
    return steps.made


MADE: Final = steps_of_a_clean_run()


def test_every_port_is_asked() -> None:
    assert {name.partition(".")[0] for name in MADE} == {*PORTS}


@pytest.mark.parametrize("is_carried_out", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(len(MADE)), ids=[f"{at} {name}" for at, name in enumerate(MADE)])
def test_who_is_killed_at_any_step_leaves_nothing_more_than_who_is_not(at: int, *, is_carried_out: bool) -> None:
    clean, house = House(), House()
    clean.until_done(Steps())

    house.until_done(Steps(at, is_carried_out))

    assert house.kept() == clean.kept()
