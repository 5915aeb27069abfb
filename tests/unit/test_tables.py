"""Keys of the one table: who an item belongs to can be read back, and whatever an id holds, AWS takes it."""

import re
from collections import Counter

import pytest

from shared.tables import (
    alias_key,
    member_key,
    member_partitions,
    person_group,
    profile_id_of,
    profile_key,
    timeline_key,
)
from tests.builders import NOON


@pytest.mark.parametrize("profile_id", ["u1", "a#b", "#", "anon:7", "Ø / ü", " "])
def test_the_profile_of_a_key_is_the_one_it_was_made_for(profile_id: str) -> None:
    assert profile_id_of(profile_key(profile_id)[0]) == profile_id
    assert profile_id_of(timeline_key(profile_id, NOON, "page")[0]) == profile_id


@pytest.mark.parametrize("key", ["ALIAS#email#x", "PROFILE#", "PROFILE", "", "profile#u1"])
def test_a_key_of_nobody_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not a profile's key"):
        profile_id_of(key)


def test_a_long_alias_still_fits_a_key_and_stays_apart_from_others() -> None:
    long, longer = alias_key("anonymous", "ü" * 2_000)[0], alias_key("anonymous", "ü" * 2_001)[0]

    assert long != longer
    assert len(long.encode()) < 2_048


@pytest.mark.parametrize("profile_id", ["u1", "Ø / ü", "x" * 5_000])
def test_a_persons_group_suits_sqs_and_scheduler(profile_id: str) -> None:
    assert re.fullmatch("[0-9a-f]{40}", person_group(profile_id))


@pytest.mark.parametrize("profile_id", ["u1", "Ø / ü", "anon:" + "🪵" * 256])
def test_a_persons_place_in_a_segment_fits_a_key(profile_id: str) -> None:
    partition, key = member_key("regulars", profile_id)

    assert partition in member_partitions("regulars")
    assert 0 < len(key.encode()) <= 1_024


def test_the_people_of_a_segment_are_spread_evenly_over_its_partitions() -> None:
    shares = Counter(member_key("regulars", f"u{number}")[0] for number in range(16_000))

    assert sorted(shares) == sorted(member_partitions("regulars"))
    assert min(shares.values()) > 850


def test_no_two_segments_share_a_partition() -> None:
    names = ["vip", "vip#1", "vip#1#1", "1", "VIP"]
    partitions = [partition for name in names for partition in member_partitions(name)]

    assert len(set(partitions)) == len(partitions)
