"""The web addresses in what a channel carries, and the same with others in their places."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import escape, unescape
from typing import Final

from shared.domain.channels.content import Content, EmailContent, PushContent, SmsContent, WhatsAppContent

_REFERENCE: Final = re.compile(r'(\shref=")(https://[^"\s]+)(?=")')
_BARE: Final = re.compile(r"https://[^\s<>\"'\\^`{|}]+")
_ENDING: Final = ".,;:!?)]"
"""What belongs to the sentence, not to the address before it."""

Change = Callable[[str], str]
"""One address → what is to stand there."""


def with_links(content: Content, change: Change, *, attribute: str = "") -> Content:
    """The content with each address changed that a person may follow; pictures and media stay as they are.

    ``attribute``: of each link of a mail whose address is another now.
    """
    match content:
        case EmailContent():
            html = _in_html(content.html, change, attribute)
            return replace(content, html=html, text=_in_text(content.text, change))
        case SmsContent(text):
            return SmsContent(_in_text(text, change))
        case PushContent(link=link):
            return replace(content, link=link and _in_text(link, change))
        case WhatsAppContent():
            variables = tuple((name, _in_text(value, change)) for name, value in content.variables)
            return replace(content, variables=variables, text=_in_text(content.text, change))
        case _:
            return content


def _in_html(html: str, change: Change, attribute: str) -> str:
    def changed(found: re.Match[str]) -> str:
        address = unescape(found[2])
        other = change(address)
        return f"{' ' + attribute if attribute and other != address else ''}{found[1]}{escape(other)}"

    return _REFERENCE.sub(changed, html)


def _in_text(text: str, change: Change) -> str:
    def changed(found: re.Match[str]) -> str:
        address = found[0].rstrip(_ENDING)
        return change(address) + found[0][len(address) :]

    return _BARE.sub(changed, text)
