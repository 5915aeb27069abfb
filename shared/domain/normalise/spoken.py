"""What countries, languages and time zones are called: a table from CLDR, read when somebody writes no code."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from shared.domain.normalise.reading import fold

_TABLE: Final = files("shared.domain.normalise").joinpath("names.json")


def country_called(name: str) -> str | None:
    """The two letters of a country by its name in a common language, or by its code of three."""
    return _names()["countries"].get(fold(name))


def language_called(name: str) -> str | None:
    """The two letters of a language by its name in a common language or its own, or by its code of three."""
    return _names()["languages"].get(fold(name))


def windows_zone(name: str) -> str | None:
    """The IANA zone of one of Windows' zones."""
    return _names()["zones"].get(fold(name))


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    table: Mapping[str, Mapping[str, str]] = json.loads(_TABLE.read_text("utf-8"))
    return table
