"""Compiles a message's MJML at build time: to HTML, and to the mail's text part, both with their Jinja intact."""

import re
from html.parser import HTMLParser
from typing import Final

from mjml import mjml2html

from infra.playbook.message_words import escaped
from infra.playbook.mirroring import mirrored
from infra.playbook.mjml_source import MARK, Construct, Marked

_HEAD: Final = re.compile(r"<mj-head\b[^>]*>")
_EMPTY_HEAD: Final = re.compile(r"<mj-head\b[^>]*/>")
_BODY: Final = re.compile(r"<mj-body\b")
_ROOT: Final = re.compile(r"<mjml(?![^>]*\blang\s*=)")

_BLOCKS: Final = frozenset(
    {"mj-text", "mj-button", "mj-social-element", "mj-navbar-link", "mj-accordion-title", "mj-accordion-text"}
)
_LINKS: Final = frozenset({"mj-button", "mj-social-element", "mj-navbar-link"})
_PARAGRAPHS: Final = frozenset({"p", "div", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote"})
_UNSEEN: Final = frozenset({"mj-head", "style", "script", "title"})


def lay_out(marked: Marked, *, subject: str, preheader: str, language: str, direction: str = "ltr") -> str:
    """The mail as HTML, its Jinja still set aside; the subject is its title, the preheader its hidden first line.

    ``direction`` is that of the language's script: from right to left, the whole layout is turned.

    Raises:
        ValueError: MJML cannot read it.
    """
    title, preview = (marked.mark(Construct(escaped(text), "message.yaml", 1)) for text in (subject, preheader))
    head = f"<mj-title>{title}</mj-title><mj-preview>{preview}</mj-preview>"
    text = _EMPTY_HEAD.sub("<mj-head></mj-head>", marked.text, count=1)
    if not _HEAD.search(text):
        text = _BODY.sub("<mj-head></mj-head><mj-body", text, count=1)
    text = _HEAD.sub(lambda found: found[0] + head, text, count=1)
    text = _ROOT.sub(f'<mjml lang="{language}" dir="{direction}"', text, count=1)
    # No fonts of its own accord: each would be a request to somebody else whenever the mail is opened.
    written = mjml2html(text, disable_comments=True, fonts={})
    return mirrored(written) if direction == "rtl" else written


def lost_constructs(marked: Marked, html: str) -> list[Construct]:
    """What MJML dropped on the way: Jinja in a place that MJML does not render."""
    return [construct for construct in marked.constructs if construct.text not in html]


def compile_text(marked: Marked) -> str:
    """The mail in words with its Jinja: a paragraph for each text, the addresses of links and buttons written out."""
    reader = _TextReader(marked)
    reader.feed(marked.text)
    reader.close()
    return marked.restored("".join(reader.written)).strip() + "\n"


class _TextReader(HTMLParser):
    """Collects the words of each block; between blocks only marks count, the statements that stand there."""

    def __init__(self, marked: Marked) -> None:
        super().__init__(convert_charrefs=True)
        self._marked = marked
        self.written: list[str] = []
        self._block: list[str] | None = None
        self._links: list[tuple[str, int]] = []
        self._unseen = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag in _UNSEEN or self._unseen:
            self._unseen += tag in _UNSEEN
        elif tag in _BLOCKS or tag in {"td", "th"}:
            self._block = []
            if tag in _LINKS:
                self._links.append((attributes.get("href") or "", 0))
        elif tag == "tr":
            self._cells = 0
        elif tag in {"table", "mj-table"}:
            self.written.append("\n\n")
        elif tag == "mj-divider":
            self.written.append("\n\n---\n\n")
        elif self._block is not None:
            self._start_inline(tag, attributes, self._block)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _UNSEEN and tag not in _BLOCKS:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN or self._unseen:
            self._unseen -= tag in _UNSEEN
        elif tag in _BLOCKS:
            words = self._words()
            address = self._links.pop()[0] if tag in _LINKS else ""
            self.written.append(f"\n\n{words}:\n{address}\n\n" if address else f"\n\n{words}\n\n")
        elif tag in {"td", "th"}:
            self.written.append(("  " if self._cells else "") + self._words())
            self._cells += 1
        elif tag == "tr":
            self.written.append("\n")
        elif tag in {"table", "mj-table"}:
            self.written.append("\n\n")
        elif self._block is not None:
            self._end_inline(tag, self._block)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._block is None:
            self.written += [_without_trimming(self._marked.restored(mark[0])) for mark in MARK.finditer(data)]
        else:
            self._block.append(re.sub(r"\s+", " ", data))

    def _start_inline(self, tag: str, attributes: dict[str, str | None], block: list[str]) -> None:
        if tag == "br":
            block.append("\n")
        elif tag == "img":
            block.append(attributes.get("alt") or "")
        elif tag == "li":
            block.append("\n- ")
        elif tag in _PARAGRAPHS:
            block.append("\n\n")
        elif tag == "a":
            self._links.append((attributes.get("href") or "", len(block)))

    def _end_inline(self, tag: str, block: list[str]) -> None:
        if tag in _PARAGRAPHS:
            block.append("\n\n")
        elif tag == "a" and self._links:
            address, start = self._links.pop()
            label = "".join(block[start:]).strip()
            if address and address != label:
                block.append(f" ({address})")

    def _words(self) -> str:
        """The block's text, its lines trimmed; the block is over."""
        lines = "".join(self._block or ()).split("\n")
        self._block = None
        return "\n".join(" ".join(line.split(" ")).strip() for line in lines).strip()


def _without_trimming(statement: str) -> str:
    """``{%- if … -%}`` as ``{% if … %}``: what it would trim here are the lines between paragraphs."""
    return re.sub(r"^\{%[-+]|[-+]%\}$", lambda edge: edge[0].replace("-", "").replace("+", ""), statement)
