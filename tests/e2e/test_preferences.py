"""The preference centre in a browser, through the deployed stack, from the links in the mails that it sent."""

import re
from typing import Any, Final

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from shared.domain.consent.words import Channel
from shared.services.links import LIFETIME, preferences_url
from tests.e2e.conftest import LocalCloud, wait_until
from tests.e2e.storefront import a_person, identify, signs_up

pytestmark = pytest.mark.e2e

LANGUAGES: Final = {"en": "Save my choices", "de": "Auswahl speichern", "fr": "Enregistrer mes choix"}
SAVED: Final = {"en": "Saved", "de": "Gespeichert", "fr": "enregistré"}


def link_in(message: Any, page: str) -> str:
    """The address of one of our pages, as it stands in a mail's text."""
    found = re.search(rf"https?://\S+/v1/{page}/[\w-]+", message["text"])
    assert found is not None, message["text"]
    return found[0]


def outputs(cloud: LocalCloud) -> dict[str, str]:
    """What the stacks say of themselves."""
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for stack in stacks for output in stack.get("Outputs", ())}


def stored(cloud: LocalCloud, person: str) -> Any:
    """The person's profile, byte for byte."""
    key = {"pk": {"S": f"PROFILE#{person}"}, "sk": {"S": "PROFILE"}}
    item = cloud.client("dynamodb").get_item(TableName=outputs(cloud)["TableName"], Key=key)["Item"]
    return item["version"], item["state"]


def settled(cloud: LocalCloud, person: str) -> Any:
    """The profile, once what became of the first mail has come in and nothing more comes."""
    seen = [stored(cloud, person)]

    def is_quiet() -> bool:
        cloud.pass_hours(1)  # a second of ours
        seen.append(stored(cloud, person))
        return bool(seen[-1] == seen[-2])

    wait_until(is_quiet, "quiet")
    return seen[-1]


def a_window(browser: Browser, *, scripts: bool = False, width: int = 640) -> Page:
    """Half of 1280 px: what is left of a desktop at 200 %."""
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": width, "height": 480})
    return context.new_page()


def press_with_the_keyboard(page: Page, name: str) -> None:
    """Tab to the button and press Enter, as who has no mouse does."""
    button = page.get_by_role("button", name=name, exact=False).first
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
    pytest.fail(f"{name} cannot be reached by the keyboard")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_chooses_by_keyboard_what_they_hear_of(cloud: LocalCloud, browser: Browser, language: str) -> None:
    person = a_person()
    cloud.send(identify(person, language=language), signs_up(person))
    [welcome] = cloud.wait_for(person)
    link = link_in(welcome, "preferences")
    before = settled(cloud, person)
    for method in ("GET", "HEAD", "GET"):  # a scanner opens every link
        assert httpx.request(method, link, timeout=30).status_code == 200
        assert httpx.request(method, link_in(welcome, "unsubscribe"), timeout=30).status_code == 200
    assert stored(cloud, person) == before

    page = a_window(browser)
    page.goto(link)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("input[type=checkbox]").first.is_checked()
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.type") != "checkbox":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    press_with_the_keyboard(page, LANGUAGES[language])

    assert SAVED[language] in page.get_by_role("status").inner_text()
    assert not page.locator("input[type=checkbox]").first.is_checked()
    page.context.close()
    wait_until(lambda: stored(cloud, person) != before, "the choice")

    again = a_window(browser, scripts=True, width=320)
    again.goto(link)
    assert not again.locator("input[type=checkbox]").first.is_checked()
    found = Axe().run(again)
    assert found.violations_count == 0, found.generate_report()
    assert again.evaluate("document.documentElement.scrollWidth") <= 320
    again.context.close()


