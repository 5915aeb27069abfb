"""Reads a message's MJML with its Jinja: includes resolved, every Jinja construct set aside behind a mark.

MJML is XML and Jinja is not, so MJML never sees Jinja: each ``{{ … }}`` and ``{% … %}`` becomes a mark of plain
letters and digits, and comes back afterwards. A statement that stands between MJML's own elements is wrapped in
``mj-raw``, where MJML lets anything pass. The brand is known when building, so its values go in at once: colours
and widths may come from it. So do the message's words, of one language, with whatever Jinja they hold.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from jinja2 import Environment, TemplateSyntaxError, nodes

from infra.playbook.jinja_pieces import pieces_of
from infra.playbook.message_words import Use, Words
from infra.playbook.mjml_attributes import unfit_attributes
from infra.playbook.mjml_elements import CHILDREN, ELEMENTS, ENDING
from infra.playbook.template_names import parse_template, path_of, plain_syntax_fault
from shared.adapters.qr_codes import QR
from shared.domain.language.reading import suggestion

MARK: Final = re.compile(r"carillon([0-9]+)mark")

_TAG: Final = re.compile(
    r"<!--.*?-->"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9-]*)(?P<attributes>(?:\"[^\"]*\"|'[^']*'|[^'\"<>])*?)(?P<empty>/?)>"
    r"|(?P<mark>carillon[0-9]+mark)",
    re.DOTALL,
)
_ADDRESS: Final = re.compile(
    r"\b(?P<name>href|src|action|background-url)\s*=\s*(?P<quote>[\"'])(?P<value>.*?)(?P=quote)", re.IGNORECASE
)
_BARE_ADDRESS: Final = re.compile(r"\b(href|src|action|background-url)\s*=\s*carillon[0-9]+mark", re.IGNORECASE)
_PATH: Final = re.compile(r"\bpath\s*=\s*[\"']([^\"']*)[\"']")
FIXED_HOST: Final = re.compile(r"(https://[^/\s]+/|mailto:|tel:|#)")
"""What an address begins with that leads to one host, whatever follows."""
CONFINED: Final = (
    "what an event says decides where this leads, so only an address of the shop's own (`brand.links`) goes out: "
    "write {{ … | shop_url }}"
)
_MOST_INCLUDES: Final = 8
_BOLD: Final = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
_LINK: Final = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+)\)")

Report: TypeAlias = Callable[[str, int, str], None]
"""Takes a fault: file, line, message."""


@dataclass(frozen=True, slots=True)
class Construct:
    """One piece of Jinja and where it stands."""

    text: str
    file: str
    line: int


@dataclass(slots=True)
class Marked:
    """MJML whose Jinja is set aside. ``files``: the sources it was read from, by name."""

    text: str = ""
    constructs: list[Construct] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)

    def mark(self, construct: Construct) -> str:
        self.constructs.append(construct)
        return f"carillon{len(self.constructs) - 1}mark"

    def restored(self, text: str) -> str:
        """The text with every mark's Jinja back in its place."""
        return MARK.sub(lambda mark: self.constructs[int(mark[1])].text, text)


def read_marked(
    file: Path,
    playbook: Path,
    environment: Environment,
    brand: Mapping[str, Any],
    words: Words,
    report: Report,
    warn: Report,
) -> Marked:
    """The message's MJML with its words; faults go to ``report(file, line, message)``, files by their names in it.

    An address that an event decides is warned of, and goes through ``shop_url`` whatever its author wrote.
    """
    marked = Marked()
    marked.text = _Reader(playbook, environment, brand, words, report, warn, marked).read(file)
    return marked


@dataclass(slots=True)
class _Piece:
    """A stretch of a file: literal MJML or one mark; ``offset`` in the marked text, ``line`` in the file."""

    offset: int
    line: int
    text: str


