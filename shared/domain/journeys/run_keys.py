"""Which run of a journey an event is about: one a person, or one for each value of the journey's key."""

import hashlib
import json
from collections.abc import Collection
from json.encoder import encode_basestring
from typing import Any, Final

from shared.domain.conditions.operators import decimal_of, is_number
from shared.domain.draft import Draft
from shared.domain.events import Event
from shared.domain.journeys.program import Journey
from shared.domain.profiles import Run

MAX_KEY: Final = 200

_AS_JSON: Final = json.JSONEncoder(ensure_ascii=False).encode

NO_KEY: Final = object()
"""What an event has that lacks the value of a journey's key: the same as no run's."""


def key_of(journey: Journey, draft: Draft, event: Event) -> Any:
    """The run's key as JSON text, ``None`` for a journey without one, ``NO_KEY`` where the event has none."""
    if journey.key is None:
        return None
    value = journey.key.value(draft.scope(event))
    if is_number(value) and decimal_of(value) is None:
        return NO_KEY  # no number, or none that ends
    if is_number(value):
        text = _AS_JSON(int(value) if value == int(value) else value)
    elif isinstance(value, str) and value:
        text = encode_basestring(value)
    elif isinstance(value, bool):
        text = _AS_JSON(value)
    else:
        return NO_KEY
    return (
        text if len(text) <= MAX_KEY else "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    )


def live_run(draft: Draft, journey: Journey, key: Any, among: Collection[str] | None = None) -> Run | None:
    """The one of the key; ``among`` says which are asked, where it is not all."""
    of_key = (run for run in draft.live_runs() if run.journey == journey.name and run.key == key)
    return next((run for run in of_key if among is None or run.id in among), None)
