"""The shipped messages: each renders with its example, with less than its example, and with what attackers send."""

import json
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest

from infra.playbook.coupons import example_coupons, offers_of
from infra.playbook.examples import live_names
from infra.playbook.source import read_source
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import (
    Content,
    EmailContent,
    PushContent,
    SmsContent,
    WebhookContent,
    WhatsAppContent,
)
from shared.domain.consent.words import Channel
from shared.domain.shop.products import Product
from shared.domain.shop.shelf import Shelf
from tests.conftest import SHIPPED_PLAYBOOK

CONTENTS: Final = tuple(
    (name, Channel(channel))
    for name, message in read_source(SHIPPED_PLAYBOOK).plain["messages"].items()
    for channel in message["channels"]
)
LANGUAGES: Final = ("en", "de", "fr")
MAILS: Final = tuple(name for name, channel in CONTENTS if channel is Channel.EMAIL)
BY_THE_SYSTEM: Final = {"confirm_address", "address_changed"}
"""Around a change of address: no journey's, and no place for more than the one link."""
DAYS: Final = {"estimated_delivery"}
"""What is no day is left out, and its line with it."""
REQUIRED: Final = {"order_id"}
"""Without it there is no run, so no message: it is the journey's key."""

COUPONS: Final = example_coupons(offers_of(SHIPPED_PLAYBOOK))

UNSUBSCRIBE: Final = "https://api.example.com/v1/unsubscribe/token"
CONFIRM: Final = "https://api.example.com/v1/confirm/token"
PREFERENCES: Final = "https://api.example.com/v1/preferences/token"
OURS: Final = (
    r"https://([a-z]+\.)?alderandoat\.example/|https://api\.example\.com/"
    r"|https://(instagram|pinterest)\.com/alderandoat"
)
MARKUP: Final = '"><img src=x onerror=alert(1)><script>alert(1)</script>{{ 7 * 7 }}{% raw %}'


def an_example(name: str) -> dict[str, Any]:
    """Without a catalogue."""
    example: dict[str, Any] = json.loads((SHIPPED_PLAYBOOK / "messages" / name / "example.json").read_text())
    example.pop("products", None)
    return example | {"links": {"unsubscribe": UNSUBSCRIBE, "preferences": PREFERENCES, "confirm": CONFIRM}}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a nested value."""
    within = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in within:
        yield (*path, key)
        yield from places(item, (*path, key))


def changed(context: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The context with one place changed; removed where the value is ``...``."""
    copy: dict[str, Any] = json.loads(json.dumps(context))
    owner: Any = copy
    for key in path[:-1]:
        owner = owner[key]
    if value is ...:
        del owner[path[-1]]
    else:
        owner[path[-1]] = value
    return copy


OPTIONAL: Final = tuple(
    (name, channel, path)
    for name, channel in CONTENTS
    for path in places({key: value for key, value in an_example(name).items() if key != "links"})
    if path[-1] not in REQUIRED and len(path) > 1 and path not in {("entry", "event"), ("entry", "properties")}
)


class GivingRenderer(JinjaRenderer):
    """With coupons for who asks, as a message has them that is sent."""

    def render(self, name: str, channel: Channel, context: Mapping[str, Any]) -> Content:
        return super().render(name, channel, {"coupon": COUPONS, **context})


@pytest.fixture(scope="session")
def renderer(artefact: Path) -> JinjaRenderer:
    return GivingRenderer(artefact)


def spoken(context: dict[str, Any], language: str) -> dict[str, Any]:
    """The context of somebody who reads that language."""
    return context | {"traits": context["traits"] | {"language": language}}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "channel"), CONTENTS)
def test_a_message_renders_with_its_example(
    renderer: JinjaRenderer, name: str, channel: Channel, language: str
) -> None:
    content = renderer.render(name, channel, spoken(an_example(name), language))

    assert channel in renderer.channels(name)
    assert not re.search(r"\{\{|\{%|None|Undefined|carillon\d", words(content))
    match content:
        case EmailContent(subject, html, text):
            assert 0 < len(subject) <= 78
            assert html.startswith("<!doctype html>")
            assert len(html) < 102_000  # beyond, Gmail cuts a mail off
            assert len(text) > 100
        case SmsContent(text):
            assert 0 < len(text) <= 160
        case PushContent(title=title, body=body, link=link):
            assert 0 < len(title) <= 50
            assert 0 < len(body) <= 178
            assert link


