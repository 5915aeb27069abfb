"""Countries and US states by the codes that a policy names them by, and what was meant by other names."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from shared.domain.language.meanings import did_you_mean
from shared.domain.locales.countries import countries_with_clocks

US_STATES: Final[Mapping[str, str]] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    "AS": "American Samoa", "GU": "Guam", "MP": "Northern Mariana Islands", "PR": "Puerto Rico",
    "VI": "US Virgin Islands",
}  # fmt: skip
"""With the District of Columbia and the territories, which addresses in the United States name alike."""

_OF_TWO_NAMES: Final = {"uk": "GB", "united kingdom": "GB", "england": "GB", "usa": "US", "el": "GR"}
_WITHOUT_CLOCK: Final = frozenset({"BV", "HM", "XK"})
"""Two islands without people; and Kosovo, whose phone numbers have a region of their own."""


def is_country(code: str) -> bool:
    return code in _WITHOUT_CLOCK or code in countries_with_clocks()


def meant_country(text: str) -> str:
    """A hint for what is no country's code."""
    wanted = text.strip().lower()
    if wanted in _OF_TWO_NAMES:
        return did_you_mean(_OF_TWO_NAMES[wanted])
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return did_you_mean(next((code for code, name in rows if wanted in {code.lower(), name.lower()}), ""))


def meant_state(text: str) -> str:
    """A hint for what is no state's code."""
    wanted = text.strip().lower()
    return did_you_mean(next((c for c, name in US_STATES.items() if wanted in {c.lower(), name.lower()}), ""))
