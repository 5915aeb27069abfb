"""What a page is given when it is rendered, by example: with these every page must render, and names it may read."""

from collections.abc import Mapping
from typing import Any, Final

_CELL: Final = {
    "index": 0,
    "channel": "email",
    "address": "a•••@example.com",
    "is_on": True,
    "is_pending": False,
    "is_blocked": False,
    "state": "granted",
    "since": "2 November 2026",
}

PAGE_EXAMPLE: Final[Mapping[str, Any]] = {
    "language": "en",
    "direction": "ltr",
    "languages": [{"tag": "en", "name": "English"}, {"tag": "de", "name": "Deutsch"}],
    "channel": "email",
    "topic": "News",
    "titles": ["News"],
    "choice": "topic",
    "preferences": "../preferences/example",
    "address": "a•••@example.com",
    "is_known": True,
    "status": "saved",
    "error": "",
    "form": "example",
    "undo": "example",
    "until": "2 December 2026",
    "today": "2 November 2026",
    "entered": "",
    "may_change_address": True,
    "topics": [{"title": "News", "cells": [_CELL]}],
}
"""
Attributes:
    language, languages: the page's own, and all that there are, each with what it calls itself.
    direction: `ltr`, or `rtl` where people read from right to left.
    channel, topic, choice: what the link is about, with the topic's title in the page's language.
    titles: of the topics that wait to be confirmed; an empty one stands for all of them.
    preferences: where the person's preference centre is.
    address: the address in question, masked.
    is_known: whether there is anybody to ask.
    status, error: what was done, and what is wrong: keys of ``text.status`` and ``text.errors``, or empty.
    form, undo: what a form hands back, sealed.
    until: the last day of a pause; empty where there is none.
    entered: what was typed into the field that is wrong.
    topics: what there is to choose, each topic with a cell for each channel of the person's.
"""
