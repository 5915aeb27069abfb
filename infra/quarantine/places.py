"""The value that a fault is about."""

import json
from typing import Any, Final

MAX_SHOWN: Final = 200


def value_at(raw: Any, path: str) -> str:
    """As JSON, cut where it is long. A path of faults has names and indexes, and names may hold dots."""
    value, rest = raw, path
    while rest:
        found = _step(value, rest)
        if found is None:
            return "(is not there)"
        value, rest = found
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= MAX_SHOWN else shown[:MAX_SHOWN] + "…"


def _step(value: Any, path: str) -> tuple[Any, str] | None:
    """The value below, by the longest name that begins the path, and what is left of the path."""
    if isinstance(value, list):
        index, _, rest = path.partition(".")
        return (value[int(index)], rest) if index.isdigit() and int(index) < len(value) else None
    if isinstance(value, dict):
        names = [name for name in value if path == name or path.startswith(f"{name}.")]
        if names:
            name = max(names, key=len)
            return value[name], path[len(name) + 1 :]
    return None
