"""Coupons in templates, as ``carillon check`` sees them; and what the build tells of them."""

import json
import re
from pathlib import Path

import pytest

from infra.playbook.build import build_playbook, review_playbook
from infra.preview.contents import shown_messages
from shared.domain.channels.content import SmsContent
from tests.unit.infra.playbook_folder import write_playbook

COUPONS = "welcome10: {title: 10 % off, prefix: HELLO, expires_after: 30 days}\n"


def folder_with(folder: Path, text: str, coupons: str = COUPONS) -> Path:
    return write_playbook(folder, {"messages/hello/sms.txt": text, "coupons.yaml": coupons})


def test_a_coupon_is_known_and_the_message_is_built_with_its_name(tmp_path: Path) -> None:
    text = "{% if traits.firstName is known %}{{ coupon('welcome10').code }}{% endif %}"
    build_playbook(folder_with(tmp_path / "source", text), tmp_path / "built")
    plain = json.loads((tmp_path / "built" / "playbook.json").read_bytes())

    assert plain["messages"]["hello"]["coupons"] == ["welcome10"]
    assert plain["coupons"]["welcome10"]["prefix"] == "HELLO"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("Hello\n{{ coupon('welcom10').code }}", 2, 'coupons.yaml has no coupon "welcom10", did you mean "welcome10"?'),
        ('{{ coupon("other").code }}', 1, 'coupons.yaml has no coupon "other"; it has "welcome10"'),
        ("{{ coupon('welcome10').cod }}", 1, 'a coupon has no "cod", did you mean "code"?'),
        ("{{ coupon(traits.firstName).code }}", 1, 'name the coupon in quotes: {{ coupon("welcome10").code }}'),
        ("{{ coupon().code }}", 1, 'name the coupon in quotes: {{ coupon("welcome10").code }}'),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    [fault] = review_playbook(folder_with(tmp_path, text)).faults

    assert (fault.file, fault.line, fault.message) == ("messages/hello/sms.txt", line, said)


def test_an_end_that_a_coupon_may_not_have_is_asked_for_first(tmp_path: Path) -> None:
    [fault] = review_playbook(folder_with(tmp_path, "{{ coupon('welcome10').expires_at }}")).faults
    assert fault.message.startswith('does not render without "expires_at"')


def test_an_end_that_the_coupon_never_has_is_told(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "{{ coupon('welcome10').expires_at }}", "welcome10: {title: 10 % off}\n")

    assert [fault.message for fault in review_playbook(folder).faults] == ['coupons.yaml has no "expires_at"']


def test_a_preview_shows_what_the_coupon_says(tmp_path: Path) -> None:
    text = (
        "{{ coupon('welcome10').code }} {{ coupon('welcome10').title }} {{ coupon('welcome10').expires_at | default }}"
    )
    [shown] = shown_messages(folder_with(tmp_path, text), ())
    [content] = shown.languages[0].contents.values()

    assert isinstance(content, SmsContent)
    assert re.fullmatch(r"HELLO(-[2-9A-Z]{4}){3} 10 % off 2026-12-02T10:00:00.000Z", content.text)


def test_faults_of_the_file_are_told(tmp_path: Path) -> None:
    [fault] = review_playbook(folder_with(tmp_path, "Hello", "a: {title: A, kind: polo}\n")).faults

    assert (fault.file, fault.line, fault.path) == ("coupons.yaml", 1, "a.kind")
