"""``carillon check``: every fault of a playbook, a line each, with file, line, path and a suggestion."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.playbook.source import check_playbook
from tests.conftest import SHIPPED_PLAYBOOK
from tests.unit.infra.playbook_folder import HELLO, POLICY, write_playbook


def check(folder: Path) -> tuple[int, list[str], str]:
    result = CliRunner().invoke(app, ["check", "--playbook", str(folder)])
    return result.exit_code, result.stdout.splitlines(), result.stderr


def test_the_shipped_playbook_is_in_order() -> None:
    result = CliRunner().invoke(app, ["check", "--strict", "--playbook", str(SHIPPED_PLAYBOOK)])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{SHIPPED_PLAYBOOK} is in order: ")


def test_a_small_playbook_is_in_order(tmp_path: Path) -> None:
    code, lines, errors = check(write_playbook(tmp_path))
    assert (code, errors) == (0, "")
    assert lines == [f"{tmp_path} is in order: 1 journey, 1 message"]


def test_a_fault_is_one_line_exactly(tmp_path: Path) -> None:
    journey = HELLO.replace("  - wait: 1 hour\n", "  - wait: 1 hour\n  - waits: 1 hour\n")
    code, lines, errors = check(write_playbook(tmp_path, {"journeys/cart.yaml": "\n\n" + journey}))
    assert code == 1
    assert lines == ['journeys/cart.yaml:12: steps.1: unknown key "waits", did you mean "wait"?']
    assert errors == f"1 fault in {tmp_path}\n"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"brand.yaml": None}, ["brand.yaml:1: missing"]),
        ({"brand.yaml": ""}, ["brand.yaml:1: "]),
        ({"brand.yaml": "nam: x\n"}, ["brand.yaml:1: `name` is missing", 'brand.yaml:1: unknown key "nam"']),
        ({"brand.yaml": "name: [x\n"}, ["brand.yaml:2: not YAML"]),
        ({"policy.yaml": None}, ['journeys/hello.yaml:2: topic: policy.yaml has no topic "news"']),
        ({"policy.yaml": ""}, ["policy.yaml:1: the file is empty"]),
        ({"policy.yaml": "topics: {news: {}}\ntopics: {}\n"}, ['policy.yaml:2: the key "topics" stands twice']),
        ({"policy.yaml": POLICY + "quiet_hour: {}\n"}, ['policy.yaml:3: unknown key "quiet_hour", did you mean']),
        (
            {"policy.yaml": POLICY + "attribution: {window: 7}\n"},
            ["policy.yaml:3: attribution.window: expected"],
        ),
        (
            {"policy.yaml": "news: {}\n"},
            [
                'journeys/hello.yaml:2: topic: policy.yaml has no topic "news"',
                'policy.yaml:1: unknown key "news"',
                'policy.yaml:1: topics: "topics" is missing',
            ],
        ),
        (
            {"policy.yml": ""},
            ["policy.yml:1: unknown: a playbook has brand.yaml, policy.yaml"],
        ),
        ({"jurneys/x.yaml": ""}, ['did you mean "journeys"?']),
        ({"journeys/x.yml": ""}, ["journeys/x.yml:1: unknown: journeys are files that end in .yaml"]),
        ({"journeys/hello.yaml": "- a\n"}, ["journeys/hello.yaml:1: expected a mapping, found a list"]),
        ({"journeys/hello.yaml": "purpose: !x marketing\n"}, ["journeys/hello.yaml:1: tag !x: plain values need none"]),
        ({"segments/vip.yaml": "title: VIP\n"}, ['segments/vip.yaml:1: says not who is in it: give "if", a condition']),
        (
            {"journeys/hello.yaml": HELLO.replace("sms]", "sms, email]")},
            ['journeys/hello.yaml:11: steps.1.via.1: message "hello" has no content for email: it has "sms"'],
        ),
        (
            {"journeys/hello.yaml": HELLO.replace("hello", "helo")},
            ["journeys/hello.yaml:10: steps.1.send: there is no"],
        ),
        ({"messages/hello/sms.txt": "{{ traits.name }}\n"}, ["messages/hello/sms.txt:1: "]),
        ({"messages/hello/sms.txt": None}, ["journeys/hello.yaml:11: steps.1.via.0: message", "messages/hello"]),
    ],
)
def test_a_faulty_playbook_is_refused_line_by_line(
    tmp_path: Path, changes: dict[str, str | None], told: list[str]
) -> None:
    code, lines, errors = check(write_playbook(tmp_path, changes))
    assert code == 1
    assert len(lines) == len(told), lines
    for line, words in zip(lines, told, strict=True):
        assert words in line
    assert errors.endswith(f"in {tmp_path}\n")


def test_every_fault_of_every_file_is_told_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    changes = {
        "brand.yaml": "name: Example\ncolour: red\n",
        "journeys/a.yaml": "purpose: promo\n" + HELLO.partition("\n")[2].replace("1 hour", "1 our"),
        "journeys/b.yaml": HELLO.replace("hello", "bye").replace("topic: news", "topic: new"),
        "policy.yaml": POLICY + "topic: {}\n",
    }
    _, lines, errors = check(write_playbook(tmp_path, changes))
    places = [line.split(": ", maxsplit=1)[0] for line in lines]
    assert places == [
        "brand.yaml:2",
        "journeys/a.yaml:1",
        "journeys/a.yaml:9",
        "journeys/b.yaml:2",
        "journeys/b.yaml:10",
        "policy.yaml:3",
    ]
    assert errors == f"6 faults in {tmp_path}\n"


def test_a_folder_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    code, lines, _ = check(tmp_path / "playbok")
    assert (code, lines) == (1, ["playbok:1: there is no such folder"])


def test_what_the_editor_left_behind_is_no_fault(tmp_path: Path) -> None:
    write_playbook(tmp_path, {".DS_Store": "", "journeys/.hello.yaml.swp": "", "messages/.DS_Store": ""})
    assert check_playbook(tmp_path)[1] == []
