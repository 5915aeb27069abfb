"""What does not fit its channel is refused before anybody is written to."""

from pathlib import Path

import pytest

from infra.playbook.build import build_playbook, review_playbook
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import WhatsAppContent
from shared.domain.consent.words import Channel
from tests.unit.infra.playbook_folder import HELLO, POLICY, write_playbook

TEXT = "messages/hello/sms.txt"
STOP = "sms: {opt_out: {countries: {FR: STOP au 36180, US: Reply STOP to opt out}}}\n"
TRANSACTIONAL = HELLO.replace("marketing", "transactional").replace("topic: news\n", "")


def told(folder: Path, changes: dict[str, str | None]) -> tuple[list[str], list[str]]:
    review = review_playbook(write_playbook(folder, changes))
    return list(map(str, review.faults)), list(map(str, review.warnings))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({TEXT: "a" * 459}, None),
        ({TEXT: "a" * 460}, "4 parts (460 units of GSM-7) with example.json, of at most 3: shorten it, or"),
        ({TEXT: "a" * 460, "messages/hello/message.yaml": "title: Hello\nsms_parts: 4\n"}, None),
        ({TEXT: "a" * 161, "policy.yaml": POLICY + "sms: {max_parts: 1}\n"}, "2 parts"),
        ({TEXT: "я" * 201}, None),
        ({TEXT: "я" * 202}, "4 parts (202 units of UCS-2)"),
        ({TEXT: "a" * 440, "policy.yaml": POLICY + STOP}, "4 parts (462 units of GSM-7) with example.json and the"),
        ({TEXT: "a" * 440, "policy.yaml": POLICY + STOP, "journeys/hello.yaml": TRANSACTIONAL}, None),
        ({TEXT: "a" * 436 + " reply stop to OPT OUT", "policy.yaml": POLICY + STOP}, "opt-out wording of FR"),
        ({TEXT: "{{ traits.firstName }}" * 160}, "4 parts (480 units"),
        ({TEXT: "a" * 1_601}, "is longer than 1,600 characters with example.json"),
    ],
)
def test_a_text_has_at_most_so_many_parts(tmp_path: Path, changes: dict[str, str | None], said: str | None) -> None:
    faults, _ = told(tmp_path, changes)
    assert len(faults) == (said is not None), faults
    if said is not None:
        assert faults[0].startswith(f"{TEXT}:1: ")
        assert said in faults[0]


@pytest.mark.parametrize("parts", ["0", "11", "many", "true"])
def test_a_messages_own_limit_is_a_number_of_parts(tmp_path: Path, parts: str) -> None:
    faults, _ = told(tmp_path, {"messages/hello/message.yaml": f"title: Hello\nsms_parts: {parts}\n"})
    assert faults == ["messages/hello/message.yaml:2: sms_parts: expected a whole number from 1 to 10"]


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("Hello there,\nça va, {{ traits.firstName }}?", "Ana", "2: warning: “ç” (U+00E7) is not in the alphabet"),
        ("Hello from us, {{ traits.firstName }}", "Łucja", "1: warning: “Ł” (U+0141)"),
        ("Hello from us, {{ traits.firstName }}", "Ana", None),
        ("It’s here… {{ traits.firstName }}", "Ana", None),
        ("Привет, {{ traits.firstName }}", "Ana", None),
    ],
)
def test_a_character_that_makes_a_text_dear_is_told(tmp_path: Path, text: str, name: str, said: str | None) -> None:
    example = f'{{"traits": {{"firstName": "{name}"}}, "entry": {{}}}}'
    faults, warnings = told(tmp_path, {TEXT: text, "messages/hello/example.json": example})
    assert faults == []
    assert len(warnings) == (said is not None), warnings
    if said is not None:
        assert warnings[0].startswith(f"{TEXT}:{said}")
        assert "makes this one UCS-2, of 70 characters a part instead of 160: 1 part instead of 1" in warnings[0]


WHATSAPP = "messages/hello/whatsapp.yaml"


