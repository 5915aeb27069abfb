"""The demo's script is sound, and its verdict sees every difference."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from infra.demo.scenes import SCENES
from infra.demo.script import Arrived, Expected, Identifies, OptsOut, Part, PaysAtTill, Person, Role, Scene, Tracks
from infra.demo.storefront import MORNING, where_it_is_morning
from infra.demo.verdict import judge

ROLES = [role for scene in SCENES for role in scene.roles]


def a_scene(*receives: Expected) -> Scene:
    return Scene("A scene", (Role(Person("ana", "Ana Lima", email="ana@example.com"), (), receives),))


def arrived(message: str = "welcome", *, profile: str | None = "ana", channel: str = "email") -> dict[str, str | None]:
    return {"profile": profile, "to": "ana@example.com", "message": message, "channel": channel}


WELCOME = Expected("welcome", "email")


def test_nobody_plays_two_roles() -> None:
    for known in ("id", "email", "phone", "device"):
        values = Counter(value for role in ROLES if (value := getattr(role.person, known)))
        assert [value for value, count in values.items() if count > 1] == []


def test_about_forty_people_take_part() -> None:
    assert 38 <= len(ROLES) <= 45


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.person.id)
def test_every_cue_is_among_what_the_person_receives(role: Role) -> None:
    received = Counter(expected.message for expected in role.receives)
    cues = [part.after for part in role.parts if part.after]

    assert all(received[cue.message] >= cue.nth for cue in cues)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.person.id)
def test_nobody_expects_what_cannot_reach_them(role: Role) -> None:
    addresses = {"email": role.person.email, "sms": role.person.phone, "push": role.person.device}

    assert all(addresses[expected.channel] for expected in role.receives)


def test_every_kind_of_deed_is_played() -> None:
    deeds = {type(deed) for role in ROLES for part in role.parts for deed in part.deeds}

    assert deeds >= {Identifies, Tracks, PaysAtTill, OptsOut}
    assert any(isinstance(deed, Tracks) and deed.times > 1 for r in ROLES for p in r.parts for deed in p.deeds)
    assert Part((), after=Arrived("welcome")).after is not None


@pytest.mark.parametrize(
    ("receives", "messages", "missing", "extra"),
    [
        ((WELCOME,), [arrived()], 0, 0),
        ((WELCOME,), [], 1, 0),
        ((), [arrived()], 0, 1),
        ((WELCOME,), [arrived(), arrived()], 0, 1),
        ((WELCOME, WELCOME), [arrived()], 1, 0),
        ((WELCOME,), [arrived(channel="push")], 1, 1),
        ((WELCOME,), [arrived("cart_reminder")], 1, 1),
        ((WELCOME,), [arrived(profile=None)], 1, 1),
        ((WELCOME,), [arrived(profile="ben")], 1, 1),
    ],
)
def test_every_difference_is_seen(
    receives: tuple[Expected, ...], messages: list[dict[str, str | None]], missing: int, extra: int
) -> None:
    verdict = judge([a_scene(*receives)], messages)

    assert (verdict.missing.total(), verdict.extra.total()) == (missing, extra)
    assert verdict.is_right is (missing == extra == 0)


@pytest.mark.parametrize("hour", range(24))
def test_the_day_begins_in_the_morning_whenever_the_demo_is_started(hour: int) -> None:
    now = datetime(2026, 11, 2, hour, 30, tzinfo=UTC)

    assert now.astimezone(ZoneInfo(where_it_is_morning(now))).hour == MORNING