class _Reader:
    def __init__(
        self,
        playbook: Path,
        environment: Environment,
        brand: Mapping[str, Any],
        words: Words,
        report: Report,
        warn: Report,
        marked: Marked,
    ) -> None:
        self._playbook = playbook
        self._environment = environment
        self._brand = brand
        self._words = words
        self._report = report
        self.warn = warn
        self._marked = marked

    def read(self, file: Path, within: tuple[str, ...] = (), depth: int = 0) -> str:
        """The file's marked text; ``within`` are the elements around it where another file includes it."""
        name = file.relative_to(self._playbook).as_posix()
        try:
            source = file.read_text("utf-8-sig")
            parse_template(self._environment, source, name)
            self._marked.files[name] = source
            pieces = self._pieces(source, name)
        except UnicodeDecodeError:
            self._report(name, 1, "not UTF-8: save the file as UTF-8")
            return ""
        except TemplateSyntaxError as error:
            self._report(name, error.lineno, plain_syntax_fault(error, self._environment))
            return ""
        return _Structure(self, file, name, pieces, within, depth).rewrite()

    def _pieces(self, source: str, name: str) -> list[_Piece]:
        pieces: list[_Piece] = []
        written = ""
        for piece in pieces_of(source, name):
            text = piece.text
            if piece.is_jinja and text:
                use = self._words.use_in(text)
                construct = Construct(text, name, piece.line)
                text = self._set_aside(construct) if use is None else self._spoken(use, in_tag=_is_in_tag(written))
            pieces.append(_Piece(len(written), piece.line, text))
            written += text
        return pieces

    def _spoken(self, use: Use, *, in_tag: bool) -> str:
        """Words as markup: their Jinja set aside, all else escaped; in a text, `**bold**` and `[links](address)`."""
        word = use.word
        text = "".join(
            self._set_aside(Construct(piece.text, word.file, word.line + piece.line - 1))
            if piece.is_jinja
            else html.escape(piece.text)
            for piece in pieces_of(use.template)
        )
        if in_tag:
            return " ".join(text.split())
        text = _BOLD.sub(r"<strong>\1</strong>", text)
        return _LINK.sub(r'<a href="\2" style="color:inherit">\1</a>', text).replace("\n", "<br />")

    def _set_aside(self, construct: Construct) -> str:
        """The mark of a construct; of a value of the brand, the value itself."""
        value: Any = {"brand": self._brand}
        expression = self.expression(construct)
        if isinstance(expression, nodes.Getattr) and path_of(expression).startswith("brand."):
            for key in path_of(expression).split("."):
                value = value.get(key) if isinstance(value, Mapping) else None
            if isinstance(value, str | int | float):
                return html.escape(str(value))
        return self._marked.mark(construct)

    def expression(self, construct: Construct) -> nodes.Node | None:
        """What ``{{ … }}`` prints; ``None`` for a statement."""
        if not construct.text.startswith("{{"):
            return None
        output = self._environment.parse(construct.text).body[0]
        return output.nodes[0] if isinstance(output, nodes.Output) else None

    def construct(self, mark: str) -> Construct:
        return self._marked.constructs[int(MARK.sub(r"\1", mark))]

    def confine(self, address: str) -> str:
        """The address, of which what is no address of the shop's own will not go out."""
        first, *_ = marks = list(MARK.finditer(address))
        last = marks[-1]
        self._extend(first, before="{% filter shop_url %}" + address[: first.start()])
        self._extend(last, after=address[last.end() :] + "{% endfilter %}")
        return address[first.start() : last.end()]

    def _extend(self, mark: re.Match[str], *, before: str = "", after: str = "") -> None:
        index = int(mark[1])
        construct = self._marked.constructs[index]
        self._marked.constructs[index] = replace(construct, text=before + construct.text + after)

    def include(self, file: Path, name: str, line: int, attributes: str, within: tuple[str, ...], depth: int) -> str:
        path = _PATH.search(attributes)
        target = (file.parent / path[1]).resolve() if path else file
        if path is None:
            self._report(name, line, 'mj-include needs a path="…"')
        elif not target.is_relative_to(self._playbook.resolve()) or not target.is_file():
            self._report(name, line, f'mj-include: no file "{path[1]}" in the playbook, seen from this one')
        elif depth >= _MOST_INCLUDES:
            self._report(name, line, f"mj-include: more than {_MOST_INCLUDES} levels; does a file include itself?")
        else:
            return self.read(self._playbook / target.relative_to(self._playbook.resolve()), within, depth + 1)
        return ""

    def fault(self, name: str, line: int, message: str) -> None:
        self._report(name, line, message)


