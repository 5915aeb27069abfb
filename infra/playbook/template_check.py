"""Checks one piece of Jinja as its author wrote it: its syntax, its names, and that it renders with the example."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, TracebackType
from typing import Any, Final

from jinja2 import TemplateError, TemplateSyntaxError, nodes

from infra.playbook.build_environment import BuildEnvironment
from infra.playbook.examples import bare_names
from infra.playbook.mjml_source import FIXED_HOST, is_own_address
from infra.playbook.plural_check import misused_plurals
from infra.playbook.template_names import (
    check_names,
    parse_template,
    plain_syntax_fault,
    reads_live,
    reads_products,
    recommends,
)
from shared.adapters.templating import MissingVariableError
from shared.domain.language.coupon_reader import FILE as COUPONS
from shared.domain.shop.interests import KEYS
from shared.domain.shop.shelf import READ as TOLD_OF_PRODUCTS
from shared.errors import PermanentError, PlaybookFault

UNESCAPED: Final = (
    "`safe` shows as markup what people and events say, so anybody could write in your name: leave it out; **bold** "
    "and [links](…) in words need none"
)
_REFERENCES: Final = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)
_LOCAL_NAMES: Final = frozenset({"caller", "loop", "self", "super"})


@dataclass(frozen=True, slots=True)
class Source:
    """A whole file, or one value of a YAML file: what it says and where that begins."""

    file: str
    text: str
    line: int = 1
    path: str = ""


class TemplateCheck:
    """Checks sources against one message's example."""

    def __init__(
        self,
        environment: BuildEnvironment,
        example: Mapping[str, Any],
        report: Callable[[PlaybookFault], None],
        *,
        known: frozenset[str] = frozenset(),
    ) -> None:
        """``known``: names that the example lacks and that are no fault all the same."""
        self._environment = environment
        self._example = dict(example)
        self._bares = [self._example | names for names in bare_names()]
        self._known = frozenset(environment.globals) | _LOCAL_NAMES | known
        self._report = report

    def check(self, source: Source) -> frozenset[tuple[str, str]]:
        """Report what is wrong; returns which fields of the entry event the source reads."""
        if "{" not in source.text:
            return frozenset()  # every piece of Jinja begins so
        found: list[tuple[int, str]] = []
        try:
            template = parse_template(self._environment, source.text)
            code = self._environment.code_of(source.text)
        except TemplateSyntaxError as error:
            self._fault(source, error.lineno, plain_syntax_fault(error, self._environment))
            return frozenset()
        except TemplateError as error:
            self._fault(source, 1, plain_syntax_fault(error, self._environment))
            return frozenset()
        for reference in template.find_all(_REFERENCES) if self._environment.loader is None else ():
            self._fault(source, reference.lineno, "messages share parts by mj-include, and by nothing else")
            return frozenset()
        for use in template.find_all(nodes.Filter):
            if use.name == "safe":
                self._fault(source, use.lineno, UNESCAPED)
        for line, said in misused_plurals(template, self._environment):
            self._fault(source, line, said)
        read = check_names(
            template,
            self._example,
            self._known,
            lambda line, message: found.append((line, message)),
        )
        for line, message in found:
            self._fault(source, line, message)
        if not found and self._render(source, code) and reads_live(template):
            self._render_bare(source, code)
        told = TOLD_OF_PRODUCTS if reads_products(template) else KEYS if recommends(template) else ()
        return read | {("properties", name) for name in told}

    def is_decided_by_an_event(self, source: Source) -> bool:
        """Whether what is an address as a whole leads where an event says."""
        try:
            template = parse_template(self._environment, source.text)
        except TemplateSyntaxError:
            return False
        shown = [node for output in template.find_all(nodes.Output) for node in output.nodes]
        if shown and isinstance(shown[0], nodes.TemplateData) and FIXED_HOST.match(shown[0].data):
            return False
        return not all(isinstance(node, nodes.TemplateData) or is_own_address(node) for node in shown)

    def _render(self, source: Source, code: CodeType) -> bool:
        try:
            self._environment.rendered(code, self._example)
        except MissingVariableError as error:
            place = "brand.yaml" if error.owner is self._example.get("brand") else "example.json"
            if error.name == "expires_at" and isinstance(error.owner, dict) and "code" in error.owner:
                place = COUPONS
            self._fault(source, _line_of(error), f'{place} has no "{error.name}"')
        except PermanentError as error:
            self._fault(source, _line_of(error), f"{error} with example.json")
        except Exception as error:  # noqa: BLE001  # whatever a filter may raise: the author hears of it
            self._fault(source, _line_of(error), f"{type(error).__name__} with example.json: {error}")
        else:
            return True
        return False

    def _render_bare(self, source: Source, code: CodeType) -> None:
        """A product that goes from the catalogue must not take messages with it, nor a coupon that has no end, nor
        somebody to whom nothing can be recommended."""
        try:
            for bare in self._bares:
                self._environment.rendered(code, bare)
        except Exception as error:  # noqa: BLE001  # as above
            asked = f'"{error.name}"' if isinstance(error, MissingVariableError) else "something"
            message = (
                f"does not render without {asked}, which the catalogue may lack of a product (and a coupon may have no "
                "end): ask first with `is known` or `is amount`, or give a `default`"
            )
            self._fault(source, _line_of(error), message)

    def _fault(self, source: Source, line: int, message: str) -> None:
        self._report(PlaybookFault(source.file, source.line + line - 1, source.path, message))


def _line_of(error: BaseException) -> int:
    """The template's line that failed: Jinja names its frames so."""
    line = 1
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
