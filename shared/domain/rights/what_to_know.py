"""What a salesperson in the store should know of a person now: a few plain sentences, each with its reason.

Much of an event is whatever a browser sent, so every word of it is cut to what can be read out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from shared.domain.behaviour.purchases import amount_words, orders, pieces_words, standing_carts
from shared.domain.consent.words import ANY
from shared.domain.events import Event
from shared.domain.locales.local_time import local_date, zone_of
from shared.domain.locales.spoken_words import MONTHS, language_name, spoken
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Instant

BIRTHDAY_AHEAD: Final = 14
BIRTHDAY_PAST: Final = 3
"""Days: near enough for a word about it."""

MAX_SEGMENTS: Final = 6
MAX_MESSAGES: Final = 3
MAX_JOURNEYS: Final = 3


class Note(NamedTuple):
    """One sentence.

    Attributes:
        topic: what it is about: one of ``TOPICS``.
        why: what of the person says so.
    """

    topic: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class _Person:
    profile: Profile
    events: Sequence[Event]
    playbook: Playbook
    now: Instant

    def day(self, at: Instant) -> str:
        """By the person's own calendar: ``2 November 2026``."""
        return _day_words(local_date(at, zone_of(self.profile.traits, self.playbook.timezone)))


def what_to_know(profile: Profile, events: Sequence[Event], playbook: Playbook, now: Instant) -> list[Note]:
    """The notes, the most useful first; ``events`` are the latest of the person, in any order."""
    person = _Person(profile, sorted(events, key=lambda event: (event.at, event.id)), playbook, now)
    return [note for topic, tell in TOPICS.items() for note in (Note(topic, *told) for told in tell(person))]


Told = Iterator[tuple[str, str]]


def _greeting(person: _Person) -> Told:
    traits = person.profile.traits
    names = [spoken(traits.get(trait)) for trait in ("firstName", "lastName")]
    name = " ".join(filter(None, names)) or spoken(traits.get("name"))
    language = language_name(traits.get("language") or traits.get("locale"))
    if name:
        speaks = f", who reads {language}" if language else ""
        yield f"This is {name}{speaks}.", "what they are called, and their language"
    elif language:
        yield f"A person without a name, who reads {language}.", "their language; nobody said a name"


def _do_not_write(person: _Person) -> Told:
    said = person.profile.consent.get((ANY, ANY))
    if said is not None and not said.subscribed:
        yield "Wants no marketing at all.", f"said so on {person.day(said.at)} ({spoken(said.source)})"
    for (channel, _), why in person.profile.suppressed.items():
        yield (
            f"Must not be written to by {channel}: {_REASONS.get(why.reason, spoken(why.reason))}.",
            f"{why.reason} on {person.day(why.at)}",
        )


def _cart(person: _Person) -> Told:
    for cart in standing_carts(person.events, person.now):
        yield (
            f"Has in the cart: {pieces_words(cart.pieces)}{amount_words(cart.pieces)}.",
            f"put there on {person.day(cart.at)}, and not ordered since",
        )


def _bought(person: _Person) -> Told:
    found = orders(person.events)
    for number, order in enumerate(found[:2]):
        what = pieces_words(order.pieces)
        paid = f" for {order.total}" if order.total else ""
        which = "Last bought" if number == 0 else "Before that"
        undone = f", which was {order.undone}" if order.undone else ""
        yield f"{which} {what or 'something'}{paid} on {person.day(order.at)}{undone}.", "Order Completed"


def _birthday(person: _Person) -> Told:
    born = _birthday_of(person.profile.traits.get("birthday"))
    if born is None:
        return
    today = local_date(person.now, zone_of(person.profile.traits, person.playbook.timezone))
    for year in (today.year - 1, today.year, today.year + 1):
        day = _in_year(born, year)
        ahead = (day - today).days
        if -BIRTHDAY_PAST <= ahead <= BIRTHDAY_AHEAD:
            when = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(ahead)
            words = when or (f"in {ahead} days" if ahead > 0 else f"{-ahead} days ago")
            yield f"Has a birthday {words}, on {day.day} {MONTHS[day.month - 1]}.", "the trait birthday"


def _segments(person: _Person) -> Told:
    known = person.playbook.segments.by_name
    listed = sorted(person.profile.segments.items(), key=lambda item: item[1])
    titles = [known[name].title for name, _ in listed if name in known]
    if titles:
        more = len(titles) - MAX_SEGMENTS
        rest = f" and {more} more" if more > 0 else ""
        yield f"Belongs to: {', '.join(titles[:MAX_SEGMENTS])}{rest}.", "the segments of the playbook"


def _journeys(person: _Person) -> Told:
    live = [run for run in person.profile.runs.values() if run.is_live]
    for run in sorted(live, key=lambda run: (run.wait_until or 0, run.id))[:MAX_JOURNEYS]:
        journey = person.playbook.journeys.get(run.journey)
        title = journey.title if journey else run.journey
        if run.wait_until is not None:
            held = " (a message is held back)" if run.held_since is not None else ""
            yield (
                f"We are about to write: {title}, on {person.day(run.wait_until)}{held}.",
                f"the journey {run.journey}, since {person.day(run.entered_at)}",
            )


def _messages(person: _Person) -> Told:
    touches = sorted(person.profile.touches, key=lambda touch: touch.at, reverse=True)[:MAX_MESSAGES]
    told = [
        f"{touch.message.replace('_', ' ')} by {touch.channel} on {person.day(touch.at)}"
        f"{' (answered)' if touch.is_answered else ''}"
        for touch in touches
    ]
    if told:
        yield f"We wrote last: {'; '.join(told)}.", "what was sent; answered: opened or clicked"


TOPICS: Final[dict[str, Callable[[_Person], Told]]] = {
    "greeting": _greeting,
    "do_not_write": _do_not_write,
    "cart": _cart,
    "orders": _bought,
    "birthday": _birthday,
    "segments": _segments,
    "journeys": _journeys,
    "messages": _messages,
}
"""In the order in which they are told."""

_REASONS: Final = {
    "hard_bounce": "the address takes no mail any more",
    "complaint": "they complained about a message of ours as spam",
    "stop": "they answered STOP",
    "invalid": "the address is none",
    "erased": "they had their data erased",
    "unsubscribed": "somebody unsubscribed there by an old message to somebody else",
}


def _birthday_of(value: Any) -> tuple[int, int] | None:
    """Month and day of ``1990-05-17`` or ``--05-17``."""
    if not isinstance(value, str) or len(value) < 7:
        return None
    try:
        month, day = int(value[-5:-3]), int(value[-2:])
        date(2000, month, day)
    except ValueError:
        return None
    return month, day


def _in_year(born: tuple[int, int], year: int) -> date:
    try:
        return date(year, *born)
    except ValueError:  # the 29th of February
        return date(year, 2, 28)


def _day_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
