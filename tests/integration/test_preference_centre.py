"""The preference centre and the pages that confirm, as API Gateway calls them, with the person in the table."""

from collections.abc import Callable
from typing import Any, Final

import boto3
import pytest

from functions.manage_preferences.handler import logger
from shared.domain.consent.words import Channel, Unconfirmed, address_digest
from shared.domain.events import Event
from shared.domain.profiles import Profile
from shared.domain.timing import SECOND
from shared.services.links import LIFETIME, address_url, confirm_url, preferences_url
from tests.builders import NOON
from tests.integration.lambda_events import log_lines
from tests.integration.preference_pages import posted
from tests.integration.test_manage_preferences import FORM, PERSON, SECRET, Desk, a_token, desk

__all__ = ["desk"]

ASKED_TO: Final = address_digest("email", "ana@example.com")
TRAITS: Final[dict[str, Any]] = {"email": "ana@example.com", "phone": "+353861234567", "language": "de"}


def a_link(*, profile_id: str = PERSON, now: int = NOON, secret: str = SECRET) -> str:
    url = preferences_url(
        "https://x.example", secret.encode(), profile_id=profile_id, channel=Channel.EMAIL, message_id="m1", now=now
    )
    return url.rpartition("/")[2]


def know_ana(desk: Desk) -> Profile:
    """In the table, with a yes to news that waits to be confirmed."""
    waits = Unconfirmed(NOON - SECOND, asked_at=NOON, asked_to=ASKED_TO)
    ana = Profile(id=PERSON, decided_at=NOON - SECOND, traits=TRAITS, unconfirmed={("email", "news"): waits})
    desk.profiles.save(ana, [])
    return desk.profiles.load(PERSON)


@pytest.fixture
def ana(desk: Desk) -> Profile:
    return know_ana(desk)


def stored(table: str = "carillon") -> list[Any]:
    return boto3.client("dynamodb").scan(TableName=table)["Items"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.usefixtures("ana")
def test_looking_changes_nothing(desk: Desk, method: str) -> None:
    before = stored()
    for page, token in (("preferences", a_link()), ("confirm", a_confirmation()), ("address", a_change())):
        for _ in range(2):
            answer = desk.ask(method, token, page=page)
            assert answer.status == 200
            assert bool(answer.text) == (method == "GET")

    assert desk.said() == []
    assert stored() == before


@pytest.mark.parametrize(
    ("lang", "accepted", "language", "words"),
    [
        ("", "", "de", "Worüber Alder &amp; Oat Ihnen schreibt"),
        ("", "fr", "de", "Neues aus der Werkstatt"),
        ("fr", "en", "fr", "Les nouvelles de l’atelier"),
        ("en", "", "en", "News from the workshop"),
    ],
)
@pytest.mark.usefixtures("ana")
def test_a_person_is_spoken_to_in_their_language_or_the_one_they_chose(
    desk: Desk, lang: str, accepted: str, language: str, words: str
) -> None:
    answer = desk.ask("GET", a_link(), page="preferences", lang=lang, headers={"accept-language": accepted})

    assert words in answer.text
    assert f'<html lang="{language}" dir="ltr">' in answer.text
    assert answer.headers["Content-Language"] == language
    assert "a•••@example.com" in answer.text
    assert "ana@example.com" not in answer.text
    assert "1234567" not in answer.text


@pytest.mark.usefixtures("ana")
def test_what_is_pressed_is_stated_with_its_proof_and_shown_at_once(desk: Desk) -> None:
    page = desk.ask("GET", a_link(), page="preferences")
    answer = desk.ask("POST", a_link(), posted(page.text, "save", on="0 1"), page="preferences")
    events: list[Event] = desk.events()

    assert answer.status == 200
    assert 'role="status"' in answer.text
    assert "Gespeichert" in answer.text
    assert events
    assert {event.profile_id for event in events} == {PERSON}
    for event in events:
        assert event.trust == "system"
        assert set(event.properties["evidence"]) == {"ip", "userAgent"}
        assert all(len(digest) == 32 for digest in event.properties["evidence"].values())
        if event.name == "Subscribed":
            assert event.properties["wording"].startswith("de:")


@pytest.mark.usefixtures("ana")
def test_every_button_leads_on(desk: Desk) -> None:
    page, said = desk.ask("GET", a_link(), page="preferences"), []
    for second, button in enumerate(("pause", "resume", "stop", "undo")):
        desk.at(NOON + second * SECOND)
        page = desk.ask("POST", a_link(), posted(page.text, button), page="preferences")
        assert page.status == 200
        said.append({name for name, _, _ in desk.said()})

    assert said == [{"Marketing Paused"}, {"Marketing Resumed"}, {"Unsubscribed"}, {"Subscribed"}]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "null"}, 200),
        ({"origin": "https://x.example"}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "null"}, 403),
    ],
)
@pytest.mark.usefixtures("ana")
def test_what_another_site_posts_is_refused(desk: Desk, headers: dict[str, str], status: int) -> None:
    page = desk.ask("GET", a_link(), page="preferences")
    body = posted(page.text, "stop")

    assert desk.ask("POST", a_link(), body, FORM | headers, page="preferences").status == status
    assert len(desk.said()) == (1 if status == 200 else 0)
    assert desk.ask("POST", body="choice=topic", headers=FORM | headers).status == status
    assert desk.ask("POST", body="List-Unsubscribe=One-Click", headers=FORM | headers).status == 200


