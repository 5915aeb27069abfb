"""What every ``Profiles`` does: read whole, written whole, over the version that was read."""

import json
from collections.abc import Callable
from dataclasses import replace

import boto3
import pytest
from botocore.stub import Stubber

from shared.adapters.dynamodb.merges import DynamoMerges
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.domain.identity.merges import Merge, Undoing, tombstone
from shared.domain.messages import AliasClaim, Wake
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, Instant
from shared.errors import ConflictError, PermanentError, RetryableError
from shared.ports.people import Merges, Profiles
from tests.aws import own_client
from tests.builders import NOON, a_message, a_profile
from tests.fakes.people import FakeProfiles


@pytest.fixture(params=["fake", "dynamodb"])
def profiles(request: pytest.FixtureRequest) -> Profiles:
    if request.param == "fake":
        return FakeProfiles()
    return DynamoProfiles(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


@pytest.fixture
def merges(profiles: Profiles, request: pytest.FixtureRequest) -> Merges:
    """The other side of the same store."""
    if isinstance(profiles, FakeProfiles):
        return profiles
    return DynamoMerges(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def test_a_person_never_stored_has_version_0(profiles: Profiles) -> None:
    assert profiles.load("u1") == a_profile(traits={}, version=0)


def test_what_is_saved_is_loaded_with_the_next_version(profiles: Profiles) -> None:
    profile = a_profile(wake_at=NOON, scheduled_at=NOON + 1)

    profiles.save(profile, [])

    assert profiles.load("u1") == replace(profile, version=1)


def test_each_save_is_over_the_version_that_was_loaded(profiles: Profiles) -> None:
    profiles.save(a_profile(), [Wake(NOON)])
    profiles.save(a_profile(version=1, traits={"n": 2}), [])

    assert profiles.load("u1") == a_profile(version=2, traits={"n": 2})


@pytest.mark.parametrize("version", [0, 2, 7])
def test_a_save_over_another_version_conflicts_and_changes_nothing(profiles: Profiles, version: int) -> None:
    profiles.save(a_profile(), [])

    with pytest.raises(ConflictError):
        profiles.save(a_profile(version=version, traits={"n": 2}), [])

    assert profiles.load("u1") == a_profile(version=1)


def test_a_save_of_a_person_who_was_never_stored_conflicts_over_a_version(profiles: Profiles) -> None:
    with pytest.raises(ConflictError):
        profiles.save(a_profile(version=3), [])


def a_merge(survivor: Profile, absorbed: Profile, at: Instant = NOON) -> Merge:
    return Merge(at=at, survivor=survivor, absorbed=absorbed)


def test_several_are_saved_as_one_each_with_the_next_version(profiles: Profiles) -> None:
    profiles.save(a_profile(), [])
    survivor, visitor = a_profile(version=1, traits={"n": 2}), Profile(id="anon:a1", merged_into="u1", decided_at=NOON)

    profiles.save_all([(survivor, [Wake(NOON)]), (visitor, [])])

    assert profiles.load("u1") == replace(survivor, version=2)
    assert profiles.load("anon:a1") == replace(visitor, version=1)


@pytest.mark.parametrize("late", ["u1", "u2"])
def test_where_another_writer_of_any_was_first_none_is_saved(profiles: Profiles, late: str) -> None:
    profiles.save(a_profile(id="u1"), [])
    profiles.save(a_profile(id="u2"), [])
    profiles.save(a_profile(id=late, version=1), [])

    with pytest.raises(ConflictError):
        profiles.save_all([(a_profile(id=id_, version=1, traits={"n": 2}), []) for id_ in ("u1", "u2")])

    assert {id_: profiles.load(id_).version for id_ in ("u1", "u2")} == {"u1": 1, "u2": 1} | {late: 2}
    assert profiles.load("u1").traits == a_profile().traits


def test_who_was_born_meanwhile_is_not_buried_unread(profiles: Profiles) -> None:
    profiles.save(Profile(id="anon:a1", decided_at=NOON), [])

    with pytest.raises(ConflictError):
        profiles.save_all([(a_profile(), []), (Profile(id="anon:a1", merged_into="u1"), [])])

    assert profiles.load("u1").version == 0


def test_what_undoes_a_merge_is_kept_with_it(profiles: Profiles, merges: Merges) -> None:
    before, visitor = a_profile(version=0), Profile(id="anon:a1", wake_at=NOON)
    first = [a_merge(before, visitor)]
    profiles.save_all([(a_profile(), []), (tombstone(visitor, "u1", NOON), [])], first)
    after = profiles.load("u1")
    unborn = Profile(id="phone:12")
    second = [a_merge(after, Profile(id="email:12"), NOON + 1), a_merge(after, unborn, NOON + 1)]
    profiles.save_all(
        [(after, []), (tombstone(Profile(id="email:12"), "u1", NOON), []), (tombstone(unborn, "u1", NOON), [])], second
    )

    assert sorted(merges.of("u1"), key=lambda merge: (merge.at, merge.absorbed.id)) == [*first, *second]
    assert merges.of("u1")[-1] == first[0]
    assert merges.of("anon:a1") == []


def test_what_undoes_a_merge_expires_when_it_can_no_longer_be_undone(table_name: str) -> None:
    client = boto3.client("dynamodb")
    merge = a_merge(a_profile(), Profile(id="anon:" + "\N{GRINNING FACE}" * 256))
    DynamoProfiles(client, table=table_name).save_all([(a_profile(), [])], [merge])

    kept = [item for item in client.scan(TableName=table_name)["Items"] if item["sk"]["S"].startswith("MERGE#")]
    assert [item["expires_at"]["N"] for item in kept] == [str((NOON + 90 * DAY) // 1_000)] * 2
    assert DynamoMerges(client, table=table_name).of("u1") == [merge]


@pytest.mark.parametrize(
    ("codes", "error"),
    [
        (["None", "ConditionalCheckFailed"], ConflictError),
        (["TransactionConflict", "None"], ConflictError),
        (["TransactionConflict", "ConditionalCheckFailed"], ConflictError),
        (["ThrottlingError", "ConditionalCheckFailed"], RetryableError),
    ],
)
def test_a_transaction_in_the_way_of_another_is_decided_anew(
    aws: None, codes: list[str], error: type[Exception]
) -> None:
    client = own_client("dynamodb")
    reasons = [{"Code": code} for code in codes]
    with Stubber(client) as stubber:
        stubber.add_client_error(
            "transact_write_items", "TransactionCanceledException", modeled_fields={"CancellationReasons": reasons}
        )
        with pytest.raises(RetryableError) as raised:
            DynamoProfiles(client, table="t").save_all([(a_profile(), [])])

    assert type(raised.value) is error


def test_a_write_in_the_way_of_a_transaction_is_decided_anew(aws: None) -> None:
    client = own_client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_client_error("put_item", "TransactionConflictException")
        with pytest.raises(ConflictError):
            DynamoProfiles(client, table="t").save(a_profile(), [])


def test_people_do_not_meet(profiles: Profiles) -> None:
    profiles.save(a_profile(id="u1"), [])
    profiles.save(a_profile(id="u2", traits={"n": 2}), [])

    assert profiles.load("u1").traits != profiles.load("u2").traits


@pytest.fixture
def stored(table_name: str) -> Callable[[], dict[str, dict[str, str]]]:
    """The one item of the table."""

    def read() -> dict[str, dict[str, str]]:
        [item] = boto3.client("dynamodb").scan(TableName=table_name)["Items"]
        return item  # type: ignore[return-value]

    return read


def test_effects_are_stored_only_with_the_write_that_orders_them(
    table_name: str, stored: Callable[[], dict[str, dict[str, str]]]
) -> None:
    profiles = DynamoProfiles(boto3.client("dynamodb"), table=table_name)

    profiles.save(a_profile(), [a_message(), Wake(NOON), AliasClaim("email", "ana@example.com")])
    assert [effect["kind"] for effect in json.loads(stored()["effects"]["S"])] == ["message", "wake", "alias"]

    profiles.save(a_profile(version=1), [])
    assert "effects" not in stored()


def test_the_instants_that_a_sweep_looks_for_are_attributes(
    table_name: str, stored: Callable[[], dict[str, dict[str, str]]]
) -> None:
    profiles = DynamoProfiles(boto3.client("dynamodb"), table=table_name)

    profiles.save(a_profile(wake_at=NOON, scheduled_at=NOON + 1), [])
    assert (stored()["wake_at"], stored()["scheduled_at"]) == ({"N": str(NOON)}, {"N": str(NOON + 1)})

    profiles.save(a_profile(version=1), [])
    assert not {"wake_at", "scheduled_at"} & stored().keys()


@pytest.mark.parametrize(
    "damage",
    [
        {"state": {"B": b"not packed"}},
        {"state": {"B": b""}},
        {"state": {"S": "text"}},
        {"version": {"S": "one"}},
    ],
    ids=["state that is none", "empty state", "state that is text", "version that is none"],
)
def test_a_profile_that_cannot_be_read_is_an_error_that_lasts(
    table_name: str, damage: dict[str, dict[str, str]]
) -> None:
    client = boto3.client("dynamodb")
    profiles = DynamoProfiles(client, table=table_name)
    profiles.save(a_profile(), [])
    [item] = client.scan(TableName=table_name)["Items"]
    client.put_item(TableName=table_name, Item=item | damage)  # type: ignore[operator]

    with pytest.raises(PermanentError, match="cannot be read"):
        profiles.load("u1")


def test_of_a_merge_that_is_undone_nothing_is_kept_and_the_later_ones_are_written_anew(
    profiles: Profiles, merges: Merges
) -> None:
    first = [a_merge(a_profile(version=0), Profile(id=id_)) for id_ in ("anon:a1", "anon:a2")]
    profiles.save_all([(a_profile(), [])], first)
    later = a_merge(a_profile(version=1, traits={"of": "anon:a1"}), Profile(id="anon:a3", wake_at=NOON), NOON + 1)
    profiles.save_all([(a_profile(version=1), [])], [later])
    anew = replace(later, survivor=a_profile(version=1))

    profiles.save_all([(a_profile(version=2), [])], undoing=Undoing(first[0], is_alone=False, later=[anew]))

    assert merges.of("u1") == [anew, first[1]]

    profiles.save_all([(a_profile(version=3), [])], undoing=Undoing(first[1], is_alone=True))

    assert merges.of("u1") == [anew]


def test_a_merge_that_cannot_be_undone_yet_stays(profiles: Profiles, merges: Merges) -> None:
    merge = a_merge(a_profile(version=0), Profile(id="anon:a1"))
    profiles.save_all([(a_profile(), [])], [merge])

    with pytest.raises(ConflictError):
        profiles.save_all([(a_profile(version=9), [])], undoing=Undoing(merge, is_alone=True))

    assert merges.of("u1") == [merge]


def test_nothing_of_who_was_absorbed_stays_in_the_table(table_name: str) -> None:
    client = boto3.client("dynamodb")
    profiles = DynamoProfiles(client, table=table_name)
    merge = a_merge(a_profile(), Profile(id="anon:a1"))
    profiles.save_all([(a_profile(), [])], [merge])

    profiles.save_all([(a_profile(version=1), [])], undoing=Undoing(merge, is_alone=True))

    assert [item["sk"]["S"] for item in client.scan(TableName=table_name)["Items"]] == ["PROFILE"]
