"""Finds counted words that lack a form which their language has."""

from collections.abc import Iterator

from jinja2 import Environment, nodes

from shared.adapters.plurals import CATEGORIES, OTHER
from shared.adapters.templating import TemplateEnvironment
from shared.domain.language.reading import quoted, suggestion


def misused_plurals(template: nodes.Template, environment: Environment) -> Iterator[tuple[int, str]]:
    """Line and what is wrong, of each `plural` in the template, whose language is the environment's."""
    needed = environment.formats.plurals.everyday if isinstance(environment, TemplateEnvironment) else {OTHER}
    for use in template.find_all(nodes.Filter):
        if use.name != "plural":
            continue
        given = {str(form.key) for form in use.kwargs}
        for form in sorted(given - set(CATEGORIES)):
            yield use.lineno, f"plural: no language has a form `{form}`{suggestion(form, CATEGORIES)}"
        lacking = [form for form in CATEGORIES if form in needed - given]
        if lacking:
            yield use.lineno, f"plural: this language counts with {quoted(lacking)} too"
