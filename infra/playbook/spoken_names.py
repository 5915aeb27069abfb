"""Takes from CLDR, through Babel, what countries, languages and time zones are called.

``uv run python -m infra.playbook.spoken_names`` writes it anew; a test says when it is to be.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers

from shared.domain.normalise.places import codes
from shared.domain.normalise.reading import fold

PLACE: Final = Path(__file__).resolve().parents[2] / "shared/domain/normalise/names.json"
_SPOKEN_WORDS: Final = (
    "en de fr es it pt nl da sv nb fi is pl cs sk hu ro bg hr sr sl mk sq el tr ru uk et lv lt ga ca ja ko zh "
    "zh_Hant ar he fa hi th vi id ms"
)
SPOKEN: Final = tuple(_SPOKEN_WORDS.split())
"""The languages in whose words countries and languages are known."""

_MORE_COUNTRIES: Final = {
    "GB": "UK; U.K.; Great Britain; England; Scotland; Wales; Northern Ireland; Grossbritannien; Großbritannien; "
    "Grande-Bretagne; Gran Bretaña; Gran Bretagna; Groot-Brittannië; Engeland; Angleterre; Inghilterra; Inglaterra",
    "US": "USA; U.S.; U.S.A.; United States of America; America; EUA; EEUU; EE.UU.; E.E.U.U.; VS; "
    "États-Unis d'Amérique; Stati Uniti d'America; Estados Unidos de América; Vereinigte Staaten von Amerika; "
    "Verenigde Staten van Amerika",
    "NL": "Holland; The Netherlands; Hollande; Holanda; Olanda; Nederlande",
    "IE": "Republic of Ireland; Éire",
    "GR": "Hellas; EL",
    "CZ": "Czech Republic; Česká republika; Tschechische Republik; République tchèque; Cesko",
    "DE": "BRD; Federal Republic of Germany; Bundesrepublik Deutschland",
    "RU": "Russian Federation; Российская Федерация",
    "KR": "Republic of Korea; Korea; Korea, Republic of; South Korea; 한국; 韓国",
    "CN": "PR China; P.R. China; People's Republic of China; 中华人民共和国; Mainland China",
    "AE": "UAE; U.A.E.; Emirates",
    "TR": "Turkey; Turkiye",
    "VN": "Viet Nam",
    "MK": "Macedonia",
    "CI": "Ivory Coast",
    "CV": "Cape Verde",
    "SZ": "Swaziland",
    "TW": "Taiwan, Province of China",
    "CH": "CH-Schweiz; Swiss Confederation",
    "HK": "Hong Kong; Hongkong; Hong Kong SAR",
    "MO": "Macau; Macao",
    "VA": "Vatican; Holy See",
    "BA": "Bosnia",
    "MD": "Republic of Moldova",
    "TZ": "United Republic of Tanzania",
    "IR": "Islamic Republic of Iran",
    "SY": "Syrian Arab Republic",
    "LA": "Lao People's Democratic Republic",
    "BO": "Plurinational State of Bolivia",
    "VE": "Bolivarian Republic of Venezuela",
    "BN": "Brunei Darussalam",
    "XK": "Kosova",
    "AT": "Oesterreich",
    "SA": "KSA; السعودية",
    "CD": "DRC; DR Congo; Congo (DRC); Democratic Republic of the Congo; Congo, Democratic Republic of the",
    "CG": "Republic of the Congo; Congo (Republic); Congo, Republic of",
}
"""What people and systems say beside CLDR's names; EL is Greece to the European Union."""


_SHARED: Final = frozenset({"congo", "kongo"})
"""Of two countries, though CLDR's short name of one."""


def table() -> dict[str, dict[str, str]]:
    """Folded name → code, of countries and languages; folded Windows name → IANA zone."""
    locales = [Locale.parse(name) for name in SPOKEN]
    countries = {code: [locale.territories.get(code, "") for locale in locales] for code in sorted(codes())}
    for code, more in _MORE_COUNTRIES.items():
        countries[code] += more.split("; ")
    for alias, meant in get_global("territory_aliases").items():
        if len(meant) == 1 and meant[0] in countries and len(alias) == 3:
            countries[meant[0]].append(alias)
    tags = get_global("language_aliases")
    languages = {code: _names_of_language(code) for code in _languages()}
    for alias, code in tags.items():
        if code in languages and len(alias) <= 3 and alias not in languages:
            languages[code].append(alias)
    windows = {fold(name): zone for name, zone in sorted(get_global("windows_zone_mapping").items())}
    return {"countries": _unique(countries), "languages": _unique(languages), "zones": windows}


def _names_of_language(code: str) -> list[str]:
    """In its own words and in those of the languages that most systems are written in."""
    return [Locale.parse(one).languages.get(code, "") for one in (code, *SPOKEN[:8])]


def _languages() -> Iterator[str]:
    """Those of two letters that have a locale, which all but a few of a shop's customers speak."""
    known = set(locale_identifiers())
    for code in sorted(Locale("en").languages):
        if len(code) == 2 and code in known:
            yield code


def _unique(names: dict[str, list[str]]) -> dict[str, str]:
    """What stands for one code alone: a name of two countries names none."""
    owners: dict[str, set[str]] = {}
    for code, said in names.items():
        for name in _spellings(said):
            owners.setdefault(name, set()).add(code)
    return {
        name: next(iter(owned)) for name, owned in sorted(owners.items()) if len(owned) == 1 and name not in _SHARED
    }


def _spellings(said: Iterable[str]) -> set[str]:
    return {fold(name) for name in said} - {""}


def main() -> None:
    PLACE.write_text(json.dumps(table(), ensure_ascii=False, separators=(",", ":"), indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
