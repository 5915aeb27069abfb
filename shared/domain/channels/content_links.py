"""The web addresses in what a channel carries, and the same with others in their places."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import escape, unescape
from typing import Final

from shared.domain.channels.content import Content, EmailContent, PushContent, SmsContent, WhatsAppContent

_REFERENCE: Final = re.compile(r'(<(a|v:[a-z]+)\b[^>]*?)(\shref=")(https://[^"\s]+)(?=")', re.IGNORECASE)
"""Of what a person follows, and of Outlook's buttons (VML): a stylesheet's address is fetched by the mail program."""
_SENTENCE: Final = "\u00ab\u00bb\u2018-\u201f\u2026\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef"
"""Of languages without blanks, and marks that no address has unescaped: the words around an address are not its own."""
_BARE: Final = re.compile(rf"https://[^\s<>\"'\\^`{{|}}{_SENTENCE}]+")
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
        tag, element, reference, address = found[1], found[2], found[3], unescape(found[4])
        other = change(address)
        mark = f" {attribute}" if attribute and other != address and element.lower() == "a" else ""
        return f"{tag}{mark}{reference}{escape(other)}"

    return _REFERENCE.sub(changed, html)


def _in_text(text: str, change: Change) -> str:
    def changed(found: re.Match[str]) -> str:
        address = found[0].rstrip(_ENDING)
        return change(address) + found[0][len(address) :]

    return _BARE.sub(changed, text)
