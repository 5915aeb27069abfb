"""Holds the addresses in texts, notifications and plain mails to what mails are held to: https, or nothing."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from infra.playbook.compiled_message import CompiledMessage
from shared.domain.channels.content import Content, PushContent, SmsContent, WhatsAppContent
from shared.errors import PlaybookFault

_OPEN: Final = re.compile(r"\bhttp://[^\s\"'<>{}]*", re.IGNORECASE)
_NO_PLACE: Final = re.compile(r"\s*(javascript|data|file|vbscript):", re.IGNORECASE)
_WEB: Final = re.compile(r"https://", re.IGNORECASE)

_PICTURES: Final = ("push.image", "whatsapp.media")
"""Held to https by what they come to."""


def insecure_links(messages: Mapping[str, CompiledMessage]) -> Iterator[PlaybookFault]:
    """Each address that anybody on the way could read and change, or that is no place to go to.

    Templates are searched beside what the example makes of them: not every branch is taken by it.
    """
    for message in messages.values():
        for (tag, channel), place in message.written.items():
            said = {*_shown(message.contents.get((tag, channel)))}
            for name, template in message.templates.items():
                part = name.rpartition("/")[2]
                if message.language_of(name) in ("", tag) and part.startswith(f"{channel}.") and part not in _PICTURES:
                    said |= {_open(found) for found in _OPEN.findall(template)}
            for fault in sorted(said):
                yield PlaybookFault(*place, "", fault)
        yield from _in_plain_mail(message)


def _in_plain_mail(message: CompiledMessage) -> Iterator[PlaybookFault]:
    """In ``email.txt``; where the text is made from the mail, the mail is what was told of."""
    for name, text in message.templates.items():
        if name.endswith("/email.txt"):
            laid_out = message.templates.get(f"{name.removesuffix('.txt')}.html", "")
            for found in sorted({*_OPEN.findall(text)}):
                if laid_out and found not in laid_out:
                    yield PlaybookFault(f"messages/{message.name}/email.txt", 1, "", _open(found))


def _shown(content: Content | None) -> Iterator[str]:
    """What is wrong with a message as the example makes it."""
    match content:
        case SmsContent(text=text) | WhatsAppContent(text=text):
            yield from (_open(found) for found in _OPEN.findall(text))
        case PushContent(link=link, image=image, body=body):
            yield from (_open(found) for found in _OPEN.findall(f"{body} {link or ''}"))
            if link and _NO_PLACE.match(link):
                yield f"`link` is {link.partition(':')[0].strip()}: an address of the shop's, or of the app's own"
            if image and not _WEB.match(image):
                yield "`image` is not https"


def _open(address: str) -> str:
    return f"{address} is not https: anybody on the way could read and change what it leads to"