class _Structure:
    """One file's MJML, walked once: what stands where it may not is reported, statements are wrapped."""

    def __init__(
        self, reader: _Reader, file: Path, name: str, pieces: list[_Piece], within: tuple[str, ...], depth: int
    ) -> None:
        self._reader = reader
        self._file = file
        self._name = name
        self._pieces = pieces
        self._within = within
        self._depth = depth
        self._text = "".join(piece.text for piece in pieces)
        self._open: list[tuple[str, int]] = []

    def rewrite(self) -> str:
        rewritten: list[str] = []
        end = 0
        for tag in _TAG.finditer(self._text):
            between = self._text[end : tag.start()]
            self._check_between(between, end)
            rewritten += [between, self._rewrite_tag(tag)]
            end = tag.end()
        self._check_between(self._text[end:], end)
        for name, line in self._open:
            self._fault(line, f"<{name}> is never closed")
        return "".join([*rewritten, self._text[end:]])

    def _rewrite_tag(self, tag: re.Match[str]) -> str:
        line = self._line_at(tag.start())
        if tag["mark"]:
            return self._rewrite_mark(tag["mark"], line)
        if tag["name"] is None:
            return ""  # a comment: for the authors
        if not tag["close"] and self._parent != "mj-attributes":
            for said in unfit_attributes(tag["name"], tag["attributes"] or ""):
                self._fault(line, said)
        attributes = self._confined(tag["attributes"] or "", line)
        if tag["name"] == "mj-include":
            if tag["close"]:
                return ""
            place = (self._file, self._name, line)
            return self._reader.include(*place, tag["attributes"], self._around, self._depth)
        if tag["close"]:
            self._close(tag["name"], line)
        elif not self._in_content:
            self._check_place(tag["name"], line)
            if not tag["empty"]:
                self._open.append((tag["name"], line))
        start, end = (tag.span("attributes")[edge] - tag.start() for edge in (0, 1))
        return tag[0][:start] + attributes + tag[0][end:]

    @property
    def _around(self) -> tuple[str, ...]:
        return self._within + tuple(name for name, _ in self._open)

    @property
    def _parent(self) -> str | None:
        return self._around[-1] if self._around else None

    @property
    def _in_content(self) -> bool:
        return self._parent in ENDING

    def _rewrite_mark(self, mark: str, line: int) -> str:
        if self._in_content:
            return mark
        if self._reader.construct(mark).text.startswith("{{"):
            self._fault(line, "a value between elements is not shown: put it into mj-text")
        elif "mj-head" in self._around:
            self._fault(line, "the head is fixed when the playbook is built: no statements here")
        return f"<mj-raw>{mark}</mj-raw>"

    def _check_place(self, name: str, line: int) -> None:
        parent = self._parent
        if name not in ELEMENTS:
            self._fault(line, f"unknown element <{name}>{suggestion(name, ELEMENTS)}")
        elif parent is not None and name not in CHILDREN.get(parent, ELEMENTS):
            self._fault(line, f"<{name}> cannot stand in <{parent}>; it takes {', '.join(sorted(CHILDREN[parent]))}")

    def _close(self, name: str, line: int) -> None:
        if name not in {element for element, _ in self._open} or name not in ELEMENTS:
            if self._in_content:
                return
        else:
            while self._open[-1][0] != name:
                unclosed, opened_at = self._open.pop()
                self._fault(opened_at, f"<{unclosed}> is never closed")
        if not self._open or name != self._parent:
            opened = f"<{self._parent}> is open" if self._open else "nothing is open"
            self._fault(line, f"</{name}> closes nothing: {opened}")
            return
        self._open.pop()

    def _check_between(self, text: str, offset: int) -> None:
        is_unknown = self._parent is not None and self._parent not in ELEMENTS
        if text.strip() and not self._in_content and not is_unknown:
            at = offset + len(text) - len(text.lstrip())
            self._fault(
                self._line_at(at), f'"{" ".join(text.split())[:40]}" stands between elements: put it into mj-text'
            )

    def _confined(self, attributes: str, line: int) -> str:
        """The attributes; what an event says does not decide where a mail of ours leads."""
        for bare in _BARE_ADDRESS.finditer(attributes):
            self._fault(line, f"{bare[1]}: put the value in quotes")

        def confine(address: re.Match[str]) -> str:
            value, name, quote = address["value"], address["name"], address["quote"]
            mark = MARK.search(value)
            fixed = FIXED_HOST.match(value)
            if mark is None or (fixed is not None and fixed.end() <= mark.start()):
                return address[0]
            expression = self._reader.expression(self._reader.construct(mark[0]))
            if mark.start() == 0 and expression is not None and is_own_address(expression):
                return address[0]
            self._reader.warn(self._name, line, f"{name}: {CONFINED}")
            return f"{name}={quote}{self._reader.confine(value)}{quote}"

        return _ADDRESS.sub(confine, attributes)

    def _line_at(self, offset: int) -> int:
        piece = max((p for p in self._pieces if p.offset <= offset), key=lambda p: p.offset, default=_Piece(0, 1, ""))
        return piece.line + piece.text[: offset - piece.offset].count("\n")

    def _fault(self, line: int, message: str) -> None:
        self._reader.fault(self._name, line, message)


def _is_in_tag(written: str) -> bool:
    """Whether what follows stands within a tag, so in one of its attributes."""
    return written.rfind("<") > written.rfind(">")


def is_own_address(expression: nodes.Node) -> bool:
    """Whether an expression can only be an address of ours: of the brand or the links, one checked, a picture made."""
    if isinstance(expression, nodes.Filter):
        return expression.name == "shop_url"
    if isinstance(expression, nodes.Call) and isinstance(expression.node, nodes.Name):
        return expression.node.name == QR
    while isinstance(expression, nodes.Getattr | nodes.Getitem):
        expression = expression.node  # `brand.social[name]` too: whatever the name, the brand says where it leads
        if isinstance(expression, nodes.Name) and expression.name in {"brand", "links"}:
            return True
    return False