@pytest.mark.parametrize(("name", "channel", "path"), OPTIONAL)
def test_a_message_copes_without_any_optional_property_and_with_one_of_the_wrong_type(
    renderer: JinjaRenderer, name: str, channel: Channel, path: tuple[Any, ...]
) -> None:
    for value in (..., None, "", 0, -1.5, True, "text", [], ["a"], {"a": 1}):
        assert renderer.render(name, channel, changed(an_example(name), path, value)), value


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "channel"), CONTENTS)
def test_a_message_copes_with_nothing_but_what_its_journey_needs(
    renderer: JinjaRenderer, name: str, channel: Channel, language: str
) -> None:
    properties = {key: value for key, value in an_example(name)["entry"]["properties"].items() if key in REQUIRED}
    links = {"confirm": CONFIRM, "preferences": PREFERENCES}
    context = {"traits": {"language": language}, "entry": {"event": "", "properties": properties}, "links": links}
    content = renderer.render(name, channel, context)

    stray = r" [,.]|\(\)|  |\b(the|is) [.,?]" if language == "fr" else r" [,.!?:]|\(\)|  |\b(the|is) [.,?]"
    assert not re.search(stray, words(content))


def words(content: Content) -> str:
    """What the person reads."""
    match content:
        case EmailContent(subject, _, text):
            return f"{subject}\n{text}"
        case SmsContent(text):
            return text
        case PushContent(title=title, body=body):
            return f"{title}\n{body}"
        case WhatsAppContent(text=text, variables=variables):
            return "\n".join([text, *(value for _, value in variables)])
        case WebhookContent(body=body):
            return body


