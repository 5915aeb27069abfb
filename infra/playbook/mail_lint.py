"""What a mail must not be: too large, hard to read, without a way out. Each fault with its place and what to do."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from infra.playbook.advertising import advertised
from infra.playbook.compiled_message import CompiledMessage
from infra.playbook.mail_contrast import faint_words
from infra.playbook.template_names import parse_template, path_of
from shared.domain.consent.words import Channel
from shared.domain.playbook import Playbook
from shared.errors import PlaybookFault

MAX_BYTES: Final = 100_000
"""Gmail shows 102 KB, and hides the rest with its way out behind a link."""


def without_way_out(
    playbook: Playbook, messages: Mapping[str, CompiledMessage], environment: Environment
) -> Iterator[PlaybookFault]:
    """Each mail of marketing that leads nobody to where it can be stopped."""
    for name, journeys in advertised(playbook, Channel.EMAIL).items():
        message = messages.get(name)
        mails = [text for part, text in message.templates.items() if part.endswith("/email.html")] if message else []
        if mails and not all(_leads_out(mail, environment) for mail in mails):
            said = (
                f"{' and '.join(sorted(journeys))} sends this as marketing, and nothing in it leads out: include "
                "partials/footer.mjml, or link to {{ links.unsubscribe }}"
            )
            yield PlaybookFault(f"messages/{name}/email.mjml", 1, "", said)


def lint_mail(
    html: str, rendered: str, sources: Mapping[str, str], brand: Mapping[str, Any]
) -> Iterator[PlaybookFault]:
    """What is wrong with one mail.

    Args:
        html: the mail with its Jinja set aside, so with all of its branches.
        rendered: the mail as somebody gets it, by the example.
        sources: the files that it is made of, the message's own first.
    """
    own = next(iter(sources))
    size = len(rendered.encode())
    if size > MAX_BYTES:
        said = (
            f"{size / 1_000:,.0f} KB with example.json, and Gmail hides what is beyond 102: leave out parts, or show "
            "fewer products"
        )
        yield PlaybookFault(own, 1, "", said)
    for faint in faint_words(html):
        file, line = _place(faint.color, sources, brand)
        said = (
            f"words in {faint.color} on {faint.ground} have a contrast of {faint.ratio:.1f}:1, and many people cannot "
            f"read less than {faint.needed:g}:1: make one darker or the other lighter"
        )
        yield PlaybookFault(file, line, "", said)


def _place(color: str, sources: Mapping[str, str], brand: Mapping[str, Any]) -> tuple[str, int]:
    """Where a colour is first named, by itself or by the brand's name for it."""
    names = [f"brand.colors.{name}" for name, value in brand["colors"].items() if str(value).lower() == color]
    wanted = re.compile("|".join(rf"{re.escape(name)}\b" for name in (color, *names)), re.IGNORECASE)
    for file, text in sources.items():
        found = wanted.search(text)
        if found:
            return file, text.count("\n", 0, found.start()) + 1
    return next(iter(sources)), 1


def _leads_out(mail: str, environment: Environment) -> bool:
    try:
        template = parse_template(environment, mail)
    except TemplateSyntaxError:
        return True  # reported as it was read
    return any(path_of(node) == "links.unsubscribe" for node in template.find_all(nodes.Getattr))
