"""Rendering the cart mail beside plain sandboxed Jinja2 on the same template: the same bytes, and how much sooner."""

import json
import py_compile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from jinja2 import ModuleLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from infra.playbook.brand import read_brand
from infra.playbook.build import build_playbook
from infra.playbook.languages import read_languages
from infra.playbook.locales import Locales
from infra.playbook.messages import compile_messages
from shared.adapters.renderer import MAX_LENGTH, JinjaRenderer
from shared.adapters.templating import TemplateEnvironment
from tests.benchmarks.measure import Table, microseconds

ROOT: Final = Path(__file__).resolve().parents[2]
PLAYBOOK: Final = ROOT / "templates"
ARTEFACT: Final = ROOT / ".build" / "playbook"
MESSAGE: Final = "cart_reminder"
LANGUAGE: Final = "en"
TEMPLATE: Final = f"messages/{MESSAGE}/{LANGUAGE}/email.html"


def run(rounds: int) -> list[Table]:
    build_playbook(PLAYBOOK, ARTEFACT)
    source, context = _cart_mail()
    # As a deployment brings it along, whatever this process may write itself.
    module = ARTEFACT / "templates" / ModuleLoader.get_module_filename(TEMPLATE)
    py_compile.compile(str(module), doraise=True)
    usual = _environment(context["brand"])

    def plain_at_first() -> str:
        return _plain_jinja(source, context, usual)()

    def ours_at_first() -> str:
        return _our_renderer(context)()

    plain, ours = _plain_jinja(source, context, usual), _our_renderer(context)
    if not ours() == plain() == ours_at_first() == plain_at_first():
        raise AssertionError("the renderers disagree: there is nothing to compare")
    size = f"{len(ours().encode()) / 1_000:.1f} kB"
    warm: dict[str, Callable[[], Any]] = {"sandboxed Jinja2": plain, "Carillon": ours}
    cold: dict[str, Callable[[], Any]] = {
        "sandboxed Jinja2, from the source": plain_at_first,
        "Carillon, from the artefact": ours_at_first,
    }
    return [
        Table(f"Rendering the cart mail's HTML ({size})", "µs", microseconds(warm, rounds)),
        Table("Rendering it for the first time in a process", "µs", microseconds(cold, rounds)),
    ]


def _cart_mail() -> tuple[str, dict[str, Any]]:
    """The mail's Jinja as the build makes it, and its example."""
    brand = read_brand(PLAYBOOK)[0]
    languages = read_languages(PLAYBOOK, brand["locale"], None)
    messages, _ = compile_messages(PLAYBOOK, brand, languages, Locales(brand))
    message = messages[MESSAGE]
    plain = {name: value for name, value in message.example.items() if isinstance(value, dict | str)}
    return message.template(LANGUAGE, "email.html"), {**message.example, **json.loads(json.dumps(plain))}


def _environment(brand: dict[str, Any]) -> TemplateEnvironment:
    return Locales(brand)[brand["locale"]].environment


def _plain_jinja(source: str, context: dict[str, Any], usual: TemplateEnvironment) -> Callable[[], str]:
    """Jinja2's own sandbox, with our filters and tests."""
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    environment.filters |= usual.filters
    environment.tests |= usual.tests
    template = environment.from_string(source)
    return lambda: template.render(context)


def _our_renderer(context: dict[str, Any]) -> Callable[[], str]:
    renderer = JinjaRenderer(ARTEFACT)
    return lambda: renderer.text(TEMPLATE, context, MAX_LENGTH["html"])


if __name__ == "__main__":
    for table in run(rounds=5):
        print(table.title)
        for figure in table.figures:
            print(f"  {figure.name}: {figure.value:.1f} {table.unit} ({table.ratio(figure):.2f})")
