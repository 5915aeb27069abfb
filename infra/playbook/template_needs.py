"""What a template cannot do without of the entry event: what it reads there and does not ask for first."""

from typing import Final, NamedTuple

from jinja2 import nodes

from infra.playbook.template_names import path_of

_ROOTS: Final = ("properties", "context")
_TAKES_WHAT_IS_MISSING: Final = frozenset({"d", "default", "shop_url"})
"""Filters that answer for a missing value, too."""


class Need(NamedTuple):
    """``entry.<root>.<field>``, read on a line of a file."""

    file: str
    line: int
    root: str
    field: str

    @property
    def path(self) -> str:
        return f"entry.{self.root}.{self.field}"


def needs_of(template: nodes.Template, file: str = "") -> frozenset[Need]:
    """Every field of the entry event without which the template, which is a file's text, does not render."""
    reader = _Reader(file)
    reader.visit(template, frozenset())
    return frozenset(reader.needs)


class _Reader:
    def __init__(self, file: str) -> None:
        self._file = file
        self.needs: set[Need] = set()

    def visit(self, node: nodes.Node, asked: frozenset[str]) -> None:
        """Note what is needed below the node; ``asked``: the fields that are only read where they are there."""
        match node:
            case nodes.If(test=test) | nodes.CondExpr(test=test):
                self.visit(test, asked)
                self._visit_children(node, asked | _asked_in(test), but=test)
            case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
                self.visit(left, asked)
                self.visit(right, asked | _asked_in(left))
            case (
                nodes.Test(node=subject)
                | nodes.Getitem(node=nodes.Name(name="products"), arg=subject)
                | nodes.Call(node=nodes.Name(name="lines"), args=[subject])
            ):
                self._visit_softly(subject, asked)
                self._visit_children(node, asked, but=subject)
            case nodes.Filter(node=nodes.Expr() as subject, name=name) if name in _TAKES_WHAT_IS_MISSING:
                self._visit_softly(subject, asked)
                self._visit_children(node, asked, but=subject)
            case nodes.Filter(node=nodes.Expr() as subject):
                self.visit(subject, asked)
                for argument in node.args:  # a missing currency or quantity is one of the filters' own matters
                    self._visit_softly(argument, asked)
            case nodes.Getattr() | nodes.Getitem():
                found = self._field_of(node)
                if found is not None and found.path not in asked:
                    self.needs.add(found)
                if found is None:
                    self._visit_children(node, asked)
            case _:
                self._visit_children(node, asked)

    def _field_of(self, node: nodes.Getattr | nodes.Getitem) -> Need | None:
        """The field of the entry event that it lies in; ``None`` for all else."""
        entry, root, field, *_ = (*path_of(node).split("."), "", "", "")
        return Need(self._file, node.lineno, root, field) if entry == "entry" and root in _ROOTS and field else None

    def _visit_softly(self, node: nodes.Node, asked: frozenset[str]) -> None:
        """Of a field that may be missing, only what is around it is needed."""
        if isinstance(node, nodes.Getattr | nodes.Getitem):
            if not _is_field(path_of(node)):
                self.visit(node.node, asked)
        else:
            self.visit(node, asked)

    def _visit_children(self, node: nodes.Node, asked: frozenset[str], *, but: nodes.Node | None = None) -> None:
        for child in node.iter_child_nodes():
            if child is not but:
                self.visit(child, asked)


def _is_field(path: str) -> bool:
    entry, *rest = path.split(".")
    return entry == "entry" and len(rest) == 2 and rest[0] in _ROOTS


def _asked_in(test: nodes.Node) -> frozenset[str]:
    """The fields that a test asks for, in whatever way: both branches may know."""
    found = [test] if isinstance(test, nodes.Test) else list(test.find_all(nodes.Test))
    return frozenset(path_of(node.node) for node in found)
