"""The Jinja in which a playbook is compiled: that of run time, but it reads and compiles a text only once.

The parts that all messages include are read again for each message in each of its languages, and each time asked for
their names, their words and their way out; what they are made of stays the same.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import CodeType
from typing import Any, Final, TypeVar

from jinja2 import Template, nodes

from infra.playbook.template_code import TemplateCode
from shared.adapters.locale_format import LocaleFormat
from shared.adapters.templating import TemplateEnvironment

MOST_READ: Final = 4_000_000
"""Characters of the texts whose nodes are kept; they take some five bytes each."""
MOST_COMPILED: Final = 512

_Node = TypeVar("_Node", bound=nodes.Node)


class Trees:
    """What was read last, by its text; shared by a playbook's languages, which are read alike."""

    def __init__(self, most: int = MOST_READ) -> None:
        self._most = most
        self._characters = 0
        self._trees: dict[str, nodes.Template] = {}

    def __len__(self) -> int:
        return len(self._trees)

    def get(self, text: str) -> nodes.Template | None:
        return self._trees.get(text)

    def keep(self, text: str, tree: nodes.Template) -> None:
        self._trees[text] = tree
        self._characters += len(text)
        while self._characters > self._most:
            oldest = next(iter(self._trees))
            del self._trees[oldest]
            self._characters -= len(oldest)


class BuildEnvironment(TemplateEnvironment):
    """That of one language, for as long as one playbook is compiled."""

    code_generator_class = TemplateCode

    def __init__(self, brand: Mapping[str, Any], formats: LocaleFormat, trees: Trees) -> None:
        super().__init__(brand, formats)
        self._trees = trees
        self._codes = lru_cache(MOST_COMPILED)(self._code)

    def parse(self, source: str, name: str | None = None, filename: str | None = None) -> nodes.Template:
        """The text's nodes, to be looked at: what changes them, as compiling does, changes them for all."""
        tree = self._trees.get(source)
        if tree is None:
            tree = super().parse(source, name, filename)
            self._trees.keep(source, tree)
        return tree

    def code_of(self, text: str) -> CodeType:
        """What a text without a name is compiled to, which is never escaped."""
        return self._codes(text)

    def python_of(self, text: str, name: str) -> str:
        """The template as a module of Python, as ``ModuleLoader`` loads it."""
        return self.compile(_copied(self.parse(text)), name, name, raw=True, defer_init=True)

    def rendered(self, code: CodeType, context: Mapping[str, Any]) -> str:
        return Template.from_code(self, code, self.globals).render(context)

    def _code(self, text: str) -> CodeType:
        return self.compile(_copied(self.parse(text)))


def _copied(node: _Node) -> _Node:
    """A tree of its own: compiling folds what is constant into the tree that it is given."""
    copy = object.__new__(type(node))
    for name, value in vars(node).items():
        setattr(copy, name, [*map(_copied_field, value)] if isinstance(value, list) else _copied_field(value))
    return copy


def _copied_field(value: Any) -> Any:
    return _copied(value) if isinstance(value, nodes.Node) else value
