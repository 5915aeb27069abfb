"""A notification as Apple's and Google's services take it: each its own JSON, which must fit within 4 KB.

An app finds beside what is shown: ``message_id``, ``link`` (what a tap opens), ``image`` and ``icon``.
"""

import json
from typing import Any, Final

from shared.domain.channels.content import PushContent

MAX_BYTES: Final = 4_096
"""Of APNs's payload, and of FCM's message."""


def apple(content: PushContent, message_id: str) -> str:
    """What APNs takes. ``mutable-content`` lets the app fetch the picture before it shows the notification."""
    alert = {"title": content.title, "body": content.body}
    aps: dict[str, Any] = {"alert": alert, "sound": content.sound or "default"}
    if content.badge is not None:
        aps["badge"] = content.badge
    if content.collapse:
        aps["thread-id"] = content.collapse
    if content.image:
        aps["mutable-content"] = 1
    return _json({"aps": aps, **_facts(content, message_id)})


def google(content: PushContent, message_id: str, *, is_urgent: bool) -> str:
    """What FCM's HTTP v1 takes, with the envelope that End User Messaging asks for."""
    shown = {"title": content.title, "body": content.body} | ({"image": content.image} if content.image else {})
    notification: dict[str, Any] = {"sound": content.sound or "default"}
    if content.color:
        notification["color"] = _six_digits(content.color)
    if content.badge is not None:
        notification["notification_count"] = content.badge
    android: dict[str, Any] = {"priority": "HIGH" if is_urgent else "NORMAL", "notification": notification}
    if content.time_to_live is not None:
        android["ttl"] = f"{content.time_to_live}s"
    if content.collapse:
        android["collapse_key"] = notification["tag"] = content.collapse
    message = {"notification": shown, "data": _facts(content, message_id), "android": android}
    return _json({"fcmV1Message": {"message": message}})


def size(content: PushContent, message_id: str) -> int:
    """Bytes of the larger of the two."""
    written = (apple(content, message_id), google(content, message_id, is_urgent=True))
    return max(len(payload.encode()) for payload in written)


def _facts(content: PushContent, message_id: str) -> dict[str, str]:
    facts = {"message_id": message_id, "link": content.link, "image": content.image, "icon": content.icon}
    return {name: value for name, value in facts.items() if value}


def _six_digits(color: str) -> str:
    """``#2f5d50``, as FCM wants it, where it may be ``#abc`` too."""
    return color if len(color) == len("#rrggbb") else "#" + "".join(digit * 2 for digit in color[1:])


def _json(plain: dict[str, Any]) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
