"""A profile's state as a compact plain value, and back: short keys, lists for rows, differences for instants.

Fields that hold their default are left out, so a state without one reads as the default: that is how a field is
added. ``v`` counts changes that need more than that; a reader of an older version takes what it knows.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

from shared.domain.consent.words import Channel, Pause, Statement, SuppressionReason, Unconfirmed
from shared.domain.profiles import Dated, Device, Fallback, Predecessor, Profile, Run, Said, Suppression, Touch
from shared.domain.shop.interests import MOST, Interests
from shared.domain.timing import HOUR, Instant

STATE_VERSION: Final = 1

APART: Final = frozenset({"id", "version", "wake_at", "scheduled_at", "whole"})
"""What the item holds in its key and in attributes of its own."""

RUN_KEYS: Final[Mapping[str, str]] = {
    "id": "i",
    "journey": "j",
    "key": "k",
    "version": "v",
    "entered_at": "a",
    "entry": "e",
    "position": "p",
    "wait_until": "w",
    "ended_at": "x",
    "ended_reason": "r",
    "late_by": "l",
    "held_since": "h",
    "goal_until": "g",
    "variant": "t",
    "held": "b",
}

_RUN_DEFAULTS: Final[Mapping[str, Any]] = {
    RUN_KEYS["key"]: None,
    **{RUN_KEYS[field.name]: field.default for field in fields(Run) if field.default is not MISSING},
}

_HEXADECIMAL: Final = re.compile("(?:[0-9a-f]{2})+", re.ASCII)

_SINCE_ENTRY: Final = frozenset({RUN_KEYS["wait_until"], RUN_KEYS["ended_at"]})
"""Kept as the time since the run's entry."""


class Field(NamedTuple):
    """How one field of the profile is kept: under which key, and how it is written and read."""

    key: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def state_to_plain(profile: Profile) -> dict[str, Any]:
    """All of the profile but what is kept ``APART``."""
    plain: dict[str, Any] = {"v": STATE_VERSION}
    for name, field in STATE_FIELDS.items():
        if value := getattr(profile, name):
            plain[field.key] = field.write(value)
    return plain


def state_from_plain(plain: Mapping[str, Any], **apart: Any) -> Profile:
    """What ``state_to_plain`` wrote, with what was kept ``APART``."""
    held = {name: field.read(plain[field.key]) for name, field in STATE_FIELDS.items() if field.key in plain}
    return Profile(**held, **apart)


def _same(value: Any) -> Any:
    return value


