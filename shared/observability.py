"""What logs may say of an error: ids and places, never the values that it choked on."""

import traceback

from shared.errors import CarillonError


def error_fields(error: BaseException) -> dict[str, object]:
    """Fields for a log line. Our own errors may be quoted; others' words may hold anything, so only their place is."""
    fields: dict[str, object] = {
        "error": type(error).__name__,
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)],
    }
    if isinstance(error, CarillonError):
        return {**error.context, **fields, "reason": str(error)}
    return fields
