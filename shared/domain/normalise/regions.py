"""By which country's customs a person writes: their own, else the one that a language or the brand names."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from shared.domain.normalise.languages import region_of_language
from shared.domain.normalise.places import stated_country

REGION_TRAITS: Final = frozenset({"country", "address", "locale", "language"})
"""What ``region_of`` goes by."""


class Region(NamedTuple):
    """A country, ``None`` where none is known; ``is_assumed``: nobody said that it is the person's."""

    code: str | None
    is_assumed: bool = False


NOWHERE: Final = Region(None)


def region_of(traits: Mapping[str, Any], brand: str | None = None) -> Region:
    """The trait ``country``, else ``address.country``; else that of ``locale`` or ``language``, else the brand's."""
    stated = stated_country(traits)
    if stated is not None:
        return Region(stated)
    for name in ("locale", "language"):
        if (code := region_of_language(traits.get(name))) is not None:
            return Region(code, is_assumed=True)
    return Region(brand, is_assumed=True)
