"""Patterns: run by RE2, which is loaded only where a playbook has one."""

import subprocess
import sys

import pytest

from shared.domain.conditions.patterns import Pattern, compile_pattern

LOADS = """
import sys
from shared.domain.playbook import read_playbook
enter = {{"on": "Probe", "where": {{"properties.sku": {test}}}}}
journey = {{"purpose": "transactional", "enter": enter, "steps": [{{"exit": "done"}}]}}
assert not read_playbook({{"journeys": {{"probe": journey}}, "messages": {{}}, "policy": {{"topics": {{}}}}}})[1]
print("re2" in sys.modules)
"""


@pytest.mark.parametrize(("test", "loaded"), [({"starts_with": "KIL-"}, "False"), ({"matches": "^KIL-"}, "True")])
def test_the_library_is_loaded_for_a_playbook_that_needs_it(test: dict[str, str], loaded: str) -> None:
    said = subprocess.run([sys.executable, "-c", LOADS.format(test=test)], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == loaded


def test_patterns_of_one_text_are_equal() -> None:
    assert compile_pattern("^a") == compile_pattern("^a") != compile_pattern("^b")
    assert isinstance(compile_pattern("^a"), Pattern)


def test_text_that_is_not_valid_unicode_is_no_error() -> None:
    assert compile_pattern("x$").matches("\ud800x")
