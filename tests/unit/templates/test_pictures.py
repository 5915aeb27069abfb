"""The shipped mails as pictures: they fit every window, can be read by day and by night, and look as approved.

Approve a new look with ``APPROVE=1``, after looking at it: the pictures are in ``pictures``.
"""

import base64
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from infra.inline_pictures import shown_html
from infra.preview.contents import example_of
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import EmailContent
from shared.domain.consent.words import Channel
from tests.conftest import SHIPPED_PLAYBOOK
from tests.pixels import grey_pixels

MAILS: Final = tuple(sorted(path.parent.name for path in (SHIPPED_PLAYBOOK / "messages").glob("*/email.mjml")))
LANGUAGES: Final = ("en", "de", "fr")
WIDTHS: Final = (320, 600, 1_200)
APPROVED: Final = Path(__file__).parent / "pictures"
SCHEMES: Final = ("light", "dark")
PICTURES: Final = (
    *product(["order_confirmation"], LANGUAGES, SCHEMES, WIDTHS),
    ("welcome", "en", "light", 600),
    ("welcome", "de", "dark", 320),
    ("cart_reminder", "de", "light", 1_200),
    ("cart_reminder", "fr", "dark", 320),
    ("care_guide", "en", "light", 600),
    ("win_back", "fr", "dark", 320),
)
"""The mail with the most parts everywhere; of others what is theirs alone: a code, a picture, recommendations."""

COARSE: Final = (24, 48)
"""Pictures are compared by so many patches: letters look different on every machine, the layout does not."""
MOST_APART: Final = 6
"""Of 255, on average over the patches; a card of a slightly other white is beyond that."""
COMPARE: Final = """
async ([first, second, width, height]) => {
  const patches = async source => {
    const image = new Image();
    image.src = "data:image/png;base64," + source;
    await image.decode();
    const canvas = new OffscreenCanvas(width, height), context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, width, height);
    return [image.height, context.getImageData(0, 0, width, height).data];
  };
  const [[one, before], [other, after]] = [await patches(first), await patches(second)];
  let apart = 0;
  for (let at = 0; at < before.length; at++) apart += Math.abs(before[at] - after[at]);
  return [one / other, apart / (width * height * 3)];
}
"""


@pytest.fixture(scope="session")
def renderer(artefact: Path) -> JinjaRenderer:
    return JinjaRenderer(artefact)


@pytest.fixture(scope="session")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 600, "height": 600}, device_scale_factor=0.5)
    yield context.new_page()
    context.close()


def show(page: Page, renderer: JinjaRenderer, name: str, language: str, scheme: Any = "light") -> None:
    context = example_of(SHIPPED_PLAYBOOK, name)
    context["traits"] |= {"language": language}
    mail = renderer.render(name, Channel.EMAIL, context)
    assert isinstance(mail, EmailContent)
    page.emulate_media(color_scheme=scheme)
    page.set_content(shown_html(mail), wait_until="domcontentloaded")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_fits_every_window(page: Page, renderer: JinjaRenderer, name: str, language: str) -> None:
    show(page, renderer, name, language)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 600})

        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.lang") == {"en": "en-IE"}.get(language, language)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_shuts_nobody_out(page: Page, renderer: JinjaRenderer, name: str, scheme: str) -> None:
    show(page, renderer, name, "de", scheme)
    rules = {"region", "landmark-one-main", "page-has-heading-one"}  # of pages: a mail is shown within one
    found = [one for one in Axe().run(page).response["violations"] if one["id"] not in rules]

    assert not found


@pytest.mark.parametrize(("scheme", "width", "scale"), [("light", 600, 1), ("dark", 320, 1), ("dark", 600, 2)])
def test_a_tills_scanner_reads_the_code_off_the_screen(
    browser: Browser, renderer: JinjaRenderer, scheme: str, width: int, scale: float
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 600}, device_scale_factor=scale)
    page = context.new_page()
    show(page, renderer, "welcome", "en", scheme)
    picture = page.locator("img[src^='data:image/png']")
    printed = page.locator("strong", has_text="HELLO-").inner_text()
    box = picture.bounding_box()
    assert box is not None
    around = {"x": box["x"] - 8, "y": box["y"] - 8, "width": box["width"] + 16, "height": box["height"] + 16}
    seen = page.screenshot(clip=around, full_page=True)  # type: ignore[arg-type]
    context.close()

    assert [one.text for one in zxingcpp.read_barcodes(grey_pixels(seen))] == [printed]


@pytest.mark.parametrize(("name", "language", "scheme", "width"), PICTURES)
def test_a_mail_looks_as_it_was_approved(
    page: Page, renderer: JinjaRenderer, name: str, language: str, scheme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 400})
    show(page, renderer, name, language, scheme)
    picture = page.screenshot(full_page=True)
    approved = APPROVED / f"{name}.{language}.{scheme}.{width}.png"
    if os.environ.get("APPROVE"):
        approved.parent.mkdir(exist_ok=True)
        approved.write_bytes(picture)
    page.set_content("<p>compare</p>")
    both = [base64.b64encode(one).decode() for one in (approved.read_bytes(), picture)]
    taller, apart = page.evaluate(COMPARE, [*both, *COARSE])

    assert 0.92 <= taller <= 1.08
    assert apart <= MOST_APART
