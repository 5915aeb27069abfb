"""A person as plain JSON for staff: stable names, instants as text, nothing that only the machinery needs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from shared.domain.consent.view import consent_view
from shared.domain.consent.words import USUAL_ORDER, Channel
from shared.domain.ledger import LedgerEntry
from shared.domain.locales.local_time import zone_of
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile, Run, suppression_key
from shared.domain.rights.what_to_know import Note
from shared.domain.shop.interests import MOST
from shared.domain.timing import Instant, format_instant

ADDRESSED: Final = tuple(channel for channel in USUAL_ORDER if channel is not Channel.WEBHOOK)
"""Channels on which a person has addresses, or devices."""


def person_view(
    profile: Profile,
    playbook: Playbook,
    now: Instant,
    *,
    notes: Sequence[Note],
    identifiers: Sequence[tuple[str, str]],
    joined: Sequence[str],
) -> dict[str, Any]:
    """What `GET /v1/profiles/{id}` answers."""
    return {
        "id": profile.id,
        "what_to_know": {
            "text": " ".join(note.text for note in notes),
            "notes": [note._asdict() for note in notes],
        },
        "traits": dict(profile.traits),
        "said": {name: {"value": said.value, "reason": said.reason} for name, said in profile.said.items()},
        "addresses": {channel.value: addresses_view(profile, channel) for channel in ADDRESSED},
        "identifiers": [{"kind": kind, "value": value} for kind, value in identifiers],
        "joined": list(joined),
        "consent": consent_view(profile, playbook, now),
        "segments": segments_view(profile, playbook),
        "runs": [run_view(run, profile, playbook) for run in _live(profile)],
        "touches": touches_view(profile),
        "interests": interests_view(profile),
    }


def addresses_view(profile: Profile, channel: Channel) -> list[dict[str, Any]]:
    """Every well-formed address, and why it may not be written to."""
    return [_address_view(profile, channel, address) for address in profile.known_addresses(channel)]


def _address_view(profile: Profile, channel: Channel, address: str) -> dict[str, Any]:
    view: dict[str, Any] = {"address": address}
    if channel is Channel.PUSH:
        device = profile.devices[address]
        view |= {"platform": device.platform, "seen_at": format_instant(device.seen_at)}
    why = profile.suppressed.get(suppression_key(channel, address))
    return view | {
        "suppressed": None if why is None else {"reason": why.reason.value, "at": format_instant(why.at)},
    }


def segments_view(profile: Profile, playbook: Playbook) -> list[dict[str, Any]]:
    known = playbook.segments.by_name
    return [
        {"name": name, "title": known[name].title if name in known else name, "since": format_instant(since)}
        for name, since in sorted(profile.segments.items())
    ]


def run_view(run: Run, profile: Profile, playbook: Playbook) -> dict[str, Any]:
    """A live run: where it stands and until when, and what holds its message back."""
    journey = playbook.journey_of(run)
    placed = journey.program.get(run.position) if journey else None
    view: dict[str, Any] = {
        "journey": run.journey,
        "title": journey.title if journey else run.journey,
        "key": run.key,
        "step": run.position,
        "doing": type(placed.step).__name__ if placed else None,
        "entered_at": format_instant(run.entered_at),
        "waits_until": _when(run.wait_until),
        "is_measured_only": run.variant is not None,
    }
    if run.held_since is None or journey is None:
        return view
    zone = zone_of(profile.traits, playbook.timezone)
    held = {}
    for name, until in run.held.items():
        _, reason = playbook.policy.free_at(
            Channel(name), journey.purpose, profile.traits, zone, profile.touches, run.held_since
        )
        held[name] = {"until": format_instant(until), "because": reason}
    return view | {"held_since": format_instant(run.held_since), "held": held}


def touches_view(profile: Profile) -> list[dict[str, Any]]:
    """What was sent of late, the latest first."""
    return [
        {
            "message": touch.message,
            "channel": touch.channel.value,
            "purpose": str(touch.purpose),
            "journey": touch.journey,
            "at": format_instant(touch.at),
            "answered": touch.is_answered,
        }
        for touch in sorted(profile.touches, key=lambda touch: touch.at, reverse=True)
    ]


def interests_view(profile: Profile) -> dict[str, dict[str, str]]:
    """The products that recommendations go by, to the hour."""
    kinds = ((kind, getattr(profile.interests, kind)) for kind in MOST)
    return {kind: {sku: format_instant(hour) for sku, hour in hours.items()} for kind, hours in kinds if hours}


def message_view(facts: Mapping[str, Any], entry: LedgerEntry | None) -> dict[str, Any]:
    """A message that was ordered, and what became of it; ``queued``: nobody has begun to send it."""
    if entry is None:
        return {**facts, "status": "queued", "trace": []}
    return {
        **facts,
        "topic": entry.topic,
        "status": entry.status.value,
        "reason": entry.reason,
        "channel": entry.channel.value if entry.channel else None,
        "at": format_instant(entry.at),
        "sent_at": _when(entry.sent_at),
        "provider_id": entry.provider_id,
        "parts": entry.parts,
        "price": entry.price,
        **({"instead_of": entry.instead_of} if entry.instead_of else {}),
        **({"recommended": list(entry.recommended)} if entry.recommended else {}),
        "trace": [
            {
                "channel": attempt.channel.value if attempt.channel else None,
                "at": format_instant(attempt.at),
                "outcome": attempt.outcome.value,
                "detail": attempt.detail,
            }
            for attempt in entry.attempts
        ],
    }


def _live(profile: Profile) -> list[Run]:
    live = [run for run in profile.runs.values() if run.is_live]
    return sorted(live, key=lambda run: (run.wait_until or 0, run.id))


def _when(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)
