"""The renderer: compiles nothing, says what is missing by name and nothing else, and stays within bounds."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from jinja2 import ModuleLoader
from jinja2.compiler import CodeGenerator
from jinja2.lexer import Lexer
from jinja2.parser import Parser

from infra.playbook.coupons import example_coupons, offers_of
from infra.playbook.locales import Locales
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import EmailContent, PushContent, SmsContent
from shared.domain.consent.words import Channel
from shared.domain.events import NOTHING
from shared.errors import PermanentError
from tests.conftest import SHIPPED_PLAYBOOK

MESSAGE = "messages/note"
SECRET = "ana@example.com"


def a_renderer(folder: Path, parts: Mapping[str, str], channels: list[str]) -> JinjaRenderer:
    """A renderer over an artefact with one message, ``note``."""
    brand = {"name": "A & B", "links": {"shop": "https://shop.example/"}}
    english = Locales(brand | {"locale": "en-IE"})["en-IE"]
    (folder / "templates").mkdir()
    for name, source in parts.items():
        code = english.environment.compile(source, f"{MESSAGE}/{name}", name, raw=True, defer_init=True)
        (folder / "templates" / ModuleLoader.get_module_filename(f"{MESSAGE}/{name}")).write_text(code)
    messages = {"note": {"title": "Note", "channels": channels}}
    plain = {"brand": brand, "policy": {}, "language": "en-IE", "messages": messages}
    (folder / "locales").mkdir()
    (folder / "locales" / "en-IE.json").write_text(json.dumps(english.table | {"text": {}}))
    (folder / "playbook.json").write_text(json.dumps(plain))
    return JinjaRenderer(folder)


def a_note(folder: Path, text: str) -> JinjaRenderer:
    return a_renderer(folder, {"sms.txt": text}, ["sms"])


def context(**changes: Any) -> dict[str, Any]:
    return {"traits": {"email": SECRET}, "entry": {"properties": {"name": "mug", "items": [{"sku": "1"}]}}} | changes


def test_each_channel_has_its_content(tmp_path: Path) -> None:
    renderer = a_renderer(
        tmp_path,
        {
            "email.subject": "For {{ brand.name }}\n now",
            "email.html": "<p>{{ brand.name }}</p>",
            "email.txt": "{% if 1 %}\n\n\n\n{{ brand.name }}  \n{% endif %}",
            "sms.txt": " {{ brand.name }}\n",
            "push.title": "{{ brand.name }}",
            "push.body": "b",
            "push.link": "https://shop.example/",
            "push.image": "",
            "push.badge": " 3 ",
            "push.collapse": "cart\n1",
            "push.time_to_live": "",
            "push.sound": "",
        },
        ["email", "sms", "push"],
    )

    assert renderer.channels("note") == {Channel.EMAIL, Channel.SMS, Channel.PUSH}
    assert renderer.render("note", Channel.EMAIL, context()) == EmailContent(
        "For A & B now", "<p>A &amp; B</p>", "A & B\n"
    )
    assert renderer.render("note", Channel.SMS, context()) == SmsContent("A & B")
    assert renderer.render("note", Channel.PUSH, context()) == PushContent(
        "A & B", "b", "https://shop.example/", badge=3, collapse="cart 1"
    )


@pytest.mark.parametrize(
    ("source", "variable"),
    [
        ("{{ traits.firstName }}", "traits.firstName"),
        ("{{ entry.properties.price }}", "entry.properties.price"),
        ("{{ entry.properties['price'] | money }}", "entry.properties.price"),
        ("{{ entry.properties.items[0].name }}", "entry.properties.items.0.name"),
        ("{{ links.unsubscribe }}", "links.unsubscribe"),
        ("{{ nothing }}", "nothing"),
        ("{% for item in entry.properties.products %}{% endfor %}", "entry.properties.products"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, source: str, variable: str) -> None:
    with pytest.raises(PermanentError, match="which is missing") as caught:
        a_note(tmp_path, source).render("note", Channel.SMS, context())

    assert caught.value.code == "missing_variable"
    assert caught.value.context == {"template": "messages/note/sms.txt", "variable": variable}
    assert variable in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ traits.email | money }}",
        "{{ traits.email + 1 }}",
        "{{ traits.email.__class__ }}",
        "{{ 1 / 0 }}",
        "{{ traits.email | int | string | first | list | sum }}",
        "{% include traits.email %}",
    ],
)
def test_a_template_that_fails_quotes_nobody(tmp_path: Path, source: str) -> None:
    with pytest.raises(PermanentError) as caught:
        a_note(tmp_path, source).render("note", Channel.SMS, context())

    assert caught.value.code == "template_failed"
    assert SECRET not in f"{caught.value} {caught.value.context}"


@pytest.mark.parametrize(
    "source", ["{{ 'x' * 1601 }}", "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}"]
)
def test_an_endless_message_is_given_up_early(tmp_path: Path, source: str) -> None:
    with pytest.raises(PermanentError, match="longer than 1,600") as caught:
        a_note(tmp_path, source).render("note", Channel.SMS, context())

    assert caught.value.code == "too_long"


def test_a_message_without_words_for_a_channel_is_refused(tmp_path: Path) -> None:
    renderer = a_note(tmp_path, "x")

    assert renderer.channels("unknown") == frozenset()
    for name, channel in (("note", Channel.EMAIL), ("unknown", Channel.SMS)):
        with pytest.raises(PermanentError) as caught:
            renderer.render(name, channel, context())
        assert caught.value.code == "no_content"


def test_an_entry_event_without_properties_is_no_trouble(tmp_path: Path) -> None:
    renderer = a_note(tmp_path, "{{ entry.properties is defined }} {{ links.unsubscribe is defined }}")

    assert renderer.render("note", Channel.SMS, {"traits": {}, "entry": NOTHING}) == SmsContent("False False")


def test_rendering_compiles_nothing(artefact: Path) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("compiled at run time")

    renderer = JinjaRenderer(artefact)
    coupons = example_coupons(offers_of(SHIPPED_PLAYBOOK))
    example = {"traits": {"firstName": "Ana"}, "entry": {"properties": {"order_id": "1"}}, "coupon": coupons}
    with (
        patch.object(Lexer, "tokeniter", never),
        patch.object(Parser, "parse", never),
        patch.object(CodeGenerator, "visit_Template", never),
    ):
        for name in ("welcome", "cart_reminder", "cart_last_call", "order_confirmation"):
            for channel in renderer.channels(name):
                assert renderer.render(name, channel, example)
        assert renderer.page("link_expired", "de", {})


def test_a_cold_start_loads_only_the_templates_that_it_renders(artefact: Path) -> None:
    code = f"""
import sys
loaded = []
is_template = lambda event, details: event == "import" and "tmpl_" in details[0]
sys.addaudithook(lambda event, details: loaded.append(details[0]) if is_template(event, details) else None)
from pathlib import Path
from shared.adapters.renderer import JinjaRenderer
from shared.domain.consent.words import Channel
renderer = JinjaRenderer(Path({str(artefact)!r}))
renderer.render("cart_last_call", Channel.SMS, {{"traits": {{}}, "entry": {{"properties": {{}}}}}})
assert len(loaded) == 1, loaded
for unwanted in ("mjml", "babel", "ruamel", "infra", "pydantic", "boto3"):
    assert unwanted not in sys.modules, unwanted
"""
    subprocess.run([sys.executable, "-c", code], check=True)
