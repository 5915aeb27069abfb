"""The pages as people meet them, in a browser without a stack behind it: in every language, for everybody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from infra.playbook.page_examples import PAGE_EXAMPLE
from shared.adapters.renderer import JinjaRenderer
from tests.conftest import SHIPPED_PLAYBOOK

LANGUAGES: Final = ("en", "de", "fr")
PAGES: Final = tuple(sorted(path.stem for path in (SHIPPED_PLAYBOOK / "pages").glob("*.html") if path.stem != "layout"))
STATES: Final[dict[str, dict[str, Any]]] = {
    "as it is": {"status": "", "undo": "", "until": ""},
    "saved": {"status": "saved", "until": ""},
    "paused": {"status": "paused"},
    "an error": {"status": "", "undo": "", "until": "", "error": "address", "entered": "ana@"},
    "a stranger": {"status": "", "undo": "", "until": "", "is_known": False, "topics": []},
}
PHONE: Final[ViewportSize] = {"width": 320, "height": 640}
FOCUSABLE: Final = "a[href], button, input:not([type=hidden])"


@pytest.fixture(scope="session")
def pages(artefact: Path) -> JinjaRenderer:
    return JinjaRenderer(artefact)


@pytest.fixture(scope="session")
def page(browser: Browser) -> Iterator[Page]:
    """A phone's window, the narrowest there is, and as wide as 1280 px are at 400 %."""
    context = browser.new_context(viewport=PHONE)
    yield context.new_page()
    context.close()


def show(page: Page, pages: JinjaRenderer, name: str, language: str, **changes: Any) -> Page:
    cells = [
        PAGE_EXAMPLE["topics"][0]["cells"][0] | {"index": index, "state": state, "is_on": state != "refused"}
        for index, state in enumerate(("granted", "refused", "pending", "default"))
    ]
    topics = [{"title": "News from the workshop", "cells": cells}]
    page.emulate_media(media="screen")
    page.goto("about:blank")  # a page of its own: what is to have the focus gets it once
    page.set_content(pages.page(name, language, {**PAGE_EXAMPLE, "topics": topics, **changes}))
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_no_page_shuts_anybody_out(page: Page, pages: JinjaRenderer, name: str, language: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    for changes in STATES.values() if name == "preferences" else ({},):
        found = Axe().run(show(page, pages, name, language, **changes))

        assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_small_phone_also_with_letters_twice_as_large(
    page: Page, pages: JinjaRenderer, name: str, language: str
) -> None:
    for size in ("100%", "200%"):
        show(page, pages, name, language)
        page.add_style_tag(content=f"html {{ font-size: {size} }}")

        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_everything_is_reached_by_the_keyboard_in_the_order_in_which_it_stands(
    page: Page, pages: JinjaRenderer
) -> None:
    show(page, pages, "preferences", "en", **STATES["as it is"])
    wanted = page.locator(FOCUSABLE).count()
    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(f"[...document.querySelectorAll('{FOCUSABLE}')].indexOf(document.activeElement)"))
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"{style}.outlineStyle") == "solid"
        assert page.evaluate(f"parseFloat({style}.outlineWidth)") >= 2

    assert reached == list(range(wanted))


def test_what_can_be_pressed_is_large_enough_for_a_thumb(page: Page, pages: JinjaRenderer) -> None:
    show(page, pages, "preferences", "en", **STATES["saved"])

    for element in page.locator("button, .choice, input:not([type=hidden]):not([type=checkbox])").all():
        box = element.bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_an_error_is_tied_to_its_field_which_has_the_focus_and_what_was_typed(page: Page, pages: JinjaRenderer) -> None:
    show(page, pages, "preferences", "en", **STATES["an error"])
    page.wait_for_selector(":focus")  # browsers give it once the page has been laid out
    described = page.evaluate(
        "document.activeElement.getAttribute('aria-describedby').split(' ')"
        ".map(id => document.getElementById(id).textContent)"
    )

    assert page.evaluate("document.activeElement.id") == "address"
    assert page.evaluate("document.activeElement.value") == "ana@"
    assert described[0] == "Enter an email address like name@example.com."
    assert page.get_by_role("alert").is_visible()
    assert page.title().startswith("Please check")


def test_what_was_done_is_said_first_and_to_screen_readers(page: Page, pages: JinjaRenderer) -> None:
    show(page, pages, "preferences", "en", **STATES["saved"])

    assert "Saved" in page.get_by_role("status").inner_text()
    assert page.title().startswith("Saved")


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_paper_stands_what_the_person_agreed_to_on_one_page_and_no_button(
    page: Page, pages: JinjaRenderer, language: str
) -> None:
    show(page, pages, "preferences", language, **STATES["saved"])
    page.emulate_media(media="print", color_scheme="light")
    paper = page.pdf(format="A5")

    assert page.locator("table").is_visible()
    assert page.locator("tr").count() == 5
    assert page.get_by_role("button").count() == 0
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page>") == 1


@pytest.mark.parametrize("name", PAGES)
def test_every_language_can_be_chosen_by_its_own_name(page: Page, pages: JinjaRenderer, name: str) -> None:
    show(page, pages, name, "de")

    assert page.get_by_role("link", name="Français").get_attribute("href") == "?lang=fr"
    assert page.get_by_role("link", name="English").get_attribute("hreflang") == "en"
    assert page.locator("[aria-current]").inner_text() == "Deutsch"
