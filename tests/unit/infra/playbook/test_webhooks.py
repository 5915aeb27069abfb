"""``webhooks.yaml`` and ``webhook.yaml``: what a playbook says of its partners, and what they are sent."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.playbook.build import build_playbook, review_playbook
from infra.playbook.languages import Languages, unnamed_channels
from shared.adapters.compiled_playbook import load
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import WebhookContent
from shared.domain.channels.webhooks import Partner
from shared.domain.consent.words import Channel
from shared.domain.language.partner_reader import read_partners
from shared.domain.language.reading import Faults
from shared.domain.timing import SECOND
from tests.unit.infra.playbook_folder import HELLO, write_playbook

PARTNERS = """\
mailhouse:
  url: https://api.mailhouse.example/v1/letters
  secret: letters
  to: traits.address.street
  headers: {X-Account: alderandoat}
  timeout: 3 seconds
  per_second: 2
  deduplicates: true
"""
WEBHOOK = """\
partner: mailhouse
body:
  type: letter.ordered
  colour: true
  pages: 2
  to:
    name: "{{ traits.firstName }} {{ traits.lastName | default('') }}"
    street: "{{ traits.address.street }}"
  lines: "{{ entry.properties.products | json }}"
  total: "{{ entry.properties.total | json }}"
  said: ["as is", "{% if traits.vip is defined %}Very {% endif %}dear {{ traits.firstName }}", null]