@pytest.mark.parametrize(
    ("whatsapp", "said"),
    [
        ("template: cart\n", None),
        ("template: cart\nlanguage: en_US\nvariables: ['{{ traits.firstName }}', mug]\n", None),
        (
            "template: cart\nvariables: {name: '{{ traits.firstName }}'}\nmedia: {image: 'https://shop.example/a.jpg'}\n",
            None,
        ),
        ("text: Still there\n", None),
        ("variables: [mug]\n", f"{WHATSAPP}:1: `template` is missing"),
        ("template: Cart Reminder\n", f"{WHATSAPP}:1: template: a template is named in small letters"),
        ("template: cart\nvariables: 3\n", f"{WHATSAPP}:2: variables: expected a list of texts, or texts by name"),
        ("template: cart\nvariables: [3]\n", f"{WHATSAPP}:2: variables.1: expected a text"),
        ("template: cart\nvariables: {Name: mug}\n", f"{WHATSAPP}:2: variables.Name: a variable is named in small"),
        ("template: cart\nvariables: ['{% if 0 %}x{% endif %}']\n", f"{WHATSAPP}:1: the variable 1 is blank"),
        (f"template: cart\nvariables: [{'a' * 1_025}]\n", f"{WHATSAPP}:1: the variable 1 has 1,025 characters"),
        ("template: cart\nmedia: {song: a}\n", f"{WHATSAPP}:2: media: expected one of document, image, video"),
        ("template: cart\nmedia: {image: 'http://shop.example/a.jpg'}\n", f"{WHATSAPP}:1: the media's address is not"),
        ("template: cart\nvariable: [a]\n", f'{WHATSAPP}:2: unknown key "variable", did you mean "variables"?'),
        ("template: cart\nvariables: ['{{ traits.name }}']\n", f"{WHATSAPP}:2: variables.1: example.json has no"),
    ],
)
def test_a_whatsapp_message_is_what_meta_takes(tmp_path: Path, whatsapp: str, said: str | None) -> None:
    faults, _ = told(tmp_path, {WHATSAPP: whatsapp})
    assert len(faults) == (said is not None), faults
    if said is not None:
        assert faults[0].startswith(said)


def test_what_is_compiled_is_what_is_sent(tmp_path: Path) -> None:
    whatsapp = (
        "template: cart\nvariables: ['{{ traits.firstName }}', \"two\\nlines\"]\n"
        "media: {image: 'https://shop.example/a.jpg'}\ntext: Hi {{ traits.firstName }}\n"
    )
    source = write_playbook(tmp_path / "source", {WHATSAPP: whatsapp, "brand.yaml": "name: A\nlocale: pt-BR\n"})
    build_playbook(source, tmp_path / "target")
    content = JinjaRenderer(tmp_path / "target").render("hello", Channel.WHATSAPP, {"traits": {"firstName": "Ana"}})
    assert content == WhatsAppContent(
        "cart", "pt_BR", (("1", "Ana"), ("2", "two lines")), ("image", "https://shop.example/a.jpg"), "Hi Ana"
    )


PUSH = "messages/hello/push.yaml"


@pytest.mark.parametrize(
    ("push", "said"),
    [
        ("title: Hi\nbody: Hello\nbadge: 3\ncollapse: cart\ntime_to_live: 6 hours\nsound: bell.caf\n", None),
        ("title: Hi\nbody: Hello\nbadge: '{{ entry.properties.count }}'\n", None),
        (f"title: Hi\nbody: {'я' * 1_850}\n", None),
        (f"title: Hi\nbody: {'я' * 2_000}\n", f"{PUSH}:1: 4,"),
        ("title: Hi\nbody: Hello\nbadge: 0\n", f"{PUSH}:3: badge: expected a whole number from 1 to 9999"),
        ("title: Hi\nbody: Hello\ntime_to_live: soon\n", f"{PUSH}:3: time_to_live: expected a duration"),
        ("title: Hi\nbody: Hello\ntime_to_live: 29 days\n", f"{PUSH}:3: time_to_live: the services keep trying for"),
        (f"title: Hi\nbody: Hello\ncollapse: {'a' * 65}\n", f"{PUSH}:1: is longer than 64 characters"),
        ("title: Hi\nbody: Hello\ncolapse: cart\n", f'{PUSH}:3: unknown key "colapse", did you mean "collapse"?'),
    ],
)
def test_a_notification_is_what_the_services_take(tmp_path: Path, push: str, said: str | None) -> None:
    example = '{"traits": {"firstName": "Ana"}, "entry": {"properties": {"count": 2}}}'
    faults, _ = told(tmp_path, {PUSH: push, "messages/hello/example.json": example})
    assert len(faults) == (said is not None), faults
    if said is not None:
        assert faults[0].startswith(said)
