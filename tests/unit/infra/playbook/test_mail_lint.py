"""Mails that would be hard to read, cut off, or without a way out are refused, each with its place and what to do."""

import json
from pathlib import Path

import pytest

from infra.playbook.build import review_playbook
from infra.playbook.mail_contrast import faint_words

MJML = """<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        {body}
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
OUT = '<mj-text><a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text>'
JOURNEY = "purpose: {purpose}\nenter: {{on: X}}\nsteps: [{{send: note, via: {via}}}]\n"


def faults(folder: Path, body: str, *, purpose: str = "", via: str = "[email]", brand: str = "") -> list[str]:
    files = {
        "brand.yaml": "name: Shop\nlinks: {shop: https://shop.example/}\n" + brand,
        "policy.yaml": "topics:\n  news: {title: News, default: false}\n",
        "messages/note/message.yaml": "title: Note\nsubject: Hello\npreheader: Well\n",
        "messages/note/email.mjml": MJML.replace("{body}", body),
        "messages/note/sms.txt": "Hi",
        "messages/note/example.json": json.dumps({"traits": {"firstName": "Ana", "page": "https://shop.example/a"}}),
    }
    if purpose:
        topic = "topic: news\n" if purpose == "marketing" else ""
        files["journeys/note.yaml"] = topic + JOURNEY.format(purpose=purpose, via=via)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return [str(fault).removeprefix("messages/note/") for fault in review_playbook(folder).faults]


OPAQUE = "does not begin with https://, so others can read along, or it does not open"
NO_ALT = 'has no alt: say in words what it shows, alt="…"; of a mere ornament, nothing, alt=""'
FAINT = "many people cannot read less than {}:1: make one darker or the other lighter"
UNESCAPED = (
    "`safe` shows as markup what people and events say, so anybody could write in your name: leave it out; **bold** "
    "and [links](…) in words need none"
)
LARGE = "108 KB with example.json, and Gmail hides what is beyond 102: leave out parts, or show fewer products"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            '<mj-image src="https://shop.example/a.png" />',
            [f"email.mjml:5: <mj-image> {NO_ALT}"],
        ),
        ('<mj-image src="https://shop.example/a.png" alt="" />', []),
        (
            '<mj-image src="https://shop.example/a.png" alt="" href="https://shop.example/" />',
            ['email.mjml:5: <mj-image> is a link, and its alt is empty: say where it leads, alt="…"'],
        ),
        ('<mj-image src="https://shop.example/a.png" alt="{{ traits.firstName }}" />', []),
        (
            '<mj-text>a\n<img src="data:image/png;base64,AAAA" alt="x" /></mj-text>',
            [f"email.mjml:6: src: data:image/png;base64,AAAA {OPAQUE}"],
        ),
        (
            '<mj-button href="http://shop.example/">Go</mj-button>',
            [f"email.mjml:5: href: http://shop.example/ {OPAQUE}"],
        ),
        (
            '<mj-text><a href="mailto:a@shop.example">a</a><a href="tel:+353">b</a><a href="#top">c</a></mj-text>',
            [],
        ),
        (
            '<mj-text color="#999999">Hello</mj-text>',
            [f"email.mjml:5: words in #999999 on #ffffff have a contrast of 2.8:1, and {FAINT.format(4.5)}"],
        ),
        (
            '{% if traits.firstName == "B" %}<mj-text color="#999999" font-size="24px">Hello</mj-text>{% endif %}',
            [f"email.mjml:5: words in #999999 on #ffffff have a contrast of 2.8:1, and {FAINT.format(3)}"],
        ),
        ('<mj-text color="#949494" font-size="24px">Hello</mj-text>', []),
        (
            "<mj-text>{{ traits.firstName | safe }}</mj-text>",
            [f"email.mjml:5: {UNESCAPED}"],
        ),
        (
            "<mj-text>{% for i in range(1500) %}" + "x" * 70 + "{% endfor %}</mj-text>",
            [f"email.mjml:1: {LARGE}"],
        ),
    ],
)  # fmt: skip
def test_a_mail_that_people_could_not_use_is_refused(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert faults(tmp_path, body) == expected


@pytest.mark.parametrize(
    ("purpose", "body", "via", "is_refused"),
    [
        ("marketing", "<mj-text>Hello</mj-text>", "[email]", True),
        ("marketing", "<mj-text>Hello</mj-text>", "best", True),
        ("marketing", "<mj-text>Hello</mj-text>", "[sms]", False),
        ("marketing", OUT, "[sms, email]", False),
        ("transactional", "<mj-text>Hello</mj-text>", "[email]", False),
    ],
)
def test_marketing_leads_to_where_it_can_be_stopped(
    tmp_path: Path, purpose: str, body: str, via: str, is_refused: bool
) -> None:
    said = (
        "email.mjml:1: note sends this as marketing, and nothing in it leads out: include partials/footer.mjml, "
        "or link to {{ links.unsubscribe }}"
    )
    assert faults(tmp_path, body, purpose=purpose, via=via) == ([said] if is_refused else [])


def test_a_colour_of_the_brand_is_found_where_a_message_uses_it(tmp_path: Path) -> None:
    body = '<mj-text>a</mj-text>\n<mj-text color="{{ brand.colors.soft }}">Hello</mj-text>'
    found = faults(tmp_path, body, brand="colors: {soft: '#bbbbbb'}\n")

    assert [fault.split(" have ")[0] for fault in found] == ["email.mjml:6: words in #bbbbbb on #ffffff"]


@pytest.mark.parametrize(
    ("html", "is_faint"),
    [
        ('<p style="color:#999">a</p>', True),
        ('<p style="color:#999"> </p>', False),
        ('<div style="background:#000;color:#fff"><p>a</p></div>', False),
        ('<table bgcolor="#000000"><tr><td>a</td></tr></table>', True),
        ('<div style="background:url(https://x.example/a.png);color:#fff">a</div>', False),
        ('<div style="display:none;color:#fff">a</div>', False),
        ('<p style="color:#949494;font-size:19px"><strong>a</strong></p>', False),
        ('<p style="color:#949494;font-size:19px">a</p>', True),
        ('<div style="color:#fff"><br><img src="x"></div><p>a</p>', False),
        ("<title>a</title><style>p{color:#fff}</style>", False),
    ],
)
def test_contrast_is_that_of_words_on_what_is_behind_them(html: str, is_faint: bool) -> None:
    assert bool(faint_words(html)) == is_faint
