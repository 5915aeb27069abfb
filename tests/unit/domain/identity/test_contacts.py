"""Four hundred messy contacts: what is to come of each was written from the standards, not from what comes out."""

import json
from pathlib import Path
from typing import Any, Final

from shared.domain.profiles import Profile
from tests.stories import Story, a_journey, a_playbook

CORPUS: Final = Path(__file__).resolve().parents[3] / "corpus" / "contacts.jsonl"
CONTACTS: Final = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
WANTED: Final = 0.98

EXPLAINED: Final[dict[str, str]] = {
    '{"name": "Nagy Péter", "phone": "+36 20 123 4567", "country": "HU"}': (
        "in Hungary the family name comes first, but people there also fill in forms in the order of other countries, "
        "and nothing tells which of the two a person meant: the order is left as it was written"
    ),
    '{"phone": "1234567890", "country": "US"}': (
        "nobody in America has it, but what countries give out changes faster than any list: a number of a stated "
        "country is held to its length alone"
    ),
    '{"name": "José Luis Moreno Vidal", "country": "ES"}': (
        "two first and two last names, or one and three, or three and one: without a comma nothing tells, and the last "
        "word is taken for the last name; the whole name is right"
    ),
}
"""The contacts that come out otherwise, by what is said of them, and why."""


def what_comes_of(said: dict[str, Any]) -> dict[str, Any]:
    story = Story(a_playbook(j=a_journey()), Profile(id="u1"))
    story.identify(**said)
    return dict(story.profile.traits)


def test_nearly_all_contacts_come_out_right_and_every_other_one_is_explained() -> None:
    missed = {}
    for contact in CONTACTS:
        found = what_comes_of(contact["said"])
        if found != contact["expected"]:
            missed[json.dumps(contact["said"], ensure_ascii=False)] = (contact["expected"], found)
    right = 1 - len(missed) / len(CONTACTS)
    print(f"{len(CONTACTS)} contacts, {right:.1%} right")
    for said, (expected, found) in missed.items():
        print(f"{said}\n  expected {expected}\n  found    {found}\n  {EXPLAINED.get(said, 'NOT EXPLAINED')}")

    assert len(CONTACTS) >= 300
    assert right >= WANTED
    assert missed.keys() == EXPLAINED.keys()
