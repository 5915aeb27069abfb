"""The playbook's build: same input, same bytes; every fault with its line; nothing half done."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.playbook.build import build_playbook, check_messages
from infra.playbook.mjml_elements import CONTENT
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import EmailContent, PushContent, SmsContent
from shared.domain.consent.words import Channel
from shared.errors import PlaybookError
from tests.conftest import SHIPPED_PLAYBOOK

EMAIL = """<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text>Hello</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""


def written(folder: Path, files: dict[str, str]) -> Path:
    """A playbook of these files, beside the least that one must have."""
    least = {"brand.yaml": "name: Shop\nlinks: {shop: https://shop.example/}\n"}
    for name, text in (least | files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def a_message(files: dict[str, str]) -> dict[str, str]:
    """The message ``note`` with these files beside a title and an example."""
    least = {
        "message.yaml": "title: Note\nsubject: Hello\npreheader: Well\n",
        "example.json": json.dumps(
            {"traits": {"firstName": "Ana"}, "entry": {"properties": {"name": "mug", "lines": [{"sku": 1}]}}}
        ),
    }
    return {f"messages/note/{name}": text for name, text in (least | files).items()}


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def email(body: str) -> dict[str, str]:
    """A mail whose body's lines begin at line 5."""
    return a_message({"email.mjml": EMAIL.replace("        <mj-text>Hello</mj-text>", body)})


def test_the_shipped_playbook_is_in_order() -> None:
    assert check_messages(SHIPPED_PLAYBOOK) == []


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_same_input_gives_the_same_bytes(artefact: Path, tmp_path: Path, seed: str) -> None:
    code = f"""
from pathlib import Path
from infra.playbook.mjml_elements import CONTENT
from infra.playbook.build import build_playbook
build_playbook(Path({str(SHIPPED_PLAYBOOK)!r}), Path({str(tmp_path / "again")!r}))
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": seed})
    built = {name: raw for name, raw in content_of(artefact).items() if "__pycache__" not in name}

    assert content_of(tmp_path / "again") == built


def test_an_unchanged_playbook_is_not_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = written(tmp_path / "source", a_message({"sms.txt": "Hi"})), tmp_path / "target"
    build_playbook(source, target)
    before = (target / "playbook.json").stat()
    (source / ".DS_Store").write_text("what an editor leaves behind")
    build_playbook(source, target)
    assert (target / "playbook.json").stat() == before

    (source / "messages/note/sms.txt").write_text("Hello")
    build_playbook(source, target)
    assert JinjaRenderer(target).render("note", Channel.SMS, {}) == SmsContent("Hello")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_change_changes_the_version(tmp_path: Path) -> None:
    versions = set()
    for text in ("Hi", "Hello", "Hi"):
        source = written(tmp_path / text, a_message({"sms.txt": text}))
        build_playbook(source, tmp_path / "target")
        versions.add(json.loads((tmp_path / "target" / "playbook.json").read_text())["version"])

    assert len(versions) == 2


def test_a_damaged_artefact_is_built_again(tmp_path: Path) -> None:
    source, target = written(tmp_path / "source", a_message({"sms.txt": "Hi"})), tmp_path / "target"
    for damage in ("", "{", "[]", "{}"):
        target.mkdir(exist_ok=True)
        (target / "playbook.json").write_text(damage)
        build_playbook(source, target)
        assert JinjaRenderer(target).render("note", Channel.SMS, {}) == SmsContent("Hi")


def test_a_faulty_playbook_leaves_the_artefact_as_it_was(tmp_path: Path) -> None:
    source, target = written(tmp_path / "source", a_message({"sms.txt": "Hi"})), tmp_path / "target"
    build_playbook(source, target)
    before = content_of(target)
    (source / "messages/note/sms.txt").write_text("{{ traits.frstName }}")
    (source / "journeys").mkdir()
    (source / "journeys/note.yaml").write_text("title: Note\nenter: {on: X}\nsteps: [{send: nothing, via: [sms]}]\n")
    with pytest.raises(PlaybookError) as caught:
        build_playbook(source, target)

    assert {fault.file for fault in caught.value.faults} == {"journeys/note.yaml", "messages/note/sms.txt"}
    assert content_of(target) == before


def test_the_artefact_says_which_fields_of_the_entry_event_are_read(tmp_path: Path) -> None:
    text = "{{ entry.properties.name }} {% for line in entry.properties.lines %}{{ line.sku }}{% endfor %}"
    build_playbook(written(tmp_path / "source", a_message({"sms.txt": text})), tmp_path / "target")
    plain = json.loads((tmp_path / "target" / "playbook.json").read_text())

    assert plain["messages"]["note"] == {
        "title": "Note",
        "languages": [],
        "channels": ["sms"],
        "entry_fields": [["properties", "lines"], ["properties", "name"]],
    }


def test_looking_through_all_properties_reads_them_all(tmp_path: Path) -> None:
    text = "{% set all = entry.properties %}{% for key, value in all | items %}{{ key }}{% endfor %}"
    build_playbook(written(tmp_path / "source", a_message({"sms.txt": text})), tmp_path / "target")
    plain = json.loads((tmp_path / "target" / "playbook.json").read_text())

    assert plain["messages"]["note"]["entry_fields"] == [["properties", "lines"], ["properties", "name"]]


def test_jinja_comes_through_mjml_untouched(tmp_path: Path) -> None:
    body = """        {% if entry.properties.name == "mug" and 1 < 2 %}
        <mj-text>{{ "<b>" ~ entry.properties.name }} &amp; {{ brand.name }},
          <a href="{{ brand.links.shop }}">here</a></mj-text>
        {% endif %}
        {% for line in entry.properties.lines -%}
        <mj-button href="{{ links.unsubscribe }}">{{ line.sku }}</mj-button>
        {%- endfor %}
        {# a word among authors #}<!-- another -->"""
    build_playbook(written(tmp_path / "source", email(body)), tmp_path / "target")
    entry = {"properties": {"name": "mug", "lines": [{"sku": "A&B"}, {"sku": "C"}]}}
    content = JinjaRenderer(tmp_path / "target").render(
        "note", Channel.EMAIL, {"traits": {}, "entry": entry, "links": {"unsubscribe": "https://x.example/?a=1&b=2"}}
    )

    assert isinstance(content, EmailContent)
    assert '&lt;b&gt;mug &amp; Shop,\n          <a href="https://shop.example/">here</a>' in content.html
    assert content.html.count('href="https://x.example/?a=1&amp;b=2"') == 2
    assert content.text == (
        "<b>mug & Shop, here (https://shop.example/)\n\n"
        "A&B:\nhttps://x.example/?a=1&b=2\n\nC:\nhttps://x.example/?a=1&b=2\n"
    )
    assert "author" not in content.html
    assert "another" not in content.html


CONFINED_ADDRESSES = {
    "email.mjml": EMAIL.replace(
        "<mj-text>Hello</mj-text>",
        """<mj-text><a HREF="{{ entry.properties.url }}">one</a></mj-text>
        <mj-button href="https://{{ entry.properties.host }}/sale?a=1&amp;b={{ entry.properties.host }}">two</mj-button>
        <mj-button href="{% if traits.vip is defined %}{{ traits.vip }}{% endif %}">three</mj-button>
        <mj-text><a href="{{ brand.links.shop }}">4</a> <a href="https://shop.example/{{ traits.id }}">5</a></mj-text>
        <mj-button href="{{ entry.properties.url | shop_url }}">six</mj-button>""",
    ),
    "push.yaml": "title: t\nbody: b\nlink: '{{ entry.properties.url }}'\nimage: https://shop.example/{{ traits.id }}\n",
    "example.json": json.dumps(
        {
            "traits": {"id": "7", "vip": "https://shop.example/vip"},
            "entry": {"properties": {"url": "https://shop.example/a?b=1&c=2", "host": "shop.example"}},
        }
    ),
}


@pytest.mark.parametrize(
    ("url", "host", "vip", "led_to"),
    [
        (
            "https://shop.example/a?b=1&c=2",
            "eu.shop.example",
            "https://shop.example/vip",
            [
                "https://shop.example/a?b=1&amp;c=2",
                "https://eu.shop.example/sale?a=1&amp;b=eu.shop.example",
                "https://shop.example/vip",
            ],
        ),
        (
            "https://evil.example/a",
            "evil.example",
            "javascript:alert(1)",
            ["https://shop.example/", "https://shop.example/", "https://shop.example/"],
        ),
        (
            "https://shop.example&#46;evil.example/",
            "shop.example.evil.example/?",
            '"><script>',
            ["https://shop.example/", "https://shop.example/", "https://shop.example/"],
        ),
    ],
)
def test_an_event_leads_to_the_shop_alone_however_a_template_is_written(
    tmp_path: Path, url: str, host: str, vip: str, led_to: list[str]
) -> None:
    warnings = build_playbook(written(tmp_path / "source", a_message(CONFINED_ADDRESSES)), tmp_path / "target")
    context = {"traits": {"id": "7", "vip": vip}, "entry": {"properties": {"url": url, "host": host}}}
    renderer = JinjaRenderer(tmp_path / "target")
    mail, push = (renderer.render("note", channel, context) for channel in (Channel.EMAIL, Channel.PUSH))

    assert isinstance(mail, EmailContent)
    assert isinstance(push, PushContent)
    hrefs = re.findall(r"<a\s[^>]*?href=\"([^\"]*)\"", mail.html, re.IGNORECASE)
    six = led_to[0]
    assert hrefs == [*led_to, "https://shop.example/", "https://shop.example/7", six]
    assert f"two:\n{led_to[1]}".replace("&amp;", "&") in mail.text
    assert push.link == led_to[0].replace("&amp;", "&")
    assert [(warning.file, warning.line) for warning in warnings if "brand.links" in warning.message] == [
        (f"{NOTE}/email.mjml", 5),
        (f"{NOTE}/email.mjml", 6),
        (f"{NOTE}/email.mjml", 7),
        (f"{NOTE}/push.yaml", 3),
    ]


def test_a_page_says_nothing_again_of_the_page_that_it_extends(tmp_path: Path) -> None:
    pages = {
        "pages/layout.html": "{% block body %}{% endblock %}\n{{ brand.slogan }}\n",
        "pages/a.html": '{% extends "pages/layout.html" %}\n',
        "pages/b.html": '{% extends "pages/layout.html" %}{% block body %}{{ brand.motto }}{% endblock %}\n',
    }
    assert list(map(str, check_messages(written(tmp_path, pages)))) == [
        'pages/b.html:1: brand.yaml has no "motto"',
        'pages/layout.html:2: brand.yaml has no "slogan", did you mean "logo"?',
    ]


def test_a_text_part_of_its_own_goes_before_the_derived_one(tmp_path: Path) -> None:
    source = written(tmp_path / "source", email("<mj-text>A</mj-text>") | {"messages/note/email.txt": "In short: A\n"})
    build_playbook(source, tmp_path / "target")
    content = JinjaRenderer(tmp_path / "target").render("note", Channel.EMAIL, {})

    assert isinstance(content, EmailContent)
    assert content.text == "In short: A\n"


NOTE = "messages/note"
UNCLOSED_IF = (
    "Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'. "
    "The innermost block that needs to be closed is 'if'."
)
FAULTS: tuple[tuple[str, dict[str, str], list[str]], ...] = (
    (
        "an unknown name",
        email("<mj-text>\n{{ trait.firstName }}\n</mj-text>"),
        [f'{NOTE}/email.mjml:6: unknown name "trait", did you mean "traits"?'],
    ),
    (
        "a name that the example lacks, though a default hides it",
        a_message({"sms.txt": "Hi\n{{ traits.frstName | default('you') }}"}),
        [f'{NOTE}/sms.txt:2: example.json has no "traits.frstName", did you mean "firstName"?'],
    ),
    (
        "a name in a branch that the example does not take",
        a_message({"sms.txt": "{% if 0 %}{{ entry.properties.price }}{% endif %}"}),
        [f'{NOTE}/sms.txt:1: example.json has no "entry.properties.price"'],
    ),
    (
        "a name within a loop",
        a_message({"sms.txt": "{% for line in entry.properties.lines %}\n{{ line.sk }}{% endfor %}"}),
        [f'{NOTE}/sms.txt:2: example.json has no "line.sk", did you mean "sku"?'],
    ),
    (
        "every fault at once",
        a_message(
            {
                "sms.txt": "{{ traits.a }}\n{{ traits.b }}",
                "push.yaml": "title: '{{ traits.c }}'\nbody: b\nlnk: x\n",
            }
        ),
        [
            f'{NOTE}/push.yaml:1: title: example.json has no "traits.c"',
            f'{NOTE}/push.yaml:3: unknown key "lnk", did you mean "link"?',
            f'{NOTE}/sms.txt:1: example.json has no "traits.a"',
            f'{NOTE}/sms.txt:2: example.json has no "traits.b"',
        ],
    ),
    (
        "Jinja that does not parse",
        email("<mj-text>\n\n{% if %}</mj-text>"),
        [f"{NOTE}/email.mjml:7: Expected an expression, got 'end of statement block'"],
    ),
    (
        "a branch that is never closed",
        a_message({"sms.txt": "{% if 1 %}\nHi"}),
        [f"{NOTE}/sms.txt:1: {UNCLOSED_IF}"],
    ),
    (
        "an unknown filter",
        a_message({"sms.txt": "{{ traits.firstName | shorten(3) }}"}),
        [f'{NOTE}/sms.txt:1: unknown filter "shorten", did you mean "short"?'],
    ),
    (
        "a brace too few",
        email("<mj-text>{{ traits.firstName }</mj-text>"),
        [f'{NOTE}/email.mjml:5: unexpected "}}": a value stands between two on each side, {{{{ traits.firstName }}}}'],
    ),
    (
        "a failure with the example",
        a_message({"sms.txt": "Hi\n\n{{ traits.firstName | money }}"}),
        [f"{NOTE}/sms.txt:3: TypeError with example.json: not an amount; ask first with `is amount`"],
    ),
    (
        "an unknown element",
        email("<mj-txt>Hi</mj-txt>"),
        [
            f'{NOTE}/email.mjml:5: unknown element <mj-txt>, did you mean "mj-text"?',
        ],
    ),
    (
        "an element in the wrong place",
        email("<mj-section></mj-section>"),
        [
            f"{NOTE}/email.mjml:5: <mj-section> cannot stand in <mj-column>; it takes {', '.join(sorted(CONTENT))}",
        ],
    ),
    (
        "an element that is not closed",
        email("<mj-text>Hi"),
        [
            f"{NOTE}/email.mjml:5: <mj-text> is never closed",
        ],
    ),
    (
        "a value between elements",
        email("{{ traits.firstName }}"),
        [f"{NOTE}/email.mjml:5: a value between elements is not shown: put it into mj-text"],
    ),
    (
        "what the brand does not say",
        a_message({"sms.txt": "{{ brand.sms_sender }}\n{{ brand.lnks.shop }}"}),
        [
            f'{NOTE}/sms.txt:1: brand.yaml has no "sms_sender"',
            f'{NOTE}/sms.txt:2: brand.yaml has no "lnks", did you mean "links"?',
        ],
    ),
    (
        "an address without quotes",
        email("<mj-text><a HREF={{ entry.properties.name }}>x</a></mj-text>"),
        [f"{NOTE}/email.mjml:5: HREF: put the value in quotes"],
    ),
    (
        "an include that is not there",
        email('<mj-include path="../../partials/none.mjml" />'),
        [f'{NOTE}/email.mjml:5: mj-include: no file "../../partials/none.mjml" in the playbook, seen from this one'],
    ),
    (
        "an include from outside the playbook",
        email('<mj-include path="../../../outside.mjml" />'),
        [f'{NOTE}/email.mjml:5: mj-include: no file "../../../outside.mjml" in the playbook, seen from this one'],
    ),
    (
        "a fault in what is included",
        email('<mj-include path="../../partials/a.mjml" />')
        | {"partials/a.mjml": "<mj-text>\n{{ traits.nam }}</mj-text>"},
        ['partials/a.mjml:2: example.json has no "traits.nam"'],
    ),
    (
        "Jinja's own way to share",
        a_message({"sms.txt": "{% include 'x' %}"}),
        [f"{NOTE}/sms.txt:1: messages share parts by mj-include, and by nothing else"],
    ),
    (
        "unknown keys and wrong types",
        a_message({"message.yaml": "titel: Note\nsubject: 3\n", "email.mjml": EMAIL}),
        [
            f"{NOTE}/message.yaml:1: `preheader` is missing: a mail needs one",
            f"{NOTE}/message.yaml:1: `subject` is missing: a mail needs one",
            f"{NOTE}/message.yaml:1: `title` is missing",
            f'{NOTE}/message.yaml:1: unknown key "titel", did you mean "title"?',
            f"{NOTE}/message.yaml:2: subject: expected a text",
        ],
    ),
    (
        "no example",
        {f"{NOTE}/message.yaml": "title: Note", f"{NOTE}/sms.txt": "Hi"},
        [f'{NOTE}/example.json:1: missing: {{"traits": {{…}}, "entry": {{…}}}}, with which every template must render'],
    ),
    (
        "an example that is not JSON",
        a_message({"sms.txt": "Hi", "example.json": '{"traits":\n {},}'}),
        [f"{NOTE}/example.json:2: not JSON: Expecting property name enclosed in double quotes"],
    ),
    (
        "an example with unknown keys",
        a_message({"sms.txt": "Hi", "example.json": '{"trait": {}, "entry": {"property": {}}}'}),
        [
            f'{NOTE}/example.json:1: entry: unknown key "property", did you mean "properties"?',
            f'{NOTE}/example.json:1: unknown key "trait", did you mean "traits"?',
        ],
    ),
    (
        "unknown files",
        a_message({"sms.txt": "Hi", "sms.text": "Hi"}),
        [
            f'{NOTE}/sms.text:1: unknown file, did you mean "sms.txt"?',
        ],
    ),
    (
        "nothing to send",
        a_message({}),
        [
            (
                f"{NOTE}/message.yaml:1: the message has no content: add email.mjml, sms.txt, push.yaml, whatsapp.yaml "
                "or webhook.yaml"
            )
        ],
    ),
    (
        "a page with an unknown name",
        {"pages/a.html": "<p>\n{{ brnd.name }}</p>"},
        ['pages/a.html:2: unknown name "brnd", did you mean "brand"?'],
    ),
    (
        "a faulty brand",
        {
            "brand.yaml": "nam: Shop\nfrom: nobody\nreply_to: A <a@b.example>\nsms_sender: TooLongForThis\n"
            "colors: {ink: red}\nlinks: {shop: http://shop.example/}\nlocale: english\ntimezone: Dublin\nlogo: 3\n"
        },
        [
            "brand.yaml:1: `name` is missing",
            'brand.yaml:1: unknown key "nam", did you mean "name"?',
            "brand.yaml:2: from: a mailbox like `Name <hello@example.com>`",
            "brand.yaml:3: reply_to: an address like `care@example.com`",
            "brand.yaml:4: sms_sender: a number like `+353861234567`, or at most 11 letters and digits",
            'brand.yaml:5: colors.ink: a colour like "#2f5d50"',
            "brand.yaml:6: links.shop: an address that begins with https://",
            'brand.yaml:7: locale: a locale like "en", "en-IE" or "pt-BR"',
            'brand.yaml:8: timezone: a time zone like "Europe/Dublin"',
            "brand.yaml:9: logo: the wordmark, on one line",
        ],
    ),
)


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_a_fault_is_told_with_its_place(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert sorted(map(str, check_messages(written(tmp_path / "playbook", files)))) == sorted(expected)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"\xff\xfe"),
        lambda path: path.write_text(""),
        lambda path: path.write_text("{{" * 200),
        lambda path: path.write_text("<" * 1_000),
        lambda path: path.write_text("[" * 5_000),
        lambda path: path.write_text("\x00"),
        lambda path: path.unlink(),
    ],
    ids=["not UTF-8", "empty", "open braces", "open tags", "deep", "nul", "gone"],
)
@pytest.mark.parametrize(
    "file", ["email.mjml", "message.yaml", "push.yaml", "example.json", "../../partials/head.mjml", "../../brand.yaml"]
)
def test_no_file_brings_the_check_down(tmp_path: Path, file: str, damage: Callable[[Path], object]) -> None:
    playbook = tmp_path / "playbook"
    others = {path.name for path in (SHIPPED_PLAYBOOK / "messages").iterdir()} - {"cart_reminder"}
    shutil.copytree(SHIPPED_PLAYBOOK, playbook, ignore=shutil.ignore_patterns("journeys", *others))
    damage(playbook / "messages" / "cart_reminder" / file)

    faults = check_messages(playbook)
    assert all(fault.line >= 1 and fault.message for fault in faults)
