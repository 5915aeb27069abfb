"""A profile comes back from the table as it went in, in few bytes."""

from dataclasses import MISSING, fields
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.dynamodb.packing import PROFILES_2026, pack, unpack
from shared.adapters.dynamodb.profile_codec import (
    APART,
    RUN_KEYS,
    STATE_FIELDS,
    state_from_plain,
    state_to_plain,
)
from shared.domain.consent.words import ANY, Channel, Pause, Statement, SuppressionReason, Unconfirmed
from shared.domain.profiles import Dated, Device, Fallback, Predecessor, Profile, Run, Said, Suppression, Touch
from shared.domain.shop.interests import MOST, NO_INTERESTS, Interests, with_hour
from tests.builders import NOON, a_profile

texts = st.text(st.characters(), max_size=20)
instants = st.integers(-(10**13), 10**14)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(texts, json_values, max_size=4)
instants_by_name = st.dictionaries(texts, instants, max_size=5)
channels = st.sampled_from(Channel)
digests = st.binary(min_size=2, max_size=2).map(bytes.hex) | texts | st.sampled_from(["", "AB", "abc", "٣٣"])

runs = st.builds(
    Run,
    id=digests,
    journey=texts,
    key=st.none() | texts,
    version=texts,
    entered_at=instants,
    entry=mappings,
    position=texts,
    wait_until=st.none() | instants,
    ended_at=st.none() | instants,
    ended_reason=st.none() | texts,
    late_by=st.integers(0, 10**12),
    held=st.dictionaries(texts, instants, max_size=2),
)


def _interests(noted: list[tuple[str, str, int]]) -> Interests:
    interests = NO_INTERESTS
    for kind, sku, at in noted:
        interests = with_hour(interests, kind, [sku], at)
    return interests


fallbacks = st.builds(
    Fallback,
    run_id=texts,
    journey=texts,
    version=texts,
    key=st.none() | texts,
    entered_at=instants,
    position=texts,
    message=texts,
    channels=st.lists(channels, max_size=3).map(tuple),
    ordered_at=instants,
    entry=mappings,
    tried=st.lists(channels, max_size=3).map(tuple),
    due_at=st.none() | instants,
    is_failed=st.booleans(),
    held_since=st.none() | instants,
    held=st.dictionaries(texts, instants, max_size=2),
)

PARTS: dict[str, st.SearchStrategy[Any]] = {
    "id": texts,
    "version": st.integers(0, 10**9),
    "decided_at": instants,
    "traits": mappings,
    "said": st.dictionaries(
        texts, st.builds(Said, texts | st.integers() | st.booleans(), st.none() | texts), max_size=3
    ),
    "trait_times": instants_by_name,
    "devices": st.dictionaries(texts, st.builds(Device, texts, instants), max_size=3),
    "consent": st.dictionaries(
        st.tuples(channels | st.just(ANY), texts),
        st.builds(Statement, st.booleans(), instants, texts, instants),
        max_size=4,
    ),
    "unconfirmed": st.dictionaries(
        st.tuples(channels.map(lambda channel: channel.value), texts),
        st.builds(Unconfirmed, instants, texts, instants, texts),
        max_size=3,
    ),
    "wrote_at": instants,
    "pause": st.none() | st.builds(Pause, instants, instants),
    "suppressed": st.dictionaries(
        st.tuples(channels.map(lambda channel: channel.value), texts),
        st.builds(Suppression, st.sampled_from(SuppressionReason), instants),
        max_size=3,
    ),
    "fallbacks": st.dictionaries(texts, fallbacks, max_size=2),
    "claimed": st.lists(st.tuples(texts, texts), max_size=4).map(tuple),
    "vouched": st.lists(st.tuples(texts, texts), max_size=4).map(tuple),
    "aggregates": st.dictionaries(texts, st.lists(instants, max_size=6).map(tuple), max_size=4),
    "sums": st.dictionaries(
        texts,
        st.lists(st.tuples(instants, st.decimals(allow_nan=False, allow_infinity=False)), max_size=6).map(tuple),
        max_size=4,
    ),
    "runs": st.lists(runs, max_size=4).map(lambda listed: {run.id: run for run in listed}),
    "exits": st.dictionaries(st.tuples(texts, st.none() | texts), instants, max_size=4),
    "dates": st.dictionaries(
        texts, st.builds(Dated, st.none() | instants, st.lists(st.dates(), max_size=3).map(tuple)), max_size=3
    ),
    "dates_version": texts,
    "recent_events": instants_by_name | st.dictionaries(digests, instants, max_size=5),
    "touches": st.lists(
        st.builds(Touch, channels, texts, instants, texts, texts, digests, st.booleans()), max_size=4
    ).map(tuple),
    "segments": instants_by_name,
    "turns": instants_by_name,
    "segments_version": texts,
    "wake_at": st.none() | instants,
    "scheduled_at": st.none() | instants,
    "whole": st.integers(0, 10**6),
    "merged_into": st.none() | st.text(min_size=1, max_size=20),
    "apart": st.lists(texts, max_size=3).map(tuple),
    "is_told_of": st.booleans(),
    "interests": st.lists(st.tuples(st.sampled_from([*MOST]), texts, instants), max_size=9).map(_interests),
    "predecessor": st.none() | st.builds(Predecessor, instants, instants),
}