class _Elements(HTMLParser):
    """The elements and texts that a mail program would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("name", [name for name in MAILS if name not in BY_THE_SYSTEM])
def test_nothing_that_an_event_says_becomes_markup(renderer: JinjaRenderer, name: str) -> None:
    harmless, attacked = an_example(name), an_example(name)
    for path in places(attacked):
        owner: Any = attacked
        for key in path[:-1]:
            owner = owner[key]
        if (
            isinstance(owner[path[-1]], str)
            and path[0] != "links"
            and "url" not in str(path[-1])
            and path[-1] not in DAYS
        ):
            attacked = changed(attacked, path, MARKUP)
    before, after = (renderer.render(name, Channel.EMAIL, context) for context in (harmless, attacked))

    assert isinstance(before, EmailContent)
    assert isinstance(after, EmailContent)
    assert "&lt;img" in after.html
    assert [tag for tag, _ in _Elements(after.html).elements] == [tag for tag, _ in _Elements(before.html).elements]
    assert "49" not in after.subject
    assert "\n" not in after.subject


@pytest.mark.parametrize("name", MAILS)
def test_every_link_of_a_mail_leads_to_us(renderer: JinjaRenderer, name: str) -> None:
    context = an_example(name)
    for key in ("url", "image_url"):
        if key in context["entry"]["properties"]:
            context["entry"]["properties"][key] = "https://evil.example/"
    content = renderer.render(name, Channel.EMAIL, context)

    assert isinstance(content, EmailContent)
    elements, own = _Elements(content.html), {f"cid:{one.content_id}" for one in content.attachments}
    for address in [link["href"] for link in elements.all("a")] + [image["src"] for image in elements.all("img")]:
        assert address in own or re.match(OURS, address or "")


@pytest.mark.parametrize("name", MAILS)
def test_opening_a_mail_asks_nobody_else_for_anything(renderer: JinjaRenderer, name: str) -> None:
    content = renderer.render(name, Channel.EMAIL, an_example(name))

    assert isinstance(content, EmailContent)
    assert not re.findall(r"<link[^>]*>|@import[^;]*;|@font-face|<script", content.html)


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_readable_by_everyone(renderer: JinjaRenderer, name: str) -> None:
    content = renderer.render(name, Channel.EMAIL, an_example(name))

    assert isinstance(content, EmailContent)
    elements = _Elements(content.html)
    assert elements.all("html")[0]["lang"] == "en-IE"
    assert len(elements.all("h1")) == 1
    assert all(image.get("alt") for image in elements.all("img"))
    assert all(table.get("role") == "presentation" or table.get("width") for table in elements.all("table"))
    assert "prefers-color-scheme: dark" in content.html
    assert "display:none" in content.html.split("<body")[1][:200]  # the preheader


@pytest.mark.parametrize("name", [name for name in MAILS if name not in BY_THE_SYSTEM])
def test_a_marketing_mail_carries_its_way_out_and_who_we_are(renderer: JinjaRenderer, name: str) -> None:
    with_link = renderer.render(name, Channel.EMAIL, an_example(name))
    without = renderer.render(name, Channel.EMAIL, an_example(name) | {"links": {"confirm": CONFIRM}})

    assert isinstance(with_link, EmailContent)
    assert isinstance(without, EmailContent)
    for part in (with_link.html, with_link.text):
        assert UNSUBSCRIBE in part
        assert "14 Mill Lane" in part
    assert "nsubscribe" not in without.html + without.text


@pytest.mark.parametrize("name", [name for name in MAILS if name not in BY_THE_SYSTEM])
@pytest.mark.parametrize(
    "links", [{"preferences": PREFERENCES}, {"preferences": PREFERENCES, "unsubscribe": UNSUBSCRIBE}]
)
def test_every_mail_leads_to_the_preference_centre(renderer: JinjaRenderer, name: str, links: dict[str, str]) -> None:
    content = renderer.render(name, Channel.EMAIL, an_example(name) | {"links": links | {"confirm": CONFIRM}})

    assert isinstance(content, EmailContent)
    assert PREFERENCES in content.html
    assert PREFERENCES in content.text


def test_who_asks_to_hear_from_us_finds_the_button_that_confirms_it(renderer: JinjaRenderer) -> None:
    content = renderer.render("confirm_subscription", Channel.EMAIL, an_example("confirm_subscription"))

    assert isinstance(content, EmailContent)
    assert f'href="{CONFIRM}"' in content.html
    assert CONFIRM in content.text
    assert content.subject == "Please confirm: shall Alder & Oat write to you?"


def test_the_cart_mail_shows_what_was_added(renderer: JinjaRenderer) -> None:
    content = renderer.render("cart_reminder", Channel.EMAIL, an_example("cart_reminder"))

    assert isinstance(content, EmailContent)
    assert content.subject == "Still thinking about the Kilkenny stoneware mug?"
    assert "Kilkenny stoneware mug, oatmeal glaze\n2 × €34.50" in content.text
    assert "https://images.alderandoat.example/mugs/kilkenny-oatmeal.jpg" in content.html


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"price": 29, "currency": "EUR", "stock": 2}, "2 × €29.00\nOnly 2 left."),
        ({"price": 29, "currency": "EUR", "stock": 0}, "2 × €29.00\nSold out just now; it stays in your basket."),
        ({"price": 31, "currency": "USD", "stock": 80}, "2 × US$31.00\n\n"),
    ],
)
def test_the_cart_mail_shows_the_price_and_the_stock_of_this_moment(
    renderer: JinjaRenderer, now: dict[str, Any], said: str
) -> None:
    example = an_example("cart_reminder")
    product = Product(sku="KIL-MUG-OAT", updated_at=0, **now)
    shelf = Shelf(example["entry"], lambda _: {product.sku: product})
    content = renderer.render("cart_reminder", Channel.EMAIL, example | shelf.names)

    assert isinstance(content, EmailContent)
    assert said in content.text


@pytest.mark.parametrize("name", ["browse_reminder", "care_guide", "win_back"])
def test_what_is_recommended_is_shown_with_its_reason_and_as_text(renderer: JinjaRenderer, name: str) -> None:
    address = "https://alderandoat.example/care/oak-oil"
    oil = Product(
        sku="OIL", updated_at=0, title=f"Oil {MARKUP}", price=12, url=address, image="https://elsewhere.example/x"
    )
    pot = Product(sku="POT", updated_at=0, title=f"Pot {MARKUP}")
    entry = {"event": "Order Delivered", "properties": {"order_id": "AO-1", "sku": "POT"}, "context": {}}
    context = an_example(name) | {"entry": entry} | live_names(entry, [oil, pot], {})

    content = renderer.render(name, Channel.EMAIL, context)

    assert isinstance(content, EmailContent)
    assert f"({address}), €12.00" in content.text
    assert "Others bought it together with your Pot" in content.text
    assert f'href="{address}"' in content.html
    assert "<script>" not in content.html
    assert "elsewhere.example" not in content.html


def test_the_confirmation_adds_up(renderer: JinjaRenderer) -> None:
    content = renderer.render("order_confirmation", Channel.EMAIL, an_example("order_confirmation"))

    assert isinstance(content, EmailContent)
    assert content.text.split("write again when it does.")[1].split("See my order")[0].split("\n") == [
        "",
        "",
        "2 × Kilkenny stoneware mug, oatmeal glaze  €69.00",
        "Vilnius linen tea towel  €29.00",
        "",
        "Discount (HELLO5)  -€5.00",
        "Delivery  €4.50",
        "Total  €97.50",
        "of which VAT  €18.23",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("language", "subject"), [("de-AT", "Ist das Ihre neue Adresse?"), ("en", "Is this your new address?")]
)
def test_an_address_is_asked_in_the_persons_language(renderer: JinjaRenderer, language: str, subject: str) -> None:
    context = {"traits": {"language": language}, "entry": {}, "links": {"confirm": CONFIRM}}
    content = renderer.render("confirm_address", Channel.EMAIL, context)

    assert isinstance(content, EmailContent)
    assert content.subject == subject
    assert CONFIRM in content.text
    assert f'<html lang="{"en-IE" if language == "en" else "de"}" dir="ltr"' in content.html
