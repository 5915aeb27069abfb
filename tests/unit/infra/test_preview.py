"""``carillon preview``: every message on every channel, in every language, by day and by night, in one folder."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.preview.gallery import in_scheme
from tests.conftest import SHIPPED_PLAYBOOK
from tests.unit.infra.playbook_folder import FILES, write_playbook

RUNNER = CliRunner()
WORDS = "title: A note\nsubject: Hello\npreheader: Well\n"
MAIL = """\
<mjml><mj-body><mj-section><mj-column>
  <mj-text>Hello <a href="{{ links.unsubscribe }}">No more</a></mj-text>
</mj-column></mj-section></mj-body></mjml>
"""


def preview(folder: Path, *words: str, playbook: Path = SHIPPED_PLAYBOOK) -> str:
    result = RUNNER.invoke(app, ["preview", *words, "--no-open", "--to", str(folder), "--playbook", str(playbook)])
    assert result.exit_code == 0, result.output
    return (folder / "index.html").read_text("utf-8")


def test_the_gallery_shows_every_message_in_every_language_by_day_and_by_night(tmp_path: Path) -> None:
    page = preview(tmp_path)
    mails = {path.name for path in (tmp_path / "mails").iterdir()}
    names = [path.parent.name for path in (SHIPPED_PLAYBOOK / "messages").glob("*/email.mjml")]

    assert mails == {
        f"{name}.{tag}.{scheme}.html" for name in names for tag in ("en", "de", "fr") for scheme in ("light", "dark")
    }
    assert all(f'src="mails/{mail}"' in page for mail in mails)
    assert "de · text message · 1 part, GSM-7" in page
    assert "Ihr Warenkorb wartet" in page
    assert "entry.properties.order_id" in page


def test_what_a_partner_would_be_told_is_in_the_gallery(tmp_path: Path) -> None:
    webhook = 'partner: mailhouse\nbody: {name: "{{ traits.firstName }}"}\n'
    playbook = write_playbook(
        tmp_path / "playbook",
        {
            "webhooks.yaml": "mailhouse: {url: 'https://api.mailhouse.example/'}\n",
            "messages/hello/webhook.yaml": webhook,
        },
    )
    page = preview(tmp_path / "gallery", playbook=playbook)

    assert "webhook to mailhouse · 14 bytes" in page
    assert "&#34;name&#34;: &#34;Ana&#34;" in page


def test_only_marketing_leads_to_its_way_out(tmp_path: Path) -> None:
    preview(tmp_path, "welcome", "order_confirmation")
    mails = {path.name.split(".")[0]: path.read_text("utf-8") for path in (tmp_path / "mails").glob("*.en.light.html")}

    assert "/v1/unsubscribe/" in mails["welcome"]
    assert "/v1/unsubscribe/" not in mails["order_confirmation"]
    assert "/v1/preferences/" in mails["order_confirmation"]


def test_one_message_can_be_asked_for(tmp_path: Path) -> None:
    mails = {f"messages/{name}/email.mjml": MAIL for name in ("hello", "goodbye")}
    others = {f"messages/goodbye/{name}": FILES[f"messages/hello/{name}"] for name in ("sms.txt", "example.json")}
    words = {f"messages/{name}/message.yaml": WORDS for name in ("hello", "goodbye")}
    playbook = write_playbook(tmp_path / "playbook", mails | others | words)
    preview(tmp_path / "gallery", "goodbye", playbook=playbook)

    assert {path.name.split(".")[0] for path in (tmp_path / "gallery" / "mails").iterdir()} == {"goodbye"}


def test_what_people_and_events_say_is_no_markup_in_the_gallery(tmp_path: Path) -> None:
    playbook = write_playbook(
        tmp_path / "playbook",
        {"messages/hello/example.json": '{"traits": {"firstName": "<script>alert(1)</script>"}, "entry": {}}'},
    )
    page = preview(tmp_path / "gallery", playbook=playbook)

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_name_that_does_not_exist_is_told_with_what_was_meant(tmp_path: Path) -> None:
    playbook = write_playbook(tmp_path / "playbook")
    result = RUNNER.invoke(app, ["preview", "helo", "--no-open", "--to", str(tmp_path), "--playbook", str(playbook)])

    assert result.exit_code == 2
    assert "hello" in result.output
    assert not (tmp_path / "index.html").exists()


def test_of_a_faulty_playbook_the_faults_are_told(tmp_path: Path) -> None:
    playbook = write_playbook(tmp_path / "playbook", {"messages/hello/sms.txt": "{{ traits.fristName }}"})
    result = RUNNER.invoke(app, ["preview", "--no-open", "--to", str(tmp_path / "to"), "--playbook", str(playbook)])

    assert result.exit_code == 1
    assert "firstName" in result.output


@pytest.mark.parametrize(("scheme", "media"), [("light", "@media not all"), ("dark", "@media all")])
def test_a_mail_is_shown_by_night_whatever_the_browser_is_set_to(scheme: str, media: str) -> None:
    html = (
        "<style>:root { color-scheme: light dark; } @media (prefers-color-scheme: dark) { a { color: #fff } }</style>"
    )

    assert media in in_scheme(html, scheme)
    assert re.search(rf"color-scheme: {scheme};", in_scheme(html, scheme))
