"""A small playbook on disk, to be broken in one place at a time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

BRAND: Final = "name: Example\n"
POLICY: Final = "topics:\n  news: {title: News, default: false}\n"
HELLO: Final = """\
purpose: marketing
topic: news
key: properties.cart_id
enter:
  on: Product Added
exit:
  on: [Order Completed]
steps:
  - wait: 1 hour
  - send: hello
    via: [sms]
"""
FILES: Final[Mapping[str, str]] = {
    "brand.yaml": BRAND,
    "policy.yaml": POLICY,
    "journeys/hello.yaml": HELLO,
    "messages/hello/message.yaml": "title: Hello\n",
    "messages/hello/sms.txt": "Hello {{ traits.firstName }}\n",
    "messages/hello/example.json": '{"traits": {"firstName": "Ana"}, "entry": {}}\n',
}


def write_playbook(folder: Path, changes: Mapping[str, str | None] | None = None) -> Path:
    """The small playbook with some of its files changed, added, or (``None``) left out."""
    for name, content in {**FILES, **(changes or {})}.items():
        if content is not None:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
    return folder
