"""A person's consent for people to read: what holds for every topic and channel, and which word of theirs decides."""

from typing import Any

from shared.domain.consent.rules import said_by
from shared.domain.consent.words import USUAL_ORDER, Channel
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Instant, format_instant


def consent_view(profile: Profile, playbook: Playbook, now: Instant) -> list[dict[str, Any]]:
    """One entry for each topic and channel."""
    return [
        _effective(profile, playbook, topic, known.title, channel, now)
        for topic, known in sorted(playbook.topics.items())
        for channel in USUAL_ORDER
    ]


def _effective(
    profile: Profile, playbook: Playbook, topic: str, title: str, channel: Channel, now: Instant
) -> dict[str, Any]:
    found = playbook.ruling(said_by(profile), profile.traits, channel, topic, now)
    view: dict[str, Any] = {"topic": topic, "title": title, "channel": str(channel)}
    view |= {"subscribed": found.is_granted, "because": found.basis.value}
    if found.changes_at is not None:
        view["until"] = format_instant(found.changes_at)
    if found.at is not None:
        statement = None if found.scope is None else profile.consent.get(found.scope)
        view["statement"] = {"at": format_instant(found.at)} | ({"source": statement.source} if statement else {})
    return view
