"""QR codes in templates, as ``carillon check`` sees them, and in the mail that comes of them."""

from pathlib import Path

import pytest

from infra.inline_pictures import shown_html
from infra.playbook.build import build_playbook, review_playbook
from infra.preview.contents import shown_messages
from shared.adapters.renderer import JinjaRenderer
from shared.domain.channels.content import EmailContent
from shared.domain.consent.words import Channel
from shared.errors import PermanentError
from tests.unit.adapters.test_qr_codes import read
from tests.unit.infra.playbook_folder import write_playbook

MAIL = """<mjml><mj-body><mj-section><mj-column>
<mj-text>Hello</mj-text>
{}
</mj-column></mj-section></mj-body></mjml>"""
IMAGE = '<mj-image src="{{{{ qr({}) }}}}" alt="The code" width="{}" />'
FITTING = IMAGE.format("traits.firstName", "174px")


def folder_with(folder: Path, mjml: str, **files: str) -> Path:
    return write_playbook(
        folder,
        {
            "messages/hello/message.yaml": "title: Hello\nsubject: Hello\npreheader: Hello\n",
            "messages/hello/email.mjml": MAIL.format(mjml),
            **{f"messages/hello/{name.replace('_', '.')}": text for name, text in files.items()},
        },
    )


def faults_of(folder: Path) -> list[tuple[str, int, str]]:
    return [(fault.file.rpartition("/")[2], fault.line, fault.message) for fault in review_playbook(folder).faults]


def a_mail(playbook: Path, target: Path, name: str) -> EmailContent:
    build_playbook(playbook, target)
    content = JinjaRenderer(target).render("hello", Channel.EMAIL, {"traits": {"firstName": name}, "entry": {}})
    assert isinstance(content, EmailContent)
    return content


def test_the_picture_travels_with_the_mail(tmp_path: Path) -> None:
    content = a_mail(folder_with(tmp_path / "source", FITTING), tmp_path / "built", "Zoé")
    [picture] = content.attachments

    assert read(picture.content) == "Zoé"
    assert f'src="cid:{picture.content_id}"' in content.html
    assert 'alt="The code"' in content.html
    assert "cid:" not in content.text


def test_what_is_too_long_for_a_code_is_no_mail(tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as caught:
        a_mail(folder_with(tmp_path / "source", FITTING), tmp_path / "built", "x" * 151)
    assert caught.value.code == "long_qr_code"


@pytest.mark.parametrize(
    "amiss",
    [
        "<mj-text>{{ qr(traits.firstName) }}</mj-text>",
        '<mj-image src="https://shop.example/{{ qr(traits.firstName) }}" alt="" />',
        "{% set picture = qr(traits.firstName) %}" + FITTING,
        '<mj-image src="{{ qr(traits.firstName) | upper }}" alt="" width="174px" />',
        '<mj-button href="{{ qr(traits.firstName) }}">Look</mj-button>',
    ],
)
def test_a_code_stands_in_an_image_and_nowhere_else(tmp_path: Path, amiss: str) -> None:
    [(file, line, said)] = faults_of(folder_with(tmp_path, amiss))

    assert (file, line) == ("email.mjml", 3)
    assert said.startswith("a QR code is a picture of a mail")


def test_a_text_shows_no_code(tmp_path: Path) -> None:
    [(file, line, said)] = faults_of(folder_with(tmp_path, FITTING, sms_txt="Hello\n{{ qr(traits.firstName) }}"))

    assert (file, line) == ("sms.txt", 2)
    assert said.startswith("a QR code is a picture of a mail")


@pytest.mark.parametrize(
    ("said", "width", "fault"),
    [
        (
            "traits.firstName",
            "80px",
            'a scanner tells the squares of this QR code apart from 87 pixels on: width="87px"',
        ),
        ("'x' * 150", "170px", 'a scanner tells the squares of this QR code apart from 171 pixels on: width="171px"'),
        ("'x' * 151", "174px", "a QR code says 151 bytes, of at most 150 with example.json"),
        ("''", "174px", "a QR code has nothing to say with example.json"),
        ("traits.surname", "174px", 'example.json has no "traits.surname"'),
    ],
)
def test_what_a_scanner_could_not_read_is_refused(tmp_path: Path, said: str, width: str, fault: str) -> None:
    assert faults_of(folder_with(tmp_path, IMAGE.format(said, width))) == [("email.mjml", 3, fault)]


def test_who_sees_no_pictures_is_told_what_it_is(tmp_path: Path) -> None:
    [(_, line, said)] = faults_of(folder_with(tmp_path, FITTING.replace(' alt="The code"', "")))

    assert line == 3
    assert "has no alt" in said


def test_a_preview_shows_the_code(tmp_path: Path) -> None:
    [shown] = shown_messages(folder_with(tmp_path, FITTING), ())
    content = shown.languages[0].contents[Channel.EMAIL]

    assert isinstance(content, EmailContent)
    assert 'src="data:image/png;base64,' in shown_html(content)
