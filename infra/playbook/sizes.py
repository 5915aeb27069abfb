"""Holds what messages come to, rendered with their examples, against what their channels carry."""

from collections.abc import Iterator, Mapping
from typing import Final

from infra.playbook.advertising import advertised
from infra.playbook.compiled_message import CompiledMessage
from infra.playbook.whatsapp import MAX_TEXT, MAX_VARIABLE
from shared.domain.channels.content import PushContent, SmsContent, WebhookContent, WhatsAppContent
from shared.domain.channels.opt_out_words import with_opt_out
from shared.domain.channels.push_payloads import MAX_BYTES, size
from shared.domain.channels.sms_parts import SINGLE, Encoding, SmsParts, plainly, sms_parts
from shared.domain.channels.webhooks import ADVISED_BYTES as ADVISED_BODY
from shared.domain.channels.webhooks import MAX_BYTES as MAX_BODY
from shared.domain.consent.words import Channel
from shared.domain.playbook import Playbook
from shared.errors import PlaybookFault, PlaybookWarning

SOME_ID: Final = "0" * 32
"""As long as a message's id."""

FEW: Final = 10
"""A text is meant for GSM 7-bit where at most one character in so many is not of it; others are of another script."""


def oversized(playbook: Playbook, messages: Mapping[str, CompiledMessage]) -> Iterator[PlaybookFault]:
    """Each message that does not fit its channel."""
    advertising = advertised(playbook, Channel.SMS)
    for name, message in messages.items():
        limit = message.sms_parts or playbook.policy.sms.max_parts
        words = playbook.policy.sms.opt_out if name in advertising else {}
        for text, _, (file, line) in _texts(message):
            country, most = _most_parts(text, words)
            if most.parts > limit:
                ending = f" and the opt-out wording of {country}" if country else ""
                said = (
                    f"{most.parts} parts ({most.units} units of {most.encoding}) with example.json{ending}, "
                    f"of at most {limit}: shorten it, or let it have more by `sms_parts` in message.yaml or "
                    "`sms.max_parts` in policy.yaml"
                )
                yield PlaybookFault(file, line, "", said)


def oversized_pushes(messages: Mapping[str, CompiledMessage]) -> Iterator[PlaybookFault]:
    """Each notification whose payload is larger than the services take."""
    for message in messages.values():
        for (tag, channel), content in message.contents.items():
            if isinstance(content, PushContent) and (bytes_ := size(content, SOME_ID)) > MAX_BYTES:
                said = f"{bytes_:,} bytes with example.json; a notification may have {MAX_BYTES:,}, link and image too"
                yield PlaybookFault(*message.written[tag, channel], "", said)


def oversized_webhooks(messages: Mapping[str, CompiledMessage]) -> Iterator[PlaybookFault]:
    """Each webhook whose body is larger than any partner is sent."""
    for bytes_, place in _bodies(messages):
        if bytes_ > MAX_BODY:
            yield PlaybookFault(*place, "", f"{bytes_:,} bytes with example.json; a webhook may have {MAX_BODY:,}")


def heavy_webhooks(messages: Mapping[str, CompiledMessage]) -> Iterator[PlaybookWarning]:
    """Each that is larger than Standard Webhooks advises."""
    for bytes_, place in _bodies(messages):
        if ADVISED_BODY < bytes_ <= MAX_BODY:
            said = (
                f"{bytes_:,} bytes with example.json, and many partners take no more than {ADVISED_BODY:,}: "
                "send an address or an id in the place of what is large"
            )
            yield PlaybookWarning(*place, "", said)


def _bodies(messages: Mapping[str, CompiledMessage]) -> Iterator[tuple[int, tuple[str, int]]]:
    for message in messages.values():
        for key, content in message.contents.items():
            if isinstance(content, WebhookContent):
                yield len(content.body.encode()), message.written[key]


def twice_as_dear(messages: Mapping[str, CompiledMessage]) -> Iterator[PlaybookWarning]:
    """Texts that a few characters make UCS-2, of which a part holds less than half as many."""
    for message in messages.values():
        for text, source, (file, line) in _texts(message):
            found = sms_parts(text)
            foreign = [character for character in text if sms_parts(character).culprit]
            if not foreign or len(foreign) * FEW > len(text):
                continue
            without = sms_parts("".join(character for character in plainly(text) if character not in foreign))
            place = source.find(found.culprit)
            said = (
                f"“{found.culprit}” (U+{ord(found.culprit):04X}) is not in the alphabet of texts: "
                f"it makes this one {Encoding.UCS_2}, of {SINGLE[Encoding.UCS_2]} characters a part instead of "
                f"{SINGLE[Encoding.GSM_7]}: {_parts(found)} instead of {without.parts}"
            )
            below = source.count("\n", 0, place) if place >= 0 else 0
            yield PlaybookWarning(file, line + below, "", said if place >= 0 else f"{said}, by example.json")


def _texts(message: CompiledMessage) -> Iterator[tuple[str, str, tuple[str, int]]]:
    """What a text message says in each language: rendered, its template, and where that is written."""
    for (tag, channel), content in message.contents.items():
        if isinstance(content, SmsContent):
            yield content.text, message.template(tag, "sms.txt"), message.written[tag, channel]


def _most_parts(text: str, words: Mapping[str, str]) -> tuple[str, SmsParts]:
    """The country whose opt-out wording makes the text the longest, if any does, and its parts then."""
    endings = [("", sms_parts(text))]
    endings += [(country, sms_parts(with_opt_out(text, said))) for country, said in sorted(words.items())]
    return max(endings, key=lambda ending: ending[1].parts)


def _parts(counted: SmsParts) -> str:
    return f"{counted.parts} part{'' if counted.parts == 1 else 's'}"


def unsendable(messages: Mapping[str, CompiledMessage]) -> Iterator[PlaybookFault]:
    """What Meta would refuse of each message, rendered with its example."""
    for message in messages.values():
        for key, content in message.contents.items():
            if isinstance(content, WhatsAppContent):
                for said in _refused(content):
                    yield PlaybookFault(*message.written[key], "", f"{said} with example.json")


def _refused(content: WhatsAppContent) -> Iterator[str]:
    for name, value in content.variables:
        if not value:
            yield f"the variable {name} is blank"
        if len(value) > MAX_VARIABLE:
            yield f"the variable {name} has {len(value):,} characters, of at most {MAX_VARIABLE:,}"
    if len(content.text) > MAX_TEXT:
        yield f"the text has {len(content.text):,} characters, of at most {MAX_TEXT:,}"
    if content.media and not content.media[1].startswith("https://"):
        yield "the media's address is not https"