@pytest.mark.parametrize(
    "body", ["", "action=", "action=save", "action=stop&form=x", "action=undo&form=", "x" * 30_000, "on=1&" * 400]
)
@pytest.mark.usefixtures("ana")
def test_a_form_that_is_none_of_this_page_changes_nothing(desk: Desk, body: str) -> None:
    assert desk.ask("POST", a_link(), body, page="preferences").status == 400
    assert desk.said() == []


@pytest.mark.parametrize("page", ["preferences", "confirm", "address"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("kind", "status"), [("forged", 400), ("cut", 400), ("swapped", 400), ("long", 400), ("expired", 410)]
)
@pytest.mark.usefixtures("ana")
def test_a_link_that_does_not_work_opens_nothing(desk: Desk, page: str, method: str, kind: str, status: int) -> None:
    make: Callable[..., str] = {"preferences": a_link, "confirm": a_confirmation, "address": a_change}[page]
    token = {
        "forged": make(secret="somebody else's"),
        "cut": make()[:-1],
        "swapped": a_token(),
        "long": "A" * 5_000,
        "expired": make(now=NOON - LIFETIME),
    }[kind]
    answer = desk.ask(method, token, "choice=confirm&action=stop", page=page)

    assert answer.status == status
    assert "<form" not in answer.text
    assert desk.said() == []


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_of_a_stranger_the_page_tells_nothing(desk: Desk, method: str) -> None:
    answer = desk.ask(method, a_link(profile_id="gone"), "action=stop&form=x", page="preferences")

    assert "<form" not in answer.text
    assert "checkbox" not in answer.text
    assert "gone" not in answer.text
    assert desk.said() == []


def test_a_link_of_somebody_who_was_joined_to_another_leads_to_that_one(desk: Desk, ana: Profile) -> None:
    desk.profiles.save(Profile(id="anon:1", merged_into=ana.id), [])
    link = a_link(profile_id="anon:1")
    page = desk.ask("GET", link, page="preferences")
    desk.ask("POST", link, posted(page.text, "stop"), page="preferences")

    assert "a•••@example.com" in page.text
    assert [event.profile_id for event in desk.events()] == [ana.id]


# Confirming


def a_confirmation(*, secret: str = SECRET, now: int = NOON) -> str:
    url = confirm_url(
        "https://x", secret.encode(), profile_id=PERSON, channel=Channel.EMAIL, topic="news", address=ASKED_TO, now=now
    )
    return url.rpartition("/")[2]


def a_change(*, secret: str = SECRET, now: int = NOON, address: str = "new@example.org") -> str:
    url = address_url("https://x", secret.encode(), profile_id=PERSON, address=address, was=ASKED_TO, now=now)
    return url.rpartition("/")[2]


@pytest.mark.usefixtures("ana")
def test_a_double_opt_in_is_confirmed_by_its_button_alone(desk: Desk) -> None:
    page = desk.ask("GET", a_confirmation(), page="confirm")
    assert "Neues aus der Werkstatt" in page.text
    assert desk.ask("POST", a_confirmation(), "choice=", page="confirm").status == 400
    assert desk.said() == []

    answer = desk.ask("POST", a_confirmation(), posted(page.text, "confirm"), page="confirm")
    [event] = desk.events()
    assert "Das ist bestätigt" in answer.text
    assert event.properties["confirmed"] is True
    assert event.properties["address"] == ASKED_TO


@pytest.mark.usefixtures("ana")
def test_another_address_is_asked_for_and_then_confirmed(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    page = desk.ask("GET", a_link(), page="preferences")
    body = posted(page.text, "address", address=" New@Example.org ")
    asked = desk.ask("POST", a_link(), body, page="preferences")
    [wish] = desk.events()
    assert 'role="status"' in asked.text
    assert (wish.name, wish.properties["address"]) == ("Address Change Asked", "New@example.org")

    confirming = desk.ask("GET", a_change(), page="address")
    changed = desk.ask("POST", a_change(), posted(confirming.text, "confirm"), page="address")
    assert "n•••@example.org" in confirming.text
    assert "Wir haben es notiert" in changed.text
    assert [(e.type, dict(e.traits)) for e in desk.events()] == [
        ("identify", {"email": "new@example.org"}),
        ("track", {}),
    ]
    assert "example.org" not in "".join(log_lines(logger, caplog))


@pytest.mark.parametrize("entered", ["", "ana@", "ana@example.com", "x" * 400 + "@example.org", '"><script>'])
@pytest.mark.usefixtures("ana")
def test_what_is_no_new_address_is_said_beside_its_field(desk: Desk, entered: str) -> None:
    page = desk.ask("GET", a_link(), page="preferences")
    answer = desk.ask("POST", a_link(), posted(page.text, "address", address=entered), page="preferences")

    assert answer.status == 400
    assert 'aria-invalid="true" aria-describedby="address-error address-hint"' in answer.text
    assert "<script" not in answer.text
    assert desk.said() == []
