"""Finds the names that a template uses and its example does not define, in every branch, taken or not."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from jinja2 import Environment, TemplateError, TemplateSyntaxError, nodes

from shared.domain.language.reading import quoted, suggestion
from shared.domain.shop.recommendations import MOST as MOST_RECOMMENDED
from shared.domain.shop.recommendations import USUAL
from shared.domain.shop.shelf import SHOWN

_UNKNOWN_NAME: Final = re.compile(r"No (filter|test) named '(.+)'")

Sample: TypeAlias = tuple[Any, ...] | None
"""What an expression may be, by the example; ``None`` where that cannot be told, and nothing is said of it."""

Report: TypeAlias = Callable[[int, str], None]

PRODUCTS: Final = "products"
LINES: Final = "lines"
COUPON: Final = "coupon"
BECAUSE: Final = "because"
RECOMMENDATIONS: Final = "recommendations"
LIVE: Final = frozenset({PRODUCTS, LINES, COUPON, RECOMMENDATIONS})
"""What is read at the moment of sending."""
_PRODUCT: Final = dict.fromkeys(SHOWN)
"""What may be asked of a product; of which type each is, its own words cannot tell."""

_RECOMMENDED: Final = {**_PRODUCT, "reason": None, BECAUSE: None}
_COUPON: Final = dict.fromkeys(("code", "title", "expires_at"))
_THINGS: Final = ((_PRODUCT, "product"), (_RECOMMENDED, "recommendation"), (_COUPON, "coupon"))
"""What has the same fields whatever the example says."""

_SAME_ELEMENTS: Final = frozenset({"list", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "unique"})
_ONE_ELEMENT: Final = frozenset({"first", "last", "max", "min"})


def parse_template(environment: Environment, text: str, name: str | None = None) -> nodes.Template:
    """The template's nodes.

    Raises:
        TemplateSyntaxError: it is not Jinja, or nested beyond what can be read.
    """
    try:
        return environment.parse(text, name)
    except RecursionError:
        raise TemplateSyntaxError("nested too deeply", 1, name) from None


def plain_syntax_fault(error: TemplateError, environment: Environment) -> str:
    """What Jinja says is wrong, and what to do about it where that is not plain."""
    message = error.message or "not Jinja"
    unknown = _UNKNOWN_NAME.match(message)
    if unknown is not None:
        known = environment.filters if unknown[1] == "filter" else environment.tests
        return f'unknown {unknown[1]} "{unknown[2]}"{suggestion(unknown[2], known)}'
    if message == "unexpected '}'":
        return 'unexpected "}": a value stands between two on each side, {{ traits.firstName }}'
    return message


def check_names(
    template: nodes.Template, example: Mapping[str, Any], known: frozenset[str], report: Report
) -> frozenset[tuple[str, str]]:
    """Report (line, message) for each name that neither ``example`` nor ``known`` (Jinja's own) defines.

    Returns which fields of the entry event the template reads, as (``properties`` or ``context``, field).
    """
    scope: dict[str, Sample] = {name: (value,) for name, value in example.items()}
    entry = example.get("entry", {})
    checker = _Checker(known, report, {root: entry.get(root) for root in ("properties", "context")})
    checker.visit(template, scope)
    return frozenset(checker.entry_fields)


class _Checker:
    def __init__(self, known: frozenset[str], report: Report, roots: Mapping[str, Any]) -> None:
        self._known = known
        self._report = report
        self._roots = roots
        self.entry_fields: set[tuple[str, str]] = set()

    def visit(self, node: nodes.Node, scope: dict[str, Sample]) -> None:
        match node:
            case nodes.For():
                self._for(node, scope)
            case nodes.Assign(target=nodes.Name(name=name)):
                scope[name] = self._sample(node.node, scope)
            case nodes.Assign() | nodes.AssignBlock():
                self._forget(node.target, scope)
                self._visit_children(node, scope)
            case nodes.Macro() | nodes.CallBlock() | nodes.With() | nodes.Block() | nodes.Scope():
                inner = dict(scope)
                for target in node.iter_child_nodes(only=("args", "targets")):
                    self._forget(target, inner)
                if isinstance(node, nodes.Macro):
                    inner |= dict.fromkeys(("varargs", "kwargs", "caller"))
                    scope[node.name] = None
                self._visit_children(node, inner, leaving_out=("args", "targets"))
            case nodes.Import(target=str(name)):
                scope[name] = None
            case nodes.FromImport(names=names):
                scope.update(dict.fromkeys(name if isinstance(name, str) else name[1] for name in names))
            case nodes.Expr():
                self._sample(node, scope)
            case _:
                self._visit_children(node, scope)

    def _visit_children(
        self, node: nodes.Node, scope: dict[str, Sample], leaving_out: tuple[str, ...] | None = None
    ) -> None:
        for child in node.iter_child_nodes(exclude=leaving_out):
            self.visit(child, scope)

    def _for(self, node: nodes.For, scope: dict[str, Sample]) -> None:
        inner = dict(scope) | {"loop": None}
        elements = _elements(self._read_whole(self._sample(node.iter, scope)))
        if isinstance(node.target, nodes.Name):
            inner[node.target.name] = elements
        else:
            self._forget(node.target, inner)
        if node.test is not None:
            self.visit(node.test, inner)
        for child in node.body:
            self.visit(child, inner)
        for child in node.else_:
            self.visit(child, dict(scope))

    def _forget(self, target: nodes.Node, scope: dict[str, Sample]) -> None:
        names = [target] if isinstance(target, nodes.Name) else target.find_all(nodes.Name)
        scope.update(dict.fromkeys(name.name for name in names))

    def _sample(self, node: nodes.Node, scope: dict[str, Sample]) -> Sample:
        match node:
            case nodes.Name(name=name):
                return self._named(node, name, scope)
            case nodes.Const(value=value):
                return (value,)
            case nodes.Getitem(node=nodes.Name(name=name)) | nodes.Call(node=nodes.Name(name=name)) if (
                name in LIVE and scope.get(name) is not None
            ):
                return self._live(node, scope)
            case nodes.Getattr(node=owner, attr=name) | nodes.Getitem(node=owner, arg=nodes.Const(value=str(name))):
                return self._property(node, self._sample(owner, scope), name)
            case nodes.Getitem(node=owner, arg=nodes.Const(value=int()) | nodes.Slice()):
                elements = self._read_whole(self._sample(owner, scope))
                return elements if isinstance(node.arg, nodes.Slice) else _elements(elements)
            case nodes.Getitem(node=owner, arg=key):
                self.visit(key, scope)
                self._read_whole(self._sample(owner, scope))
                return None
            case nodes.Filter(node=nodes.Expr() as subject):
                return self._filtered(node, self._read_whole(self._sample(subject, scope)), scope)
            case nodes.CondExpr(test=test, expr1=first, expr2=second):
                self.visit(test, scope)
                either = [self._sample(first, scope), self._sample(second, scope) if second else ()]
                return None if None in either else tuple(value for sample in either for value in sample or ())
        self._visit_children(node, scope)
        return None

    def _named(self, node: nodes.Name, name: str, scope: Mapping[str, Sample]) -> Sample:
        if name in scope:
            return scope[name]
        if name not in self._known:
            hint = suggestion(name, (*scope, *self._known)) or f"; it knows {quoted(sorted(scope))}"
            self._report(node.lineno, f'unknown name "{name}"{hint}')
        return None

    def _property(self, node: nodes.Node, owners: Sample, name: str) -> Sample:
        if owners is None:
            return None
        mappings = [owner for owner in owners if isinstance(owner, Mapping)]
        for thing, called in _THINGS:
            if any(owner is thing for owner in mappings):
                if name not in thing:
                    self._report(node.lineno, f'a {called} has no "{name}"{suggestion(name, thing)}')
                return (_PRODUCT,) if thing is _RECOMMENDED and name == BECAUSE else None
        found = tuple(mapping[name] for mapping in mappings if name in mapping)
        self.entry_fields |= {
            (root, name) for root, fields in self._roots.items() if any(mapping is fields for mapping in mappings)
        }
        if not found and (mappings or not owners):
            known = tuple(str(key) for mapping in mappings for key in mapping)
            path = path_of(node)
            place = "brand.yaml" if path.startswith("brand.") else "example.json"
            self._report(node.lineno, f'{place} has no "{path.removeprefix("brand.")}"{suggestion(name, known)}')
            return None
        return found or None

    def _live(self, node: nodes.Node, scope: dict[str, Sample]) -> Sample:
        """What is read at the moment of sending; which coupons a message may hold, the build must know."""
        match node:
            case nodes.Getitem(node=nodes.Name(name="products"), arg=key):
                self.visit(key, scope)
                return (_PRODUCT,)
            case nodes.Call(node=nodes.Name(name="lines"), args=[told]):
                self._read_whole(self._sample(told, scope))
                return ([_PRODUCT],)
            case nodes.Call(node=nodes.Name(name="coupon"), args=[nodes.Const(value=str())]):
                return (_COUPON,)
            case nodes.Call(node=nodes.Name(name="coupon")):
                self._report(node.lineno, 'name the coupon in quotes: {{ coupon("welcome10").code }}')
                return None
            case nodes.Call(node=nodes.Name(name="recommendations"), args=[] | [nodes.Const(value=int())], kwargs=[]):
                return ([_RECOMMENDED],)
            case nodes.Call(node=nodes.Name(name="recommendations")):
                self._report(node.lineno, f"say how many, up to {MOST_RECOMMENDED}: recommendations({USUAL})")
                return None
        self._visit_children(node, scope)
        return None

    def _read_whole(self, sample: Sample) -> Sample:
        """Where all of the entry's properties are looked through at once, all that the example has are read."""
        for root, fields in self._roots.items():
            if fields and sample is not None and any(value is fields for value in sample):
                self.entry_fields |= {(root, name) for name in fields}
        return sample

    def _filtered(self, node: nodes.Filter, subject: Sample, scope: dict[str, Sample]) -> Sample:
        arguments = [self._sample(argument, scope) for argument in node.args]
        for extra in (*node.kwargs, node.dyn_args, node.dyn_kwargs):
            if extra is not None:
                self.visit(extra, scope)
        if node.name in _SAME_ELEMENTS:
            return subject
        if node.name in _ONE_ELEMENT:
            return _elements(subject)
        if node.name in {"default", "d"} and arguments and subject is not None and arguments[0] is not None:
            return subject + arguments[0]
        return None


def path_of(node: nodes.Node) -> str:
    """``entry.properties.price`` as the author wrote it."""
    match node:
        case nodes.Name(name=name):
            return name
        case nodes.Getattr(node=owner, attr=name) | nodes.Getitem(node=owner, arg=nodes.Const(value=name)):
            return f"{path_of(owner)}.{name}"
        case _:
            return "…"


def coupons_named(template: nodes.Template) -> frozenset[str]:
    """The coupons that it may give, in whichever branch."""
    return frozenset(
        call.args[0].value
        for call in template.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name)
        and call.node.name == COUPON
        and len(call.args) == 1
        and isinstance(call.args[0], nodes.Const)
    )


def reads_live(template: nodes.Template) -> bool:
    """Whether it shows what is read at the moment of sending, of which some may be missing."""
    return reads_products(template) or recommends(template) or bool(coupons_named(template))


def recommends(template: nodes.Template) -> bool:
    """Whether it shows what the person may like."""
    return any(node.name == RECOMMENDATIONS and node.ctx == "load" for node in template.find_all(nodes.Name))


def reads_products(template: nodes.Template) -> bool:
    """Whether it shows products of the catalogue."""
    return any(node.name in {PRODUCTS, LINES} and node.ctx == "load" for node in template.find_all(nodes.Name))


def _elements(sample: Sample) -> Sample:
    if sample is None or not all(isinstance(value, list | tuple) for value in sample):
        return None
    return tuple(element for value in sample for element in value)
