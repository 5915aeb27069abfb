"""Reads and checks the playbook's pages: HTML in Jinja that may extend a page of the same folder."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, TemplateSyntaxError, nodes

from infra.playbook.build_environment import BuildEnvironment
from infra.playbook.page_examples import PAGE_EXAMPLE
from infra.playbook.template_check import Source, TemplateCheck
from infra.playbook.template_names import parse_template
from shared.errors import PlaybookFault


def read_pages(
    playbook: Path, brand: Mapping[str, Any], texts: Mapping[str, Any], environment: BuildEnvironment
) -> tuple[dict[str, str], list[PlaybookFault]]:
    """Each page's Jinja by name (``pages/unsubscribe.html``), and every fault in them.

    ``texts``: the brand's own catalogue.
    """
    pages: dict[str, str] = {}
    faults: set[PlaybookFault] = set()
    for path in sorted((playbook / "pages").glob("*.html")):
        name = path.relative_to(playbook).as_posix()
        try:
            pages[name] = path.read_text("utf-8-sig")
        except UnicodeDecodeError:
            faults.add(PlaybookFault(name, 1, "", "not UTF-8: save the file as UTF-8"))
    example = {**PAGE_EXAMPLE, "brand": dict(brand), "text": dict(texts)}

    def report(fault: PlaybookFault) -> None:
        faults.add(replace(fault, message=fault.message.replace("example.json has", "pages are given")))

    check = TemplateCheck(
        environment.overlay(loader=DictLoader(pages)), example, report, known=_shared_names(pages, environment)
    )
    for name, text in pages.items():
        check.check(Source(name, text))
    return pages, sorted(_told_once(faults, _extended(pages, environment)))


def _told_once(faults: set[PlaybookFault], extended: frozenset[str]) -> set[PlaybookFault]:
    """Without what pages say again of the pages that they extend."""
    of_extended = {fault for fault in faults if fault.file in extended}
    said = {_words(fault) for fault in of_extended}
    return of_extended | {fault for fault in faults if _words(fault) not in said}


def _words(fault: PlaybookFault) -> tuple[int, str]:
    """Line and message; rendering cannot tell what was meant."""
    return fault.line, fault.message.partition(", did you mean")[0]


def read_texts(pages: Mapping[str, str], environment: BuildEnvironment) -> frozenset[tuple[str, ...]]:
    """The paths within ``text`` that pages name; of one that ends in brackets, what stands before them."""
    found: set[tuple[str, ...]] = set()
    for text in pages.values():
        try:
            template = parse_template(environment, text)
        except TemplateSyntaxError:
            continue
        steps = list(template.find_all((nodes.Getattr, nodes.Getitem)))
        inner = {id(step.node) for step in steps if isinstance(step, nodes.Getattr | nodes.Getitem)}
        found.update(path for step in steps if id(step) not in inner for path in _path_in_text(step))
    return frozenset(found)


def _path_in_text(node: nodes.Node) -> Iterator[tuple[str, ...]]:
    path: list[str] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getattr):
            path.insert(0, node.attr)
        else:
            path.clear()  # what is in the brackets is known when the page is rendered
        node = node.node
    if path and isinstance(node, nodes.Name) and node.name == "text":
        yield tuple(path)


def _extended(pages: Mapping[str, str], environment: BuildEnvironment) -> frozenset[str]:
    """The pages that others extend."""
    names: set[str] = set()
    for text in pages.values():
        try:
            found = parse_template(environment, text).find_all(nodes.Extends)
        except TemplateSyntaxError:
            continue
        names |= {node.template.value for node in found if isinstance(node.template, nodes.Const)}
    return frozenset(names)


def _shared_names(pages: Mapping[str, str], environment: BuildEnvironment) -> frozenset[str]:
    """What a page sets at its top, for the pages that extend it."""
    names: set[str] = set()
    for text in pages.values():
        try:
            template = parse_template(environment, text)
        except TemplateSyntaxError:
            continue
        targets = (node.target for node in template.body if isinstance(node, nodes.Assign))
        names |= {target.name for target in targets if isinstance(target, nodes.Name)}
    return frozenset(names)