def _write_pairs(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [*map(list, pairs)]


def _read_pairs(rows: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(map(tuple, rows))


def _differences(instants: Iterable[Instant]) -> list[int]:
    """The first, then each one's distance from the one before: a few digits instead of thirteen."""
    listed = list(instants)
    return listed[:1] + [later - earlier for earlier, later in pairwise(listed)]


def _write_aggregates(aggregates: Mapping[str, tuple[Instant, ...]]) -> dict[str, list[int]]:
    return {name: _differences(instants) for name, instants in aggregates.items()}


def _read_aggregates(plain: Mapping[str, list[int]]) -> dict[str, tuple[Instant, ...]]:
    return {name: tuple(accumulate(differences)) for name, differences in plain.items()}


def _write_sums(sums: Mapping[str, tuple[tuple[Instant, Decimal], ...]]) -> dict[str, list[Any]]:
    return {
        name: [_differences(at for at, _ in amounts), " ".join(str(amount) for _, amount in amounts)]
        for name, amounts in sums.items()
    }


def _read_sums(plain: Mapping[str, Sequence[Any]]) -> dict[str, tuple[tuple[Instant, Decimal], ...]]:
    return {
        name: tuple(zip(accumulate(differences), map(Decimal, amounts.split()), strict=True))
        for name, (differences, amounts) in plain.items()
    }


def _write_digests(digests: list[str]) -> list[str] | str:
    """Digests of one length as their bytes: hexadecimal digits take twice the room. Anything else as it is."""
    length = len(digests[0])
    if length and all(len(digest) == length and _HEXADECIMAL.fullmatch(digest) for digest in digests):
        return f"{length}:{b64encode(bytes.fromhex(''.join(digests))).decode()}"
    return digests


def _read_digests(plain: list[str] | str) -> list[str]:
    if isinstance(plain, list):
        return plain
    length, _, encoded = plain.partition(":")
    digits, size = b64decode(encoded).hex(), int(length)
    return [digits[start : start + size] for start in range(0, len(digits), size)]


def _write_arrivals(arrivals: Mapping[str, Instant]) -> list[Any]:
    return [_write_digests(list(arrivals)), _differences(arrivals.values())]


def _read_arrivals(plain: Sequence[Any]) -> dict[str, Instant]:
    digests, differences = plain
    return dict(zip(_read_digests(digests), accumulate(differences), strict=True))


def _write_instants(instants: Mapping[str, Instant]) -> list[list[Any]]:
    return [list(instants), _differences(instants.values())]


def _read_instants(plain: Sequence[Any]) -> dict[str, Instant]:
    names, differences = plain
    return dict(zip(names, accumulate(differences), strict=True))


def _write_runs(runs: Mapping[str, Run]) -> dict[str, Any]:
    """A list a field, for like stands beside like then, and compresses; a field that no run has is left out."""
    listed = list(runs.values())
    columns = {key: [getattr(run, name) for run in listed] for name, key in RUN_KEYS.items()}
    entered = columns[RUN_KEYS["entered_at"]]
    for key in _SINCE_ENTRY:
        columns[key] = [at if at is None else at - since for at, since in zip(columns[key], entered, strict=True)]
    columns[RUN_KEYS["entered_at"]] = _differences(entered)
    told = {key: column for key, column in columns.items() if any(v != _RUN_DEFAULTS.get(key, MISSING) for v in column)}
    return told | {RUN_KEYS["id"]: _write_digests(columns[RUN_KEYS["id"]])}


def _read_runs(plain: Mapping[str, Any]) -> dict[str, Run]:
    ids = _read_digests(plain[RUN_KEYS["id"]])
    columns: dict[str, list[Any]] = {RUN_KEYS["key"]: [None] * len(ids), **plain, RUN_KEYS["id"]: ids}
    entered = list(accumulate(columns[RUN_KEYS["entered_at"]]))
    columns[RUN_KEYS["entered_at"]] = entered
    for key in _SINCE_ENTRY & columns.keys():
        columns[key] = [at if at is None else at + since for at, since in zip(columns[key], entered, strict=True)]
    names = {name: columns[key] for name, key in RUN_KEYS.items() if key in columns}
    runs = [Run(**dict(zip(names, values, strict=True))) for values in zip(*names.values(), strict=True)]
    return {run.id: run for run in runs}


def _write_fallbacks(fallbacks: Mapping[str, Fallback]) -> list[list[Any]]:
    """A row each; the instants as the time since the run's entry."""
    return [
        [
            id_,
            *(one.run_id, one.journey, one.version, one.key, one.entered_at, one.position, one.message),
            [channel.value for channel in one.channels],
            [channel.value for channel in one.tried],
            dict(one.entry),
            one.ordered_at - one.entered_at,
            *(at if at is None else at - one.entered_at for at in (one.due_at, one.held_since)),
            int(one.is_failed),
            dict(one.held),
        ]
        for id_, one in fallbacks.items()
    ]


def _read_fallbacks(rows: Sequence[Any]) -> dict[str, Fallback]:
    found: dict[str, Fallback] = {}
    for id_, run_id, journey, version, key, entered_at, position, message, *later in rows:
        channels, tried, entry, ordered_after, due_after, held_after, is_failed, held = later
        found[id_] = Fallback(
            run_id=run_id,
            journey=journey,
            version=version,
            key=key,
            entered_at=entered_at,
            position=position,
            message=message,
            channels=tuple(map(Channel, channels)),
            tried=tuple(map(Channel, tried)),
            entry=entry,
            ordered_at=entered_at + ordered_after,
            due_at=None if due_after is None else entered_at + due_after,
            held_since=None if held_after is None else entered_at + held_after,
            is_failed=bool(is_failed),
            held=held,
        )
    return found


def _write_said(said: Mapping[str, Said]) -> dict[str, Any]:
    return {name: one.value if one.reason is None else [one.value, one.reason] for name, one in said.items()}


def _read_said(plain: Mapping[str, Any]) -> dict[str, Said]:
    return {name: Said(*one) if isinstance(one, list) else Said(one) for name, one in plain.items()}


def _write_devices(devices: Mapping[str, Device]) -> list[list[Any]]:
    return [[token, device.platform, device.seen_at] for token, device in devices.items()]


def _read_devices(rows: Sequence[Any]) -> dict[str, Device]:
    return {token: Device(platform, seen_at) for token, platform, seen_at in rows}


def _write_consent(consent: Mapping[tuple[str, str], Statement]) -> list[list[Any]]:
    rows = ([*key, int(said.subscribed), said.at, said.source, said.kept_at] for key, said in consent.items())
    return [row if row[-1] else row[:-1] for row in rows]


def _read_consent(rows: Sequence[Any]) -> dict[tuple[str, str], Statement]:
    return {(channel, topic): Statement(bool(said), *more) for channel, topic, said, *more in rows}


def _write_unconfirmed(unconfirmed: Mapping[tuple[str, str], Unconfirmed]) -> list[list[Any]]:
    return [[*key, one.at, one.wording, one.asked_at, one.asked_to] for key, one in unconfirmed.items()]


def _read_unconfirmed(rows: Sequence[Any]) -> dict[tuple[str, str], Unconfirmed]:
    return {(channel, topic): Unconfirmed(*one) for channel, topic, *one in rows}


def _write_suppressed(suppressed: Mapping[tuple[str, str], Suppression]) -> list[list[Any]]:
    return [[*key, why.reason.value, why.at] for key, why in suppressed.items()]


def _read_suppressed(rows: Sequence[Any]) -> dict[tuple[str, str], Suppression]:
    return {(channel, address): Suppression(SuppressionReason(why), at) for channel, address, why, at in rows}


def _write_exits(exits: Mapping[tuple[str, str | None], Instant]) -> list[list[Any]]:
    return [[journey, key, at] for (journey, key), at in exits.items()]


def _read_exits(rows: Sequence[Any]) -> dict[tuple[str, str | None], Instant]:
    return {(journey, key): at for journey, key, at in rows}


def _write_dates(dates: Mapping[str, Dated]) -> list[list[Any]]:
    return [[name, dated.next_at, *(day.toordinal() for day in dated.reached)] for name, dated in dates.items()]


def _read_dates(rows: Sequence[Any]) -> dict[str, Dated]:
    return {name: Dated(next_at, tuple(map(date.fromordinal, days))) for name, next_at, *days in rows}


def _write_touches(touches: Sequence[Touch]) -> list[Any]:
    channels = [touch.channel.value for touch in touches]
    purposes, messages = [touch.purpose for touch in touches], [touch.message for touch in touches]
    instants, journeys = _differences(touch.at for touch in touches), [touch.journey for touch in touches]
    answered = [number for number, touch in enumerate(touches) if touch.is_answered]
    marks = {number: touch.mark for number, touch in enumerate(touches) if touch.mark}
    columns: list[Any] = [channels, purposes, instants, messages, journeys, answered]
    return [*columns, _differences(marks), _write_digests(list(marks.values()))] if marks else columns


def _read_touches(plain: Sequence[Any]) -> tuple[Touch, ...]:
    channels, purposes, differences, messages, *later = plain
    common = zip(map(Channel, channels), purposes, accumulate(differences), messages, strict=True)
    if not later:  # as they were kept before a touch knew its journey
        return tuple(Touch(*row) for row in common)
    journeys, answered, *marked = later
    marks = dict(zip(accumulate(marked[0]), _read_digests(marked[1]), strict=True)) if marked else {}
    rows = enumerate(zip(common, journeys, strict=True))
    return tuple(Touch(*row, journey, marks.get(n, ""), n in answered) for n, (row, journey) in rows)


def _write_interests(interests: Interests) -> list[list[Any]]:
    """By whole hours, since they are kept to the hour."""
    kinds = [getattr(interests, kind) for kind in MOST]
    return [[*hours, *_differences(hour // HOUR for hour in hours.values())] for hours in kinds]


def _read_interests(plain: Sequence[Sequence[Any]]) -> Interests:
    def hours(row: Sequence[Any]) -> dict[str, Instant]:
        skus, differences = row[: len(row) // 2], row[len(row) // 2 :]
        return dict(zip(skus, (hour * HOUR for hour in accumulate(differences)), strict=True))

    return Interests(**dict(zip(MOST, map(hours, plain), strict=True)))


STATE_FIELDS: Final[Mapping[str, Field]] = {
    "decided_at": Field("a", _same, _same),
    "traits": Field("t", _same, _same),
    "said": Field("ts", _write_said, _read_said),
    "trait_times": Field("tt", _write_instants, _read_instants),
    "claimed": Field("i", _write_pairs, _read_pairs),
    "vouched": Field("iv", _write_pairs, _read_pairs),
    "devices": Field("d", _write_devices, _read_devices),
    "consent": Field("c", _write_consent, _read_consent),
    "unconfirmed": Field("cu", _write_unconfirmed, _read_unconfirmed),
    "pause": Field("cp", lambda pause: [pause.at, pause.until], lambda plain: Pause(*plain)),
    "wrote_at": Field("w", _same, _same),
    "suppressed": Field("s", _write_suppressed, _read_suppressed),
    "aggregates": Field("g", _write_aggregates, _read_aggregates),
    "sums": Field("n", _write_sums, _read_sums),
    "runs": Field("r", _write_runs, _read_runs),
    "fallbacks": Field("f", _write_fallbacks, _read_fallbacks),
    "exits": Field("x", _write_exits, _read_exits),
    "dates": Field("y", _write_dates, _read_dates),
    "dates_version": Field("yv", _same, _same),
    "recent_events": Field("e", _write_arrivals, _read_arrivals),
    "touches": Field("u", _write_touches, _read_touches),
    "segments": Field("sg", _write_instants, _read_instants),
    "turns": Field("st", _write_instants, _read_instants),
    "segments_version": Field("sv", _same, _same),
    "merged_into": Field("m", _same, _same),
    "apart": Field("ap", list, tuple),
    "is_told_of": Field("k", int, bool),
    "interests": Field("wa", _write_interests, _read_interests),
    "predecessor": Field("pe", lambda one: [one.erased_at, one.until], lambda plain: Predecessor(*plain)),
}
