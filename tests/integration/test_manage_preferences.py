"""``manage_preferences`` as API Gateway calls it: looking changes nothing; what is asked is done, or not claimed."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import boto3
import pytest

from functions.manage_preferences.handler import lambda_handler, logger
from infra.playbook.source import check_playbook
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.bootstrap.manage_preferences import preferences
from shared.domain.consent.words import Channel
from shared.domain.decide import decide
from shared.domain.draft import Draft
from shared.domain.events import Event, event_from_dict
from shared.domain.playbook import read_playbook
from shared.domain.timing import SECOND
from shared.services.links import LIFETIME, unsubscribe_url
from shared.settings.manage_preferences import PreferencesSettings
from tests.builders import NOON, a_profile
from tests.conftest import SHIPPED_PLAYBOOK
from tests.http_requests import Answer, http_request
from tests.integration.lambda_events import FakeLambdaContext, log_lines

SECRET: Final = "the secret that signs"
PERSON: Final = "ana@example.com"
FORM: Final = {"content-type": "application/x-www-form-urlencoded"}
ONE_CLICK: Final = "List-Unsubscribe=One-Click"


def a_token(*, secret: str = SECRET, now: int = NOON, channel: Channel = Channel.EMAIL) -> str:
    url = unsubscribe_url(
        "https://x.example",
        secret.encode(),
        profile_id=PERSON,
        channel=channel,
        topic="cart_reminders",
        message_id="m1",
        now=now,
    )
    return url.rpartition("/")[2]


class Desk:
    """The deployed function and its queue."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
        self._sqs = boto3.client("sqs")
        self.queue_url = self._sqs.create_queue(QueueName="events.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        self.secrets = boto3.client("secretsmanager")
        self.secret_id = self.secrets.create_secret(Name="links", SecretString=SECRET)["ARN"]
        self.profiles = DynamoProfiles(boto3.client("dynamodb"), table=table)
        self.digest_secret_id = self.secrets.create_secret(Name="digests", SecretString="digests")["ARN"]
        self._monkeypatch = monkeypatch
        self.at(NOON)

    def at(self, now: int) -> None:
        self._monkeypatch.setattr("time.time_ns", lambda: now * 1_000_000)

    def restart(self) -> None:
        preferences.cache_clear()

    def ask(
        self,
        method: str,
        token: str | None = None,
        body: str | bytes = "",
        headers: dict[str, str] = FORM,
        page: str = "unsubscribe",
        lang: str = "",
    ) -> Answer:
        path = f"/v1/{page}/{a_token() if token is None else token}"
        request = http_request(path, body, method=method, key=None, headers=headers)
        if lang:
            request["queryStringParameters"] = {"lang": lang}
        if method in {"GET", "HEAD"}:
            del request["body"]  # API Gateway sends none
        answer = lambda_handler(request, FakeLambdaContext())
        headers_ = {name: values[0] for name, values in answer.get("multiValueHeaders", {}).items()}
        return Answer(answer["statusCode"], headers_ | answer.get("headers", {}), answer["body"])

    def events(self) -> list[Event]:
        """What came into the person's stream since the last look."""
        found: list[Event] = []
        while messages := self._sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(event_from_dict(json.loads(message["Body"])))
                self._sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def said(self) -> list[tuple[str, str | None, str | None]]:
        return [(e.name, e.properties.get("channel"), e.properties.get("topic")) for e in self.events()]


@contextmanager
def deployed(table_name: str, artefact: Path, environment: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(environment, table_name)
    settings = PreferencesSettings(
        table_name=table_name,
        events_queue_url=desk.queue_url,
        link_secret=desk.secret_id,
        digest_secret=desk.digest_secret_id,
        public_url="https://x.example",
    )
    for name, value in {**settings.to_env(), "PLAYBOOK_DIR": str(artefact)}.items():
        environment.setenv(name, value)
    desk.restart()
    yield desk
    desk.restart()


@pytest.fixture
def desk(table_name: str, artefact: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with deployed(table_name, artefact, monkeypatch) as desk:
        yield desk


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(desk: Desk, method: str) -> None:
    for _ in range(3):  # scanners, previews, the person
        answer = desk.ask(method)
        assert answer.status == 200
        assert ("Reminders about my basket" in answer.text) == (method == "GET")

    assert desk.said() == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (ONE_CLICK, FORM),
        (ONE_CLICK.encode(), FORM),
        ("list-unsubscribe=one-click", FORM),
        (
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
            {"content-type": "multipart/form-data; boundary=b"},
        ),
    ],
    ids=["text", "base64", "other letters", "multipart"],
)
def test_one_click_stops_the_channel_and_the_topic(desk: Desk, body: str | bytes, headers: dict[str, str]) -> None:
    answer = desk.ask("POST", body=body, headers=headers)

    assert answer.status == 200
    assert "Done" in answer.text
    assert desk.said() == [("Unsubscribed", "email", None), ("Unsubscribed", None, "cart_reminders")]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("topic", ("Unsubscribed", None, "cart_reminders")),
        ("channel", ("Unsubscribed", "email", None)),
        ("undo", ("Subscribed", "email", "cart_reminders")),
    ],
)
def test_a_button_says_what_is_written_on_it(desk: Desk, choice: str, said: tuple[str, str | None, str | None]) -> None:
    assert desk.ask("POST", body=f"choice={choice}").status == 200
    assert desk.said() == [said]


