"""What is said of a person becomes their traits: the latest, in one form (``normalise``), from who may say it.

A number or a date that was not understood for want of a country, or read by a guess, is read again once the
person's country is known, so that it does not matter which was said first. Once read by their country it stays: who
moves keeps their number.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from shared.domain.conditions.needs import Kind
from shared.domain.draft import Draft
from shared.domain.events import Trust
from shared.domain.identity.contacts import CONTACTS, may_set_contacts
from shared.domain.identity.identifiers import ADDRESSES
from shared.domain.normalise.reading import MAX_LENGTH
from shared.domain.normalise.regions import NOWHERE, REGION_TRAITS, Region, region_of
from shared.domain.normalise.traits import FIRST_NAME, LAST_NAME, NAME, REGIONAL, is_read, names_in, read_trait
from shared.domain.profiles import MAX_TRAIT_SIZE, MAX_TRAITS, Said
from shared.domain.timing import Instant

_AS_JSON: Final = json.JSONEncoder(separators=(",", ":")).encode
_NAMES: Final = frozenset({NAME, FIRST_NAME, LAST_NAME})
_SAID_AS: Final = {"address": "address.country"}
"""Of an address only its country is read, and kept as it came."""


def take_traits(draft: Draft, traits: Mapping[str, Any], at: Instant, trust: Trust) -> None:
    """Set what was said of the person at ``at``; ``None`` takes a trait back."""
    may_contact = may_set_contacts(trust, draft.profile_id, draft)
    taken = [*_taken(draft, (name for name in traits if name not in REGIONAL), traits, at, may_contact)]
    if not REGION_TRAITS.isdisjoint(taken):
        for name in REGIONAL:
            # A country makes another number of one that came without a prefix.
            if name not in traits and (may_contact or name not in CONTACTS):
                _read_again(draft, name)
    taken += _taken(draft, (name for name in traits if name in REGIONAL), traits, at, may_contact)
    if not _NAMES.isdisjoint(taken):
        _derive_names(draft)
    _forget_removed(draft)


def fold_traits(draft: Draft, theirs: Draft, *, without: Collection[str] = ()) -> None:
    """Take what was said of another profile that is the same person's: of each trait the latest.

    Of two that were said at one instant, the greater text counts, so that it does not matter which is folded into
    which. What was only told from the whole name is told anew.
    """
    for name in theirs.trait_times.keys() | theirs.traits.keys():
        if name not in without and _weight(draft, name) < _weight(theirs, name):
            _take_over(draft, theirs, name)
    for name in REGIONAL:
        _read_again(draft, name)
    _derive_names(draft)
    surplus = len(draft.traits) - MAX_TRAITS
    if surplus > 0:
        removable = [(draft.trait_times.get(name, 0), name) for name in draft.traits if name not in ADDRESSES]
        for _, name in sorted(removable)[:surplus]:
            _hold(draft, name, None)
            draft.trait_times.pop(name, None)
            draft.said.pop(name, None)
    _forget_removed(draft)


def _weight(draft: Draft, name: str) -> tuple[bool, Instant, str, str]:
    """What counts more of the two that were said of a trait."""
    said_as = _SAID_AS.get(name, name)
    is_said = name in draft.trait_times or name in draft.traits
    return is_said, draft.trait_times.get(name, 0), _AS_JSON(draft.traits.get(name)), str(draft.said.get(said_as))


def _take_over(draft: Draft, theirs: Draft, name: str) -> None:
    said_as = _SAID_AS.get(name, name)
    draft.said.pop(said_as, None)
    if said_as in theirs.said:
        draft.said[said_as] = theirs.said[said_as]
    if name in theirs.trait_times:
        draft.trait_times[name] = theirs.trait_times[name]
    _hold(draft, name, theirs.traits.get(name))


def _taken(
    draft: Draft, names: Iterable[str], traits: Mapping[str, Any], at: Instant, may_contact: bool
) -> Iterable[str]:
    for name in names:
        value = traits[name]
        if at < draft.trait_times.get(name, at):
            continue  # a late event: what is known is newer
        if name in CONTACTS and not may_contact:
            if not _is_the_same(draft, name, value):
                draft.tell("contact_refused", contact=name)
            continue
        refused = _reason_to_refuse(draft, name, value)
        if refused is not None:
            draft.tell("trait_refused", trait=name, reason=refused)
            continue
        draft.trait_times[name] = at
        if is_read(name) and not _is_read_already(draft, name, value):
            _read(draft, name, value)
        else:
            _hold(draft, name, value)
        yield name


def _hold(draft: Draft, name: str, value: Any) -> None:
    if value != draft.traits.get(name):
        draft.move_dates(name)
    if value is None:
        draft.traits.pop(name, None)
    else:
        draft.traits[name] = value
    draft.concern(Kind.TRAIT, name)
    if name in ADDRESSES:
        draft.concern(Kind.ADDRESS)


def _read(draft: Draft, name: str, value: Any) -> None:
    """Hold the value in its one form, and keep beside it how it came."""
    said_as = _SAID_AS.get(name, name)
    draft.said.pop(said_as, None)
    if value is None:
        _hold(draft, name, None)
        return
    read = read_trait(name, value, _region(draft, name))
    if read.value is None:
        draft.tell("trait_unread", trait=name, reason=str(read.reason))
    if read.value != value or type(read.value) is not type(value):
        came = value["country"] if said_as != name else value
        draft.said[said_as] = Said(_kept(came), None if read.reason is None else read.reason.value)
    _hold(draft, name, read.value)


def _is_read_already(draft: Draft, name: str, value: Any) -> bool:
    """Whether the very text is held as it is: what was read once is read as the same."""
    return type(value) is str and value == draft.traits.get(name) and name not in draft.said


def _region(draft: Draft, name: str) -> Region:
    return region_of(draft.traits, draft.playbook.country) if name in REGIONAL else NOWHERE


def _read_again(draft: Draft, name: str) -> None:
    """What was not understood, or by a guess, may be, now that more is known of where the person is."""
    said = draft.said.get(name)
    if said is not None and said.reason is not None:
        _read(draft, name, said.value)


def _kept(value: Any) -> str | int | float | bool:
    if isinstance(value, bool | int | float):
        return value
    return (value if isinstance(value, str) else _AS_JSON(value))[:MAX_LENGTH]


def _derive_names(draft: Draft) -> None:
    """The whole name tells first and last name, where nobody said them apart; such a trait has no time of its own."""
    whole, said = draft.traits.get(NAME), draft.said.get(NAME)
    told = {} if whole is None else names_in(whole if said is None else said.value)
    for name in (FIRST_NAME, LAST_NAME):
        if name in draft.trait_times or draft.traits.get(name) == told.get(name):
            continue
        if name in draft.traits or len(draft.traits) < MAX_TRAITS:
            _hold(draft, name, told.get(name))


def _reason_to_refuse(draft: Draft, name: str, value: Any) -> str | None:
    is_address = name in ADDRESSES
    # Addresses always find room: a hundred traits that anyone may say keep no server from saying where to write.
    if value is not None and len(draft.traits) >= MAX_TRAITS and name not in draft.traits and not is_address:
        return "too_many"
    if len(_AS_JSON(value)) > MAX_TRAIT_SIZE:
        return "too_large"
    return None


def _is_the_same(draft: Draft, name: str, value: Any) -> bool:
    """Whether nothing would change: browsers tell all that they know at each visit."""
    known, said = draft.traits.get(name), draft.said.get(name)
    if value == known or (said is not None and value == said.value):
        return True
    return known is not None and is_read(name) and bool(read_trait(name, value, _region(draft, name)).value == known)


def _forget_removed(draft: Draft) -> None:
    """Of traits that were taken back only the time is kept, so that a late event does not revive them; not for ever."""
    if len(draft.trait_times) > MAX_TRAITS:
        removed = sorted((at, name) for name, at in draft.trait_times.items() if name not in draft.traits)
        for _, name in removed[: len(draft.trait_times) - MAX_TRAITS]:
            del draft.trait_times[name]
