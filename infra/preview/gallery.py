"""Writes the gallery: one page that shows every message, and each mail by day and by night as files beside it."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.inline_pictures import shown_html
from infra.preview.contents import Shown, Spoken
from shared.domain.channels.content import Content, EmailContent, PushContent, SmsContent, WebhookContent
from shared.domain.channels.sms_parts import sms_parts
from shared.domain.consent.words import Channel

SCHEMES: Final = ("light", "dark")

_ASKED: Final = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
_PAGE: Final = "gallery.html"


def write_gallery(messages: Iterable[Shown], folder: Path, *, shop: str) -> Path:
    """Write the folder's files, and return the page to open."""
    (folder / "mails").mkdir(parents=True, exist_ok=True)
    shown = [_plain(message, folder) for message in messages]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = folder / "index.html"
    page.write_text(environment.get_template(_PAGE).render(shop=shop, messages=shown, schemes=SCHEMES), "utf-8")
    return page


def in_scheme(html: str, scheme: str) -> str:
    """The mail as programs in light or dark mode show it, whatever mode the browser is in."""
    dark = _ASKED.sub("@media all" if scheme == "dark" else "@media not all", html)
    return dark.replace('content="light dark"', f'content="{scheme}"').replace(
        "color-scheme: light dark", f"color-scheme: {scheme}"
    )


def _plain(message: Shown, folder: Path) -> dict[str, Any]:
    return {
        "name": message.name,
        "title": message.title,
        "reads": message.reads,
        "findings": message.findings,
        "languages": [_language(message.name, spoken, folder) for spoken in message.languages],
    }


def _language(name: str, spoken: Spoken, folder: Path) -> dict[str, Any]:
    parts = [_part(name, spoken, content, folder) for content in spoken.contents.values()]
    return {"tag": spoken.tag, "direction": spoken.direction, "parts": parts}


def _part(name: str, spoken: Spoken, content: Content, folder: Path) -> dict[str, Any]:
    match content:
        case EmailContent():
            files = {scheme: f"mails/{name}.{spoken.tag}.{scheme}.html" for scheme in SCHEMES}
            for scheme, file in files.items():
                (folder / file).write_text(in_scheme(shown_html(content), scheme), "utf-8")
            size = f"{len(content.html.encode()) / 1_000:.1f} KB"
            return {
                "channel": Channel.EMAIL,
                "subject": content.subject,
                "text": content.text,
                "size": size,
                "files": files,
            }
        case SmsContent(text):
            counted = sms_parts(text)
            return {"channel": Channel.SMS, "text": text, "parts": counted.parts, "encoding": str(counted.encoding)}
        case PushContent():
            payload = {
                "title": content.title,
                "body": content.body,
                **({"link": content.link} if content.link else {}),
                **({"image": content.image} if content.image else {}),
            }
            written = json.dumps(payload, ensure_ascii=False, indent=1)
            return {"channel": Channel.PUSH, "payload": written, "size": len(written.encode()), **payload}
        case WebhookContent(partner, body):
            written = json.dumps(json.loads(body), ensure_ascii=False, indent=1)
            return {"channel": Channel.WEBHOOK, "partner": partner, "payload": written, "size": len(body.encode())}
        case _:
            return {"channel": "", "text": repr(content)}
