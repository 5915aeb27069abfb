"""What a browser does with a page of ``manage_preferences``: reads its forms, and posts what their buttons post."""

from html.parser import HTMLParser
from urllib.parse import urlencode


class Forms(HTMLParser):
    """Each button's form, by the button's value: the fields that it posts as the page stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.by_button: dict[str, list[tuple[str, str]]] = {}
        self._fields: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = []
        elif tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            self._fields.append((found["name"], found.get("value", "")))
        elif tag == "button":
            self.by_button[found["value"]] = [*self._fields, (found["name"], found["value"])]


def posted(html: str, button: str, **changes: str) -> str:
    """The body that the button posts, some fields filled in; ``on`` in place of all ticked boxes, as ``0 2``."""
    fields = Forms(html).by_button[button]
    if "on" in changes:
        boxes = [("on", number) for number in changes.pop("on").split()]
        fields = [field for field in fields if field[0] != "on"] + boxes
    return urlencode([(name, changes.get(name, value)) for name, value in fields])
