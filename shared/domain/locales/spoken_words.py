"""Words for people: what a browser or a till sent, cut to what can be read out; months and languages by name."""

import unicodedata
from typing import Any, Final

MAX_SPOKEN: Final = 80

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_LANGUAGES: Final = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "ga": "Irish", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian",
    "lv": "Latvian", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip
"""Those that shops write in most; another one is told by its code."""


def spoken(value: Any) -> str:
    """The value as a short line without control characters; empty where it is neither text nor a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value)[: 4 * MAX_SPOKEN]
    text = " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in text).split())
    return text if len(text) <= MAX_SPOKEN else f"{text[: MAX_SPOKEN - 1]}…"


def language_name(value: Any) -> str:
    """``German`` of ``de-AT``; the code itself where the name is not known; empty for nothing."""
    if not isinstance(value, str) or not value:
        return ""
    code = value.replace("_", "-").partition("-")[0].lower()
    return _LANGUAGES.get(code) or spoken(value)
