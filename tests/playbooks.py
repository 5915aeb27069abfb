"""A small playbook for tests of what runs around ``decide``: one journey of each purpose."""

from functools import cache
from typing import Any, Final

from shared.domain.playbook import Playbook, read_playbook
from shared.domain.timing import DAY
from shared.ports.people import Aliases, ConsentHistory, Merges, Profiles, Timeline
from shared.ports.playbook import Countings, JourneyVersions
from shared.ports.queues import EventQueue
from shared.services.join_people import PeopleJoiner
from shared.services.keep_count import CountKeeper
from shared.services.keep_versions import VersionKeeper
from shared.services.part_people import PeopleParter
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeAliases, FakeConsentHistory, FakeProfiles
from tests.fakes.playbook import FakeCountings, FakeJourneyVersions
from tests.fakes.queues import FakeEventQueue

PLAIN: Final[dict[str, Any]] = {
    "version": "test",
    "brand": {"name": "Example"},
    "policy": {"topics": {"cart_reminders": {"title": "Reminders about my cart", "default": True}}},
    "segments": {},
    "messages": {
        "cart_reminder": {"title": "Your cart", "channels": ["email"]},
        "order_confirmation": {"title": "Your order", "channels": ["email"]},
    },
    "journeys": {
        "cart_abandonment": {
            "title": "Cart abandonment",
            "purpose": "marketing",
            "topic": "cart_reminders",
            "key": "properties.cart_id",
            "enter": {"on": "Product Added"},
            "exit": {"on": ["Order Completed"]},
            "steps": [{"wait": "1 hour"}, {"send": "cart_reminder", "via": ["email"]}],
        },
        "order_confirmation": {
            "title": "Order confirmation",
            "purpose": "transactional",
            "key": "properties.order_id",
            "enter": {"on": "Order Completed"},
            "reenter": "never",
            "steps": [{"send": "order_confirmation", "via": ["email"]}],
        },
    },
}


@cache
def a_playbook() -> Playbook:
    playbook, faults = read_playbook(PLAIN)
    assert not faults
    return playbook


def a_version_keeper(playbook: Playbook, versions: JourneyVersions | None = None) -> VersionKeeper:
    """Of the first deployment there ever was, unless ``versions`` remember others."""
    return VersionKeeper(playbook=playbook, versions=versions or FakeJourneyVersions())


def a_count_keeper(
    playbook: Playbook, timeline: Timeline, countings: Countings | None = None, people: PeopleJoiner | None = None
) -> CountKeeper:
    """Of the first deployment there ever was, unless ``countings`` remember others."""
    return CountKeeper(
        playbook=playbook,
        countings=countings or FakeCountings(),
        timeline=timeline,
        people=people or a_people_joiner(FakeProfiles(), timeline),
        clock=FakeClock(),
        kept_for=730 * DAY,
    )


def a_people_joiner(
    profiles: Profiles, timeline: Timeline, *, aliases: Aliases | None = None, queue: EventQueue | None = None
) -> PeopleJoiner:
    """Among fakes, unless others are given."""
    return PeopleJoiner(
        profiles=profiles, timeline=timeline, aliases=aliases or FakeAliases(), queue=queue or FakeEventQueue()
    )


def a_people_parter(
    profiles: Profiles,
    timeline: Timeline,
    playbook: Playbook,
    merges: Merges,
    *,
    history: ConsentHistory | None = None,
) -> PeopleParter:
    """Among fakes, but for those that are given."""
    return PeopleParter(
        profiles=profiles,
        merges=merges,
        timeline=timeline,
        history=history or FakeConsentHistory(),
        people=a_people_joiner(profiles, timeline),
        versions=a_version_keeper(playbook),
        clock=FakeClock(),
    )
