"""Languages and locales as BCP 47 tags: ``de``, ``de-AT``, ``zh-Hant-TW``."""

import re
from functools import lru_cache
from typing import Final

from shared.domain.normalise import spoken
from shared.domain.normalise.places import is_country
from shared.domain.normalise.reading import Read, Reason, clean, unread

MAX_LANGUAGE: Final = 60
_TAG: Final = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)
_FORMER: Final = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro"}
_NONE: Final = frozenset({"und", "mis", "mul", "zxx", "c", "posix"})
_MODIFIERS: Final = {"latin": "Latn", "cyrillic": "Cyrl"}
_NAMED: Final = re.compile(r"(?P<name>[^()\[\],/]+?)\s*[(\[,/-]\s*(?P<place>[^()\[\]]+?)\s*[)\]]?")
_BY_COUNTRY: Final = {"cz": "cs", "dk": "da", "jp": "ja", "gr": "el", "ua": "uk"}
"""Countries' letters written for a language, where no language has them."""


def read_language(value: object) -> Read:
    """The tag of ``de_AT.UTF-8``, ``German``, ``Deutsch (Österreich)`` or a browser's list, whose first counts."""
    if isinstance(value, str) and len(value) <= MAX_LANGUAGE:
        return _read(value)
    return unread(Reason.TOO_LONG if isinstance(value, str) else Reason.MALFORMED)


def region_of_language(tag: object) -> str | None:
    """The country that a tag names."""
    found = _TAG.fullmatch(tag) if isinstance(tag, str) and len(tag) <= MAX_LANGUAGE else None
    region = found["region"] if found else None
    return region.upper() if region and is_country(region.upper()) else None


@lru_cache(maxsize=512)
def _read(value: str) -> Read:
    text = clean(value)
    if isinstance(text, Reason):
        return unread(text)
    if ";" in text or re.search(r"[a-z]\s*,\s*[a-z]{2}(-|\b)", text, re.IGNORECASE):
        text = re.split(r"[;,]", text)[0].strip()
    base, _, modifier = text.partition("@")
    tag = base.partition(".")[0].replace("_", "-")
    found = _TAG.fullmatch(tag)
    if found:
        script = found["script"] or _MODIFIERS.get(modifier)
        return _tag(found["language"], script, found["region"]) or _by_name(text)
    return _by_name(text)


def _tag(language: str, script: str | None, region: str | None) -> Read | None:
    language = language.lower()
    if language in _NONE:
        return unread(Reason.UNKNOWN)
    code = _FORMER.get(language, language)
    if len(code) == 2 and code not in _TWO_LETTERS:
        code = _BY_COUNTRY.get(code, "")
    elif len(code) == 3:
        code = spoken.language_called(code) or (code if code in _THREE_LETTERS else "")
    if not code:
        return None
    if region is not None:
        region = {"UK": "GB"}.get(region.upper(), region.upper())
        if not region.isdigit() and not is_country(region):
            return unread(Reason.UNKNOWN)
    return Read("-".join(part for part in (code, script and script.title(), region) if part))


def _by_name(text: str) -> Read:
    whole = spoken.language_called(text)
    if whole is not None:
        return Read(whole)
    named = _NAMED.fullmatch(text)
    if named:
        language, region = spoken.language_called(named["name"]), spoken.country_called(named["place"])
        if region is None and is_country(named["place"].upper()):
            region = named["place"].upper()
        if language is not None:
            return Read(f"{language}-{region}" if region else language)
    return unread(Reason.UNKNOWN)


_TWO_LETTERS_TEXT: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el "
    "en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it "
    "iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt "
    "my nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl "
    "sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo "
    "za zh zu"
)
_TWO_LETTERS: Final = frozenset(_TWO_LETTERS_TEXT.split())
"""ISO 639-1, but for Nauruan: its ``na`` is what exports write where nothing was said."""
_THREE_LETTERS_TEXT: Final = "ast ceb chr ckb dsb fil fur gsw haw hsb kab kok mai mni nds sah scn smn szl yue"
_THREE_LETTERS: Final = frozenset(_THREE_LETTERS_TEXT.split())
"""Of the languages without a code of two letters those in which systems are written."""