def there_and_back(profile: Profile) -> Profile:
    plain = unpack(pack(state_to_plain(profile), PROFILES_2026))
    return state_from_plain(plain, **{name: getattr(profile, name) for name in APART})


@given(st.fixed_dictionaries(PARTS).map(lambda parts: Profile(**parts)))
def test_a_profile_comes_back_as_it_went_in(profile: Profile) -> None:
    assert there_and_back(profile) == profile


@given(st.fixed_dictionaries(PARTS).map(lambda parts: Profile(**parts)))
def test_the_order_of_what_happened_comes_back_too(profile: Profile) -> None:
    back = there_and_back(profile)

    assert list(back.recent_events) == list(profile.recent_events)
    assert list(back.runs) == list(profile.runs)


def test_every_field_of_a_profile_is_kept() -> None:
    names = {field.name for field in fields(Profile)}

    assert {*STATE_FIELDS, *APART} == names
    assert set(PARTS) == names, "the property tests above must make values for it too"


def test_every_field_of_a_run_is_kept() -> None:
    assert set(RUN_KEYS) == {field.name for field in fields(Run)}


@pytest.mark.parametrize(
    ("row", "names"),
    [
        (Device, ("platform", "seen_at")),
        (Said, ("value", "reason")),
        (Statement, ("subscribed", "at", "source", "kept_at")),
        (Unconfirmed, ("at", "wording", "asked_at", "asked_to")),
        (Pause, ("at", "until")),
        (Predecessor, ("erased_at", "until")),
        (Suppression, ("reason", "at")),
        (Touch, ("channel", "purpose", "at", "message", "journey", "mark", "is_answered")),
    ],
)
def test_every_field_of_a_row_is_kept(row: type, names: tuple[str, ...]) -> None:
    assert tuple(field.name for field in fields(row)) == names


@pytest.mark.parametrize("keys", [[field.key for field in STATE_FIELDS.values()], list(RUN_KEYS.values())])
def test_no_two_fields_share_a_key(keys: list[str]) -> None:
    assert len({*keys, "v"}) == len(keys) + ("v" not in keys)


def test_what_is_left_out_is_the_default() -> None:
    assert state_to_plain(Profile(id="u1")) == {"v": 1}
    for field in fields(Profile):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        assert field.name in APART or not default


def test_a_state_of_a_later_version_gives_what_is_known_of_it() -> None:
    plain = {**state_to_plain(a_profile(decided_at=NOON)), "v": 99, "new": {"anything": True}}

    assert state_from_plain(plain, id="u1") == a_profile(decided_at=NOON)


def test_touches_are_read_as_they_were_kept_before_they_knew_their_journey() -> None:
    plain = {"v": 1, "u": [["email", "sms"], ["marketing", "transactional"], [NOON, 1], ["hello", "bye"]]}

    assert state_from_plain(plain, id="u1").touches == (
        Touch(Channel.EMAIL, "marketing", NOON, "hello"),
        Touch(Channel.SMS, "transactional", NOON + 1, "bye"),
    )


def test_digests_take_the_room_of_their_bytes() -> None:
    arrivals = {sha256(str(n).encode()).hexdigest()[:16]: NOON + n for n in range(100)}

    assert len(pack(state_to_plain(a_profile(recent_events=arrivals)))) < 100 * (8 + 3) + 200