"""
TRAITS = {"firstName": "Zoë", "address": {"street": "Main St 1"}}
ENTRY = {"properties": {"products": [{"sku": "A", "quantity": 2}], "total": 49.9}}
FILES: dict[str, str | None] = {
    "webhooks.yaml": PARTNERS,
    "messages/hello/sms.txt": None,
    "messages/hello/webhook.yaml": WEBHOOK,
    "messages/hello/example.json": json.dumps({"traits": TRAITS | {"lastName": "Lee", "vip": True}, "entry": ENTRY}),
    "journeys/hello.yaml": HELLO.replace("[sms]", "[webhook]"),
}


def built(folder: Path, changes: dict[str, str | None] | None = None) -> Path:
    target = folder / "built"
    build_playbook(write_playbook(folder / "playbook", {**FILES, **(changes or {})}), target)
    return target


def rendered(target: Path, traits: dict[str, Any], entry: dict[str, Any] = ENTRY) -> dict[str, Any]:
    content = JinjaRenderer(target).render("hello", Channel.WEBHOOK, {"traits": traits, "entry": entry})
    assert isinstance(content, WebhookContent)
    assert content.partner == "mailhouse"
    body: dict[str, Any] = json.loads(content.body)
    return body


def told(folder: Path, changes: dict[str, str | None]) -> list[str]:
    return list(map(str, review_playbook(write_playbook(folder, {**FILES, **changes})).findings))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("webhooks"))


def test_a_partner_is_read_with_all_that_is_said_of_it(target: Path) -> None:
    assert load(target).partners["hello"] == Partner(
        name="mailhouse",
        url="https://api.mailhouse.example/v1/letters",
        secret="letters",
        to=("address", "street"),
        headers={"X-Account": "alderandoat"},
        timeout=3 * SECOND,
        per_second=2,
        deduplicates=True,
    )


def test_a_body_is_json_of_texts_and_values(target: Path) -> None:
    assert rendered(target, TRAITS) == {
        "type": "letter.ordered",
        "colour": True,
        "pages": 2,
        "to": {"name": "Zoë", "street": "Main St 1"},
        "lines": [{"sku": "A", "quantity": 2}],
        "total": 49.9,
        "said": ["as is", "dear Zoë", None],
    }


@given(name=st.text(min_size=1).filter(str.strip))
def test_whatever_a_person_is_called_is_one_value_and_adds_nothing(target: Path, name: str) -> None:
    body = rendered(target, {**TRAITS, "firstName": name})
    assert body["said"][1] == f"dear {name}".strip()
    assert body.keys() == rendered(target, TRAITS).keys()


def test_what_the_journey_reads_of_its_entry_is_known(target: Path) -> None:
    plain = json.loads((target / "playbook.json").read_text())
    assert plain["messages"]["hello"]["entry_fields"] == [["properties", "products"], ["properties", "total"]]


def test_the_playbook_has_nothing_to_be_said_against_it(tmp_path: Path) -> None:
    assert told(tmp_path, {}) == []


def faults_of(**partner: Any) -> list[tuple[str, str]]:
    faults = Faults()
    read_partners({"mailhouse": {"url": "https://api.mailhouse.example/", **partner}}, faults)
    return [(".".join(finding.path), finding.message) for finding in faults]


def test_a_fault_of_a_partner_names_its_line(tmp_path: Path) -> None:
    [fault] = told(tmp_path, {"webhooks.yaml": "mailhouse:\n  url: http://api.mailhouse.example/\n"})
    assert fault == "webhooks.yaml:2: mailhouse.url: expected an address that begins with https://"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.mailhouse.example/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://[::1]/",
        "https://printer.local/",
        "https://queue.internal/",
        "https://intranet/",
        "https://ana:secret@api.mailhouse.example/",
        "https://api.mailhouse.example:99999/",
        "https://api.mailhouse.example/#top",
        "https://api.mailhouse.example/{{ traits.id }}",
        "https://api.mailhouse.example/a b",
        "https://api.mailhouse.exämple/",
        "mailhouse.example",
    ],
)
def test_only_a_host_of_the_internet_is_told_anything(url: str) -> None:
    [(path, _)] = faults_of(url=url)
    assert path == "mailhouse.url"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "never in a file"),
        ("headers", {"Authorization": "Bearer abc"}, "no place for one"),
        ("headers", {"X-Api-Key": "abc"}, "no place for one"),
        ("headers", {"Host": "example.com"}, "is set by what sends"),
        ("headers", {"webhook-id": "x"}, "is set by what sends"),
        ("headers", {"Content-Type": "text/plain"}, "is set by what sends"),
        ("headers", {"X-A": "a\r\nX-B: b"}, "ASCII"),
        ("headers", {"X A": "a"}, "letters, digits and -"),
        ("timeout", "1 minute", "at most"),
        ("per_second", 0, "from 1 to 1,000"),
        ("to", "address", "such as traits.address"),
        ("deduplicates", "maybe", "true or false"),
        ("retries", 5, 'unknown key "retries"'),
    ],
)
def test_what_cannot_be_meant_of_a_partner_is_refused(key: str, value: Any, said: str) -> None:
    [(path, message)] = faults_of(**{key: value})
    assert path.startswith("mailhouse")
    assert said in message


@pytest.mark.parametrize(
    ("webhook", "said"),
    [
        (
            "partner: mailhuose\nbody: {a: b}\n",
            '1: partner: webhooks.yaml has no "mailhuose", did you mean "mailhouse"?',
        ),
        ("partner: mailhouse\n", "1: `body` is missing"),
        ("body: {a: b}\n", "1: `partner` is missing"),
        ("partner: mailhouse\nbody: hello\n", '2: body: expected a mapping, found "hello"'),
        ('partner: mailhouse\nbody:\n  a: "{{ traits.frist }}"\n', '3: body.a: example.json has no "traits.frist"'),
        ('partner: mailhouse\nbody:\n  a: "{{ traits.firstName"\n', "3: body.a: "),
        ('partner: mailhouse\nbody:\n  a: ["{{ traits.firstName | jsno }}"]\n', "3: body.a.0: "),
        ('partner: mailhouse\nbody:\n  "{{ traits.firstName }}": a\n', "3: "),
        (
            "partner: mailhouse\nbody:\n  key: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
            "3: body.key: looks like a secret",
        ),
        ("partner: mailhouse\nheaders: {}\nbody: {a: b}\n", '2: unknown key "headers"'),
        (f"partner: mailhouse\nbody: {{a: {'x' * 66_000}}}\n", "1: is longer than 65,536 characters with example.json"),
        (f"partner: mailhouse\nbody: {{a: {'é' * 33_000}}}\n", "1: 66,008 bytes with example.json; a webhook may have"),
        (f"partner: mailhouse\nbody: {{a: {'x' * 21_000}}}\n", "1: warning: 21,008 bytes with example.json"),
        (f"partner: mailhouse\nbody: {{a: {'[' * 21}{']' * 21}}}\n", "more than 20 levels"),
        (f"partner: mailhouse\nbody: {{a: [{'x, ' * 501}]}}\n", "2: body: more than 500 texts"),
    ],
)
def test_what_cannot_be_sent_is_refused_where_it_stands(tmp_path: Path, webhook: str, said: str) -> None:
    findings = told(tmp_path, {"messages/hello/webhook.yaml": webhook})
    assert [
        finding for finding in findings if finding.startswith("messages/hello/webhook.yaml:") and said in finding
    ], findings


def test_pages_that_have_no_name_for_webhooks_are_told_of_it() -> None:
    languages = Languages(catalogues={"en": {"channels": {"email": {"by": "by email"}}}}, own="en")
    [fault] = unnamed_channels(languages, {Channel.EMAIL, Channel.WEBHOOK})
    assert str(fault) == 'pages/languages/en.yaml:1: channels: "webhook" is missing: messages go by it'
    assert unnamed_channels(languages, {Channel.EMAIL}) == []
    assert unnamed_channels(Languages(), {Channel.WEBHOOK}) == []


def test_whom_a_webhook_reaches_is_not_asked_of_a_person(tmp_path: Path) -> None:
    journey = HELLO.replace("[sms]", "[webhook]").replace(
        "  - wait: 1 hour", "  - if: {reachable: webhook}\n    then: []"
    )
    findings = told(tmp_path, {"journeys/hello.yaml": journey})
    assert any("is for its partner to say" in finding for finding in findings)