def test_a_pause_an_undo_and_a_way_out_hold_at_once(cloud: LocalCloud, browser: Browser) -> None:
    person = a_person()
    cloud.send(identify(person), signs_up(person))
    page = a_window(browser)
    page.goto(link_in(cloud.wait_for(person)[0], "unsubscribe"))
    page.get_by_role("link", name="Choose everything").click()
    for button, said in (
        ("Pause for 30 days", "Enjoy the quiet"),
        ("End the break now", "Your break is over"),
        ("Unsubscribe from everything", "We write you no more marketing"),
        ("Undo", "Everything is as it was"),
    ):
        page.get_by_role("button", name=button).click()
        assert said in page.get_by_role("status").inner_text()
    assert page.locator("input[type=checkbox]").first.is_checked()
    page.context.close()


def test_another_address_is_confirmed_at_the_new_one_and_the_old_one_is_told(
    cloud: LocalCloud, browser: Browser
) -> None:
    person = a_person()
    cloud.send(identify(person), signs_up(person))
    page = a_window(browser)
    page.goto(link_in(cloud.wait_for(person)[0], "preferences"))
    page.get_by_label("New email address").fill(f"new-{person}@example.org")
    page.get_by_role("button", name="Send me the confirmation").click()
    assert "new mailbox" in page.get_by_role("status").inner_text()

    asking = cloud.wait_for(person, 2)[1]
    assert asking["message"] == "confirm_address"
    assert "/v1/preferences/" not in asking["text"]
    link = link_in(asking, "address")
    before = settled(cloud, person)
    httpx.get(link, timeout=30)
    assert stored(cloud, person) == before
    page.goto(link)
    page.get_by_role("button", name="Yes, write to me here").click()
    assert "We have noted it" in page.inner_text("h1")
    assert [message["message"] for message in cloud.wait_for(person, 3)][2] == "address_changed"
    page.goto(link)
    assert page.get_by_role("button").count() == 0
    page.context.close()


def test_a_double_opt_in_is_confirmed_by_the_person_and_no_scanner(cloud: LocalCloud, browser: Browser) -> None:
    person = a_person()
    yes = {
        "type": "track",
        "event": "Subscribed",
        "userId": person,
        "properties": {"channel": "email", "topic": "news"},
    }
    cloud.send(identify(person, country="DE", language="de"), yes)
    asking = cloud.wait_for(person)[0]
    link = link_in(asking, "confirm")
    before = settled(cloud, person)
    for method in ("GET", "HEAD"):
        assert httpx.request(method, link, timeout=30).status_code == 200
    assert stored(cloud, person) == before

    page = a_window(browser)
    page.goto(link)
    assert page.locator("html").get_attribute("lang") == "de"
    press_with_the_keyboard(page, "Ja, schreiben Sie mir")
    assert "Das ist bestätigt" in page.inner_text("h1")
    wait_until(lambda: stored(cloud, person) != before, "the confirmation")
    page.goto(link)
    assert page.get_by_role("button").count() == 0  # used
    page.context.close()


def test_links_that_are_none_open_nothing(cloud: LocalCloud) -> None:
    person = a_person()
    cloud.send(identify(person), signs_up(person))
    link = link_in(cloud.wait_for(person)[0], "preferences")
    secrets = cloud.client("secretsmanager")
    secret = secrets.get_secret_value(SecretId=outputs(cloud)["LinkSecretArn"])["SecretString"].encode()

    def made(at: int, key: bytes) -> str:
        return preferences_url(cloud.ingest_url, key, profile_id=person, channel=Channel.EMAIL, message_id="m", now=at)

    assert httpx.get(made(1_793_000_000_000 + LIFETIME, secret), timeout=30).status_code == 200
    for address, status in (
        (made(0, secret), 410),
        (made(1_793_000_000_000 + LIFETIME, b"another"), 400),
        (link[:-1], 400),
        (link + "A", 400),
        (link.replace("/preferences/", "/confirm/"), 400),
        (link.replace("/preferences/", "/unsubscribe/"), 400),
    ):
        for method in ("GET", "POST"):
            answer = httpx.request(method, address, content="action=stop", timeout=30)
            assert (answer.status_code, "<form" in answer.text) == (status, False)
