"""What the pages are given: a person's preferences in the words of their language."""

from collections.abc import Mapping
from typing import Any

from shared.domain.consent.preferences import Cell, wording_of
from shared.domain.consent.words import Channel
from shared.domain.locales.local_time import zone_of
from shared.domain.locales.written_dates import write_date
from shared.domain.timing import Instant
from shared.ports.sending import Pages
from shared.services.preference_centre import Centre, Outcome


def wordings_of(centre: Centre, pages: Pages, language: str) -> Mapping[tuple[Channel, str], str]:
    """The version of what stands beside each box."""
    return {
        (cell.channel, cell.topic): wording_of(
            language, pages.agreement(language, "preferences", cell.topic, cell.channel)
        )
        for cell in centre.preferences.cells
    }


def preferences_view(
    centre: Centre, pages: Pages, language: str, *, form: str, now: Instant, timezone: str, error: str = ""
) -> dict[str, Any]:
    """The context of ``preferences.html`` (``infra.playbook.page_examples``); ``timezone`` is the brand's."""
    zone = zone_of(centre.person.traits, timezone)
    dates = pages.texts(language)["dates"]

    def written(at: Instant | None) -> str:
        return "" if at is None else write_date(at, zone, dates)

    def shown(index: int, cell: Cell) -> dict[str, Any]:
        reached = centre.preferences.channels[cell.channel]
        return {
            "index": index,
            "channel": cell.channel.value,
            "address": reached.address,
            "is_on": cell.is_on,
            "is_pending": cell.standing.value == "pending",
            "is_blocked": reached.is_blocked,
            "state": cell.standing.value,
            "since": written(cell.since),
        }

    topics: dict[str, dict[str, Any]] = {}
    for index, cell in enumerate(centre.preferences.cells):
        topic = topics.setdefault(cell.topic, {"title": pages.title(cell.topic, language), "cells": []})
        topic["cells"].append(shown(index, cell))
    stale = Outcome.STALE.value if centre.outcome is Outcome.STALE else ""
    return {
        "is_known": centre.is_known,
        "status": "" if error or stale else (centre.outcome or ""),
        "error": error or stale,
        "form": form,
        "undo": centre.undo,
        "until": written(centre.preferences.paused_until),
        "today": written(now),
        "topics": list(topics.values()) if centre.is_known else [],
    }
