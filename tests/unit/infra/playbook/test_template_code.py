"""What templates are compiled to says what Jinja's own code says, byte for byte, and forbids what it forbids."""

from typing import Any

import pytest
from jinja2 import Template, TemplateError
from markupsafe import Markup

from infra.playbook.locales import Locales
from shared.adapters.templating import TemplateEnvironment

OURS = Locales({"locale": "en-IE"})["en"].environment
JINJAS = TemplateEnvironment({}, OURS.formats)
CONTEXT: dict[str, Any] = {
    "person": {"name": "Zoë <b>", "quoted": 'it\'s "5 > 3" & so', "nothing": None, "empty": "", "no": False, "n": 7},
    "cart": {
        "lines": [{"title": "mug & cup", "more": [{"title": "lid"}]}, {"title": "pot"}],
        "items": "mine",
        "get": 1,
    },
    "markup": Markup("<i>kept</i>"),
    "price": 3.5,
}
TEMPLATES = (
    "{{ person.name }}, {{ person.quoted }}, {{ markup }}, {{ person.n }}, {{ price }}, {{ person.no }}, {{ ['<'] }}",
    "{{ cart.items }} {{ cart.get }} {{ cart.lines.0.title }} {{ cart['lines'][1].title }}",
    "{{ person.nothing | default('none') }}{{ person.lacking is defined }}{{ person.empty }}{{ person.no or 'yes' }}",
    "{% for line in cart.lines %}{{ loop.index }}{{ line.title }}{{ '' if loop.last else ',' }}{% endfor %}",
    "{% for one in cart.lines recursive %}({{ one.title }}{{ loop(one.more) if one.more is defined }}){% endfor %}",
    "{% for one in cart.lines if one.more is defined %}{{ one.title }}{% else %}none{% endfor %}",
    "{% macro shows(one) %}<b>{{ one.title }}</b>{% endmacro %}{{ shows(cart.lines.0) }}{{ shows({'title': '<'}) }}",
    "{% set words %}{{ person.name }}!{% endset %}{{ words }}{{ words | upper }}",
    "{% filter upper %}{{ person.name }}{% endfilter %}{{ person.name ~ markup }}{{ person.quoted | upper }}",
    "{% with owner = person, found = cart %}{{ owner.name }}{{ found.lines.0.title }}{% endwith %}",
    "{% autoescape false %}{{ person.name }}{% endautoescape %}{{ 'a' ~ '<' }}{{ person.name.upper() }}",
    "{{ person.lacking }}",
    "{{ person.nothing.deeper }}",
    "{{ lacking.name }}",
    "{{ person.name.__class__ }}",
    "{{ cart.lines.append(1) }}",
    "{{ loop.last }}",
)


def said(environment: TemplateEnvironment, code: Any) -> str:
    try:
        return Template.from_code(environment, code, environment.globals).render(CONTEXT)
    except TemplateError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("name", ["note.html", "note.txt"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_it_says_what_jinjas_own_code_says(template: str, name: str) -> None:
    ours = compile(OURS.python_of(template, name), name, "exec")
    assert said(OURS, ours) == said(JINJAS, JINJAS.compile(template, name))


def test_a_field_is_looked_up_without_a_call() -> None:
    python = OURS.python_of("{{ person.name }}", "note.html")
    assert ".get('name')" in python
    assert "environment.getattr(" not in python
