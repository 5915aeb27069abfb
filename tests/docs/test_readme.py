"""The README's request causes the README's message, and its journey does what the README says."""

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from functions.ingest_events import handler
from infra.cli import app
from infra.playbook.build import build_playbook
from shared.adapters.compiled_playbook import load
from shared.adapters.renderer import JinjaRenderer
from shared.bootstrap.ingest_events import Ingest
from shared.domain.channels.content import EmailContent
from shared.domain.consent.words import Channel
from shared.domain.decide import decide
from shared.domain.messages import Message
from shared.domain.profiles import Profile
from shared.domain.timing import HOUR
from tests.docs.examples import ROOT, blocks
from tests.doors import a_gate, a_quality_watch, an_intake
from tests.fakes.queues import FakeEventQueue

README = ROOT / "README.md"


class Context:
    function_name = "ingest_events"
    memory_limit_in_mb = 1_024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:ingest_events"
    aws_request_id = "request"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> FakeEventQueue:
    """What the ingest function puts its events on."""
    queue = FakeEventQueue()
    inside = Ingest(gate=a_gate(), intake=an_intake(queue=queue), quality=a_quality_watch())
    monkeypatch.setattr(handler, "ingest", lambda: inside)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Carillon")
    return queue


def curl_request() -> dict[str, Any]:
    """The README's first request as API Gateway hands it over."""
    words = shlex.split(blocks("sh", README)[0].text)
    path = next(word for word in words if word.startswith("$INGEST_URL")).removeprefix("$INGEST_URL")
    assert words[words.index("-u") + 1] == "$WRITE_KEY:"
    return {
        "version": "2.0",
        "routeKey": f"POST {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "authorization": "Basic cHVibGljLWtleTo=",
            "content-type": words[words.index("-H") + 1].partition(": ")[2],
        },
        "requestContext": {"http": {"method": "POST", "path": path}, "stage": "$default"},
        "body": words[words.index("--data") + 1],
        "isBase64Encoded": False,
    }


def test_the_request_causes_the_message(queue: FakeEventQueue, tmp_path: Path) -> None:
    answer = handler.lambda_handler(curl_request(), Context())
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"success": True}
    build_playbook(ROOT / "templates", tmp_path / "playbook")
    rules = load(tmp_path / "playbook")
    arrived = max(event.received_at for event in queue.events)
    person = Profile(id=queue.events[0].profile_id)
    first = decide(rules, person, queue.events, arrived)
    assert not [effect for effect in first.effects if isinstance(effect, Message)]
    later = decide(rules, first.profile, [], arrived + HOUR)

    (message,) = (effect for effect in later.effects if isinstance(effect, Message))
    context = {"traits": later.profile.traits, "entry": message.entry, "links": {"unsubscribe": "https://shop.example"}}
    mail = JinjaRenderer(tmp_path / "playbook").render(message.name, message.channels[0], context)
    assert isinstance(mail, EmailContent)
    shown, _, words = blocks("text", README)[0].text.partition("\n\n")
    assert shown == f"To: {later.profile.addresses(Channel.EMAIL)[0]}\nSubject: {mail.subject}"
    assert words in mail.text


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout's playbook with the README's files added to it."""
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    for language in ("yaml", "xml", "json", "jsonl"):
        for block in blocks(language, README):
            if block.file:
                file = tmp_path / block.file
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block.text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def carillon(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_journey_passes_the_check(shop: Path) -> None:
    assert (shop / "templates/messages/wish_list/email.mjml").exists()
    assert "templates is in order: " in carillon("check")


def test_the_journey_sends_what_the_readme_shows(shop: Path) -> None:
    printed = carillon("simulate", "--events", "wishes.jsonl", "--until", "2026-11-17T00:00:00Z")
    rows = [json.loads(line) | {"run": "…"} for line in printed.splitlines()]
    (shown,) = (block.text for block in blocks("jsonl", README) if block.file is None)
    assert json.loads(shown) in rows


def test_the_journey_can_be_explained(shop: Path) -> None:
    told = carillon("explain", "--events", "wishes.jsonl", "--profile", "ana", "--until", "2026-11-17T00:00:00Z")
    (shown,) = (block.text for block in blocks("text", README) if "wish_list" in block.text)
    assert shown in told
