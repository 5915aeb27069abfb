"""Who is meant, and under which ids something of the person is kept."""

import pytest

from shared.domain.profiles import Profile
from shared.ports.people import PersonRecord
from shared.services.find_people import PeopleFinder
from tests.fakes.people import FakeAliases, FakePersonRecords, FakeProfiles

VISIT = "anon:a1"


@pytest.mark.parametrize(
    ("held", "apart", "expected"),
    [
        ([Profile(id="u2", version=3, merged_into="u1")], (), ("u1", "u2")),
        ([], (), ("u1", "u2")),
        ([Profile(id="u2", version=4, apart=("u1",))], ("u2",), ("u1",)),
        ([Profile(id="u2", version=4, apart=("u1",))], (), ("u1",)),
        ([Profile(id="u2", version=5, merged_into="u3"), Profile(id="u3", version=1)], (), ("u1",)),
        ([Profile(id=VISIT, version=2, merged_into="u1")], (), ("u1", VISIT)),
        ([Profile(id=VISIT, version=2, apart=("u1",))], (VISIT,), ("u1",)),
    ],
)
def test_who_was_parted_from_somebody_is_no_part_of_them(
    held: list[Profile], apart: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    person = Profile(id="u1", version=9, apart=apart)
    profiles = FakeProfiles()
    profiles.stored = {one.id: one for one in (person, *held)}
    absorbed = held[0].id if held else "u2"
    records = FakePersonRecords({"u1": [PersonRecord("MERGE", f"2026-11-02T10:00:00.000Z#7#{absorbed}", {})]})
    finder = PeopleFinder(profiles=profiles, aliases=FakeAliases(), records=records)

    assert finder.partitions(person) == expected
