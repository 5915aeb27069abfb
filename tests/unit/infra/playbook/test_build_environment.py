"""A playbook's Jinja reads a text once for all of its languages, and what it compiles leaves what it read as it was."""

import pytest
from jinja2 import TemplateSyntaxError

from infra.playbook.build_environment import BuildEnvironment, Trees
from infra.playbook.locales import Locales

BRAND = {"locale": "en-IE", "links": {"shop": "https://shop.example"}}
CONSTANT = "{{ 'a' ~ 'b' }}{% if 1 + 1 == 2 %}{{ traits.name | default('c') }}{% endif %}"


@pytest.fixture
def locales() -> Locales:
    return Locales(BRAND)


@pytest.fixture
def english(locales: Locales) -> BuildEnvironment:
    return locales["en"].environment


def test_what_one_language_reads_the_others_have_read(locales: Locales) -> None:
    assert locales["en"].environment.parse(CONSTANT) is locales["de"].environment.parse(CONSTANT)


def test_what_is_compiled_stays_as_it_was_read(english: BuildEnvironment) -> None:
    read = english.parse(CONSTANT)
    before = repr(read)
    english.code_of(CONSTANT)
    english.python_of(CONSTANT, "messages/note/email.html")
    assert repr(read) == before
    assert english.parse(CONSTANT) is read


def test_each_language_compiles_for_itself(locales: Locales) -> None:
    price = "{{ 1234.5 | money('EUR') }}"
    english, german = (locales[tag].environment for tag in ("en", "de"))
    assert english.rendered(english.code_of(price), {}) == "€1,234.50"
    assert german.rendered(german.code_of(price), {}) == "1.234,50\xa0€"


def test_what_is_not_jinja_is_refused_each_time(english: BuildEnvironment) -> None:
    for _ in range(2):
        with pytest.raises(TemplateSyntaxError):
            english.parse("{{ }")


def test_what_was_read_first_is_let_go_when_it_grows_too_much(english: BuildEnvironment) -> None:
    trees = Trees(most=20)
    for text in ("a" * 8, "b" * 8, "c" * 8):
        trees.keep(text, english.parse(text))
    assert trees.get("a" * 8) is None
    assert len(trees) == 2
