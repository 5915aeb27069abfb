"""A message's words in its languages: laid out once, said in each, and nothing missing in one of them."""

import json
import sys
from pathlib import Path

import pytest

from infra.playbook.build import build_playbook, check_messages, review_playbook
from infra.playbook.mirroring import mirrored
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import EmailContent, PushContent, SmsContent
from shared.domain.consent.words import Channel

MAIL = """<mjml>
  <mj-body>
    <mj-section border-radius="1px 2px 3px 4px">
      <mj-column>
        <mj-text padding="1px 2px 3px 4px"><h1>{{ text.heading }}</h1></mj-text>
        <mj-image src="https://shop.example/mug.png" alt="{{ text.picture }}" />
        {% for line in entry.properties.lines %}
        <mj-text>{{ text.line | fill(name=line.name, n=line.n) }}</mj-text>
        {% endfor %}
        <mj-button align="left" href="https://shop.example/">{{ text.button }}</mj-button>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
ENGLISH = """\
subject: Your {{ entry.properties.name }} & more
preheader: Well <now>
sms: "{{ brand.name }}: hello **{{ traits.firstName }}**"
push: {title: Hello, body: "Hello {{ traits.firstName }}"}
heading: "Hello **{{ traits.firstName }}** & [friends](https://shop.example/friends)"
picture: A "mug" of **ours**
line: "{n} × {name}"
button: Open
"""
GERMAN = """\
subject: "{{ entry.properties.name }} und mehr"
preheader: Nun
sms: "{{ brand.name }}: hallo {{ traits.firstName }}"
push: {title: Hallo, body: "Hallo {{ traits.firstName }}"}
heading: "{{ traits.firstName }}, hallo"
picture: Ein Becher
line: "{name}, {n} Stück"
button: Öffnen
"""
ARABIC = """\
subject: "{{ entry.properties.name }}"
preheader: مرحبا
sms: "{{ brand.name }} {{ traits.firstName }}"
push: {title: مرحبا, body: "{{ traits.firstName }}"}
heading: مرحبا {{ traits.firstName }}
picture: كوب
line: "{name} {n}"
button: افتح
"""
EXAMPLE = {
    "traits": {"firstName": "Ana"},
    "entry": {"properties": {"name": "mug", "lines": [{"name": "Cup <big>", "n": 2}]}},
}


def a_playbook(folder: Path, **changes: str | None) -> Path:
    """One message in three languages, some of its files (``en``, ``de``, ``ar``, ``mail``, …) in other words."""
    files: dict[str, str | None] = {
        "brand.yaml": "name: Shop\nlocale: en-IE\nlinks: {shop: https://shop.example/}\n",
        "messages/note/message.yaml": changes.get("message", "title: Note\n"),
        "messages/note/email.mjml": changes.get("mail", MAIL),
        "messages/note/example.json": json.dumps(EXAMPLE),
        "messages/note/languages/en.yaml": changes.get("en", ENGLISH),
        "messages/note/languages/de.yaml": changes.get("de", GERMAN),
        "messages/note/languages/ar.yaml": changes.get("ar", ARABIC),
        "messages/note/sms.txt": changes.get("sms"),
        "pages/languages/en.yaml": changes.get("pages"),
    }
    for name, text in files.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
    return folder


def in_language(renderer: JinjaRenderer, channel: Channel, language: str | None) -> object:
    traits = {"firstName": "A&B"} | ({"language": language} if language else {})
    return renderer.render("note", channel, {"traits": traits, "entry": EXAMPLE["entry"]})


@pytest.fixture
def renderer(tmp_path: Path) -> JinjaRenderer:
    build_playbook(a_playbook(tmp_path / "source"), tmp_path / "target")
    return JinjaRenderer(tmp_path / "target")


@pytest.mark.parametrize(
    ("language", "subject", "lang"),
    [
        (None, "Your mug & more", "en-IE"),
        ("en-US", "Your mug & more", "en-IE"),
        ("de-AT", "mug und mehr", "de"),
        ("DE", "mug und mehr", "de"),
        ("ar-EG", "mug", "ar"),
        ("fr", "Your mug & more", "en-IE"),
        ("no language", "Your mug & more", "en-IE"),
    ],
)
def test_a_person_is_written_to_in_the_nearest_language_that_there_is(
    renderer: JinjaRenderer, language: str | None, subject: str, lang: str
) -> None:
    mail = in_language(renderer, Channel.EMAIL, language)

    assert isinstance(mail, EmailContent)
    assert mail.subject == subject
    assert f'<html lang="{lang}"' in mail.html


def test_words_are_escaped_where_they_stand_in_markup_and_nowhere_else(renderer: JinjaRenderer) -> None:
    mail = in_language(renderer, Channel.EMAIL, "en")

    assert isinstance(mail, EmailContent)
    friends = '<a href="https://shop.example/friends" style="color:inherit">friends</a>'
    assert f"<h1>Hello <strong>A&amp;B</strong> &amp; {friends}</h1>" in mail.html
    assert 'alt="A &quot;mug&quot; of **ours**"' in mail.html
    assert "2 × Cup &lt;big&gt;" in mail.html
    assert "<title>Your mug &amp; more</title>" in mail.html
    assert "Well &lt;now&gt;" in mail.html
    assert mail.text == (
        "Hello A&B & friends (https://shop.example/friends)\n\n2 × Cup <big>\n\nOpen:\nhttps://shop.example/\n"
    )
    assert in_language(renderer, Channel.SMS, "en") == SmsContent("Shop: hello A&B")
    note = in_language(renderer, Channel.PUSH, "de")
    assert isinstance(note, PushContent)
    assert (note.title, note.body, note.link, note.image) == ("Hallo", "Hallo A&B", None, None)


def test_what_is_read_from_right_to_left_is_laid_out_so(renderer: JinjaRenderer) -> None:
    arabic, english = (in_language(renderer, Channel.EMAIL, tag) for tag in ("ar", "en"))

    assert isinstance(arabic, EmailContent)
    assert isinstance(english, EmailContent)
    assert arabic.html.count('dir="rtl"') == english.html.count('dir="ltr"') == 2
    for turned, as_written in (
        ("padding:1px 4px 3px 2px", "padding:1px 2px 3px 4px"),
        ("border-radius:2px 1px 4px 3px", "border-radius:1px 2px 3px 4px"),
        ('<td align="right"', '<td align="left"'),
        ("text-align:right", "text-align:left"),
        ("direction:rtl", "direction:ltr"),
    ):
        assert turned in arabic.html
        assert as_written not in arabic.html
        assert as_written in english.html
        assert turned not in english.html


@pytest.mark.parametrize(
    ("html", "turned"),
    [
        ('<p style="margin-left:1px; float : right">', '<p style="margin-right:1px; float : left">'),
        ('<p style="padding:1px 2px">', '<p style="padding:1px 2px">'),
        ('<p style="border-radius:1px 2px 3px 4px">', '<p style="border-radius:2px 1px 4px 3px">'),
        ('<p style="border-left-width:1px;color:#111">left', '<p style="border-right-width:1px;color:#111">left'),
        ("<style>.a{text-align:left}.left{color:red}</style>", "<style>.a{text-align:right}.left{color:red}</style>"),
        ("<p>padding:1px 2px 3px 4px", "<p>padding:1px 2px 3px 4px"),
    ],
)
def test_turning_exchanges_sides_and_nothing_else(html: str, turned: str) -> None:
    assert mirrored(html) == turned
    assert mirrored(turned) == html


EN, DE = "messages/note/languages/en.yaml", "messages/note/languages/de.yaml"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"de": GERMAN.replace("button: Öffnen\n", "")},
            [f"{DE}:1: `button` is missing; in {EN} it is “Open”"],
        ),
        (
            {"de": GERMAN + "footer: Tschüss\n"},
            [f"{DE}:9: footer: {EN} has no such text"],
        ),
        (
            {"en": ENGLISH + "a: A\n", "de": GERMAN + "a: A\n", "ar": ARABIC + "a: A\n"},
            [f"{EN}:9: a: no file of the message shows this text"],
        ),
        (
            {"de": GERMAN.replace("{name}, ", "")},
            [f"{DE}:7: line: lacks {{name}}, which {EN} has here"],
        ),
        (
            {"de": GERMAN.replace("traits.firstName }}, hallo", "traits.frstName }}, hallo")},
            [f'{DE}:5: heading: example.json has no "traits.frstName", did you mean "firstName"?'],
        ),
        (
            {"de": GERMAN.replace('heading: "{{ traits.firstName }}', 'heading: "{{ traits.firstName')},
            [f"{DE}:5: heading: unexpected end of template, expected 'end of print statement'."],
        ),
        (
            {"mail": MAIL.replace("text.button", "text.buton")},
            [
                'messages/note/email.mjml:10: no catalogue has "text.buton", did you mean "button"?',
                f"{EN}:8: button: no file of the message shows this text",
            ],
        ),
        (
            {"mail": MAIL.replace("text.button", "text.button | upper")},
            [
                (
                    "messages/note/email.mjml:10: words stand alone, {{ text.button }}, or filled in, "
                    "{{ text.button | fill(name=…) }}"
                ),
                f"{EN}:8: button: no file of the message shows this text",
            ],
        ),
        (
            {"mail": MAIL.replace(", n=line.n", "")},
            ["messages/note/email.mjml:8: text.line has {n}: write {{ text.line | fill(n=…) }}"],
        ),
        (
            {"de": GERMAN.replace("button: Öffnen", "button: '{{ 2 | plural(one=\"a\", few=\"b\", fw=\"c\") }}'")},
            [
                f'{DE}:8: button: plural: no language has a form `fw`, did you mean "few"?',
                f'{DE}:8: button: plural: this language counts with "other" too',
            ],
        ),
        ({"message": "title: Note\nsubject: Hi\n"}, [f"{EN}:1: subject: no file of the message shows this text"]),
        (
            {"pages": "language: English\nheading: {a: b}\n"},
            [
                (
                    "messages/note/languages/ar.yaml:1: pages/languages has no ar.yaml, so what messages share would "
                    "be in another language"
                ),
                f"{DE}:1: pages/languages has no de.yaml, so what messages share would be in another language",
                f"{EN}:5: `heading` is also among the texts that all share, in pages/languages: give it another name",
            ],
        ),
        (
            {"en": None},
            [f'{EN}:1: missing: the locale of brand.yaml is "en-IE", and its language is what the others are held to'],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_translation_is_said(
    tmp_path: Path, changes: dict[str, str | None], expected: list[str]
) -> None:
    found = [str(fault) for fault in check_messages(a_playbook(tmp_path, **changes))]

    for fault in expected:
        assert fault in found


def test_a_language_that_the_pages_speak_and_a_message_does_not_is_warned_of(tmp_path: Path) -> None:
    playbook = a_playbook(tmp_path, ar=None, pages="language: English\n")
    for tag, name in (("de", "Deutsch"), ("fr", "Français")):
        (playbook / f"pages/languages/{tag}.yaml").write_text(f"language: {name}\n")

    assert [str(one) for one in review_playbook(playbook).warnings if "languages" in one.file] == [
        (
            "messages/note/languages/fr.yaml:1: warning: missing: the pages speak fr, and who reads that gets this "
            "message in en"
        )
    ]


def test_a_cold_start_reads_only_the_language_that_it_needs(tmp_path: Path, renderer: JinjaRenderer) -> None:
    opened: list[str] = []
    sys.addaudithook(lambda event, details: opened.append(str(details[0])) if event == "open" else None)
    fresh = JinjaRenderer(tmp_path / "target")
    in_language(fresh, Channel.SMS, "de-CH")

    assert [Path(name).name for name in opened if "/locales/" in name] == ["de.json"]
