"""What an element of a mail must say, and must not: pictures in words, and addresses that nobody can listen in on."""

import re
from collections.abc import Iterator
from typing import Final

_PICTURES: Final = frozenset({"img", "mj-carousel-image", "mj-image"})
_ALT: Final = re.compile(r"\balt\s*=\s*([\"'])(.*?)\1", re.DOTALL)
_LINKED: Final = re.compile(r"\bhref\s*=", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"\b(href|src|background-url)\s*=\s*([\"'])\s*(.*?)\2", re.IGNORECASE | re.DOTALL)
_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_SAFE: Final = {"href": frozenset({"https", "mailto", "tel", "sms"})}
_PICTURES_FROM: Final = frozenset({"https", "cid"})


def unfit_attributes(element: str, attributes: str) -> Iterator[str]:
    """What is wrong with an element's attributes, whose Jinja is set aside."""
    if element in _PICTURES:
        alt = _ALT.search(attributes)
        if alt is None:
            yield (f'<{element}> has no alt: say in words what it shows, alt="…"; of a mere ornament, nothing, alt=""')
        elif not alt[2].strip() and _LINKED.search(attributes):
            yield f'<{element}> is a link, and its alt is empty: say where it leads, alt="…"'
    for name, _, address in _ADDRESS.findall(attributes):
        scheme = _SCHEME.match(address)
        if scheme is not None and scheme[1].lower() not in _SAFE.get(name.lower(), _PICTURES_FROM):
            yield f"{name}: {address[:60]} does not begin with https://, so others can read along, or it does not open"
