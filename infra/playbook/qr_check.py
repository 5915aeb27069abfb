"""QR codes in templates: where they may stand, and that a till's scanner can tell their squares apart."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from infra.playbook.compiled_message import CompiledMessage
from infra.playbook.mentions import first_mention
from infra.playbook.template_names import parse_template
from shared.adapters.qr_codes import QR, squares_across
from shared.domain.channels.content import Attachment
from shared.errors import PlaybookFault

SMALLEST: Final = 3
"""Pixels of a mail that a square is wide: half a millimetre on a phone, where scanners want a third."""

MISPLACED: Final = (
    'a QR code is a picture of a mail: <mj-image src="{{ qr(…) }}" alt="…" width="174px" />, and nowhere else'
)
_MAIL: Final = "/email.html"
_USED: Final = re.compile(r"\bqr\b")
_CALLED: Final = re.compile(r"\{[{%][^{}]*\bqr\b")
_IMAGE: Final = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_SHOWN: Final = re.compile(r"\bsrc\s*=\s*[\"']cid:([^\"']+)[\"']")
_WIDTH: Final = re.compile(r"\bwidth\s*=\s*[\"'](\d+)(?:px)?[\"']")


def misplaced_codes(
    playbook: Path, messages: Mapping[str, CompiledMessage], environment: Environment
) -> Iterator[PlaybookFault]:
    """Each message that asks for a QR code where none can be shown."""
    for name, message in messages.items():
        amiss = [part for part, text in message.templates.items() if _asks_amiss(part, text, environment)]
        if amiss:
            is_in_mail = any(part.endswith(_MAIL) for part in amiss)
            file, line = first_mention(playbook, name, _CALLED, but="" if is_in_mail else "email.mjml")
            yield PlaybookFault(file, line, "", MISPLACED)


def _asks_amiss(part: str, text: str, environment: Environment) -> bool:
    if not _USED.search(text):
        return False
    try:
        template = parse_template(environment, text)
    except TemplateSyntaxError:
        return False  # reported as it was read
    asked = sum(node.name == QR for node in template.find_all(nodes.Name))
    return asked > (_shown_in(template) if part.endswith(_MAIL) else 0)


def _shown_in(template: nodes.Template) -> int:
    """How often a code is the whole of an image's address."""
    return sum(
        isinstance(before, nodes.TemplateData)
        and before.data.endswith('src="')
        and isinstance(node, nodes.Call)
        and isinstance(node.node, nodes.Name)
        and node.node.name == QR
        for output in template.find_all(nodes.Output)
        for before, node in zip(output.nodes, output.nodes[1:], strict=False)
    )


def small_codes(
    rendered: str, pictures: Mapping[str, Attachment], sources: Mapping[str, str]
) -> Iterator[PlaybookFault]:
    """Each code that is shown too small, or of no certain size, in a mail as somebody gets it by the example."""
    for image in _IMAGE.findall(rendered):
        shown = _SHOWN.search(image)
        if shown is None or shown[1] not in pictures:
            continue
        needed = SMALLEST * squares_across(pictures[shown[1]].content)
        width = _WIDTH.search(image)
        if width is None or int(width[1]) < needed:
            said = f'a scanner tells the squares of this QR code apart from {needed} pixels on: width="{needed}px"'
            found = ((file, _CALLED.search(text), text) for file, text in sources.items())
            file, line = next(
                ((file, 1 + text.count("\n", 0, at.start())) for file, at, text in found if at),
                (next(iter(sources)), 1),
            )
            yield PlaybookFault(file, line, "", said)
