"""A playbook is bounded in everything, and told so in words."""

from pathlib import Path

import pytest

from infra.playbook import build as playbook_build
from infra.playbook import limits as playbook_limits
from infra.playbook.build import build_playbook, review_playbook
from shared.errors import PlaybookError
from tests.unit.infra.playbook_folder import HELLO, write_playbook


def faults(folder: Path, changes: dict[str, str | None] | None = None) -> list[str]:
    return list(map(str, review_playbook(write_playbook(folder, changes)).faults))


@pytest.mark.parametrize(("count", "is_fault"), [(1_000, False), (1_001, True)])
def test_a_condition_asks_at_most_a_thousand_things(tmp_path: Path, count: int, *, is_fault: bool) -> None:
    tests = ", ".join("{traits.a: 1}" for _ in range(count - 1))
    found = faults(tmp_path, {"journeys/hello.yaml": HELLO + f"  - if: {{any: [{tests}]}}\n    then: [{{exit: a}}]\n"})
    message = "journeys/hello.yaml:12: steps.2.if: asks 1,001 things; a condition may ask 1,000"
    assert found == ([message] if is_fault else [])


def test_a_template_is_at_most_as_large_as_any_file(tmp_path: Path) -> None:
    found = faults(tmp_path, {"messages/hello/sms.txt": "a" * 1_000_001})
    assert "messages/hello/sms.txt:1: 1,000,001 bytes; a file may have 1,000,000" in found


def test_a_playbook_has_a_bounded_number_of_journeys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playbook_limits, "MAX_OF_A_KIND", 1)
    found = faults(tmp_path, {"journeys/bye.yaml": HELLO})
    assert found == ["journeys:1: 2 journeys; a playbook may have 1"]


def test_a_compiled_playbook_fits_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playbook_build, "MAX_COMPILED_BYTES", 1_000)
    with pytest.raises(PlaybookError, match=r"source:1: compiles to [0-9,]+ bytes; a playbook may have 1,000"):
        build_playbook(write_playbook(tmp_path / "source"), tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_transactional_journeys_need_no_policy(tmp_path: Path) -> None:
    journey = HELLO.replace("marketing", "transactional").replace("topic: news\n", "")
    assert faults(tmp_path, {"policy.yaml": None, "journeys/hello.yaml": journey}) == []