def test_the_statement_is_the_persons_own(desk: Desk) -> None:
    desk.ask("POST", body=ONE_CLICK)
    first = desk.events()[0]

    assert (first.profile_id, first.at, first.trust, first.source) == (PERSON, NOON, "system", "preferences")
    assert first.properties["source"] == "one_click"
    assert first.properties["message_id"] == "m1"


def test_the_pages_lead_from_one_to_the_next(desk: Desk) -> None:
    class Buttons(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "button":
                buttons.append(str(dict(attrs)["value"]))

    said = []
    page, pressed = desk.ask("GET"), ["topic", "channel", "undo", "topic"]
    for second, button in enumerate(pressed):
        buttons: list[str] = []
        Buttons().feed(page.text)
        assert button in buttons
        desk.at(NOON + second * SECOND)
        page = desk.ask("POST", body=f"choice={button}")
        said += desk.said()

    assert [name for name, *_ in said] == ["Unsubscribed", "Unsubscribed", "Subscribed", "Unsubscribed"]


def test_a_double_click_says_it_once_and_a_later_click_is_never_lost(desk: Desk) -> None:
    for choice in ("topic", "topic", "undo", "topic"):
        desk.ask("POST", body=f"choice={choice}")
    ids = [event.id for event in desk.events()]
    assert len(ids) == len(set(ids)) == 2

    desk.at(NOON + SECOND)
    desk.ask("POST", body="choice=topic")
    assert desk.events()[0].id not in ids


@pytest.mark.parametrize(
    ("choices", "may_email", "may_push", "may_news"),
    [
        ((), True, True, True),
        ((ONE_CLICK,), False, False, False),
        (("choice=topic",), False, False, True),
        (("choice=channel",), False, True, False),
        ((ONE_CLICK, "choice=undo"), True, False, False),
        (("choice=topic", "choice=undo"), True, False, True),
        (("choice=undo", "choice=channel"), False, True, False),
    ],
)
def test_what_was_said_is_what_is_obeyed(
    desk: Desk, choices: tuple[str, ...], *, may_email: bool, may_push: bool, may_news: bool
) -> None:
    playbook, _ = read_playbook(check_playbook(SHIPPED_PLAYBOOK)[0])
    profile = a_profile(id=PERSON)
    for second, choice in enumerate(choices):
        desk.at(NOON + second * SECOND)
        desk.ask("POST", body=choice)
    profile = decide(playbook, profile, desk.events(), NOON + len(choices) * SECOND).profile

    def may(channel: str, topic: str) -> bool:
        return Draft(playbook, profile).ruling(Channel(channel), topic).is_granted

    assert may("email", "cart_reminders") is may_email
    assert may("push", "cart_reminders") is may_push
    assert may("email", "news") is may_news


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    ("token", "status", "words"),
    [
        (a_token(secret="somebody else's"), 400, "does not work"),
        (a_token()[:-1], 400, "does not work"),
        ("x", 400, "does not work"),
        ("A" * 5_000, 400, "does not work"),
        ("é%00", 400, "does not work"),
        (a_token(now=NOON - LIFETIME), 410, "too old"),
    ],
    ids=["forged", "cut", "short", "long", "odd", "expired"],
)
def test_a_link_that_does_not_work_says_what_to_do(
    desk: Desk, method: str, token: str, status: int, words: str
) -> None:
    answer = desk.ask(method, token, ONE_CLICK)

    assert answer.status == status
    if method != "HEAD":
        assert words in answer.text
        assert "mailto:care@alderandoat.example" in answer.text
        assert "<button" not in answer.text
    assert desk.said() == []


@pytest.mark.parametrize(
    "body", ["", "choice=", "choice=everything", "choice=one_click", "a=1&" * 50, "\x00", "x" * 20_000, b"\xff\xfe"]
)
def test_a_form_that_asks_for_nothing_changes_nothing(desk: Desk, body: str | bytes) -> None:
    answer = desk.ask("POST", body=body)

    assert answer.status == 400
    assert desk.said() == []


def test_the_previous_secret_still_opens_links(desk: Desk) -> None:
    desk.secrets.put_secret_value(SecretId=desk.secret_id, SecretString="a newer secret")

    assert desk.ask("POST", body=ONE_CLICK).status == 200
    desk.secrets.put_secret_value(SecretId=desk.secret_id, SecretString="the newest secret")
    desk.restart()
    assert desk.ask("POST", body=ONE_CLICK).status == 400


def test_a_page_loads_nothing_and_stays_private(desk: Desk) -> None:
    answer = desk.ask("GET")
    style = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(sha256(style[0].encode()).digest()).decode()

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert len(style) == 1
    assert not re.search(r"<script|<img|<link|style=|https?://(?!alderandoat\.example/)", answer.text)
    assert '<html lang="en" dir="ltr">' in answer.text
    assert answer.text.count("<h1>") == 1


def test_the_log_tells_ids_and_no_token(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.ask("POST", body=ONE_CLICK)
    lines = log_lines(logger, caplog)

    assert '"choice":"one_click"' in lines[-1]
    assert a_token() not in "".join(lines)
