"""A person's consent for people to read: what holds for every topic and channel, and which word of theirs decides."""

from typing import Any

from shared.domain.consent import USUAL_ORDER, applicable
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Instant, format_instant


def consent_view(profile: Profile, playbook: Playbook, now: Instant) -> list[dict[str, Any]]:  # noqa: ARG001
    """One entry for each topic and channel."""
    return [
        _effective(profile, topic, known.title, channel, known.default)
        for topic, known in sorted(playbook.topics.items())
        for channel in USUAL_ORDER
    ]


def _effective(profile: Profile, topic: str, title: str, channel: str, default: bool) -> dict[str, Any]:
    statement = applicable(profile.consent, channel, topic)
    view: dict[str, Any] = {"topic": topic, "title": title, "channel": str(channel)}
    if statement is None:
        return view | {"subscribed": default, "because": "default"}
    return view | {
        "subscribed": statement.subscribed,
        "because": "statement",
        "statement": {"at": format_instant(statement.at), "source": statement.source},
    }
