"""What the page on keys shows is what the door accepts, in every language that this machine speaks."""

import json
import shutil
import subprocess

import pytest

from shared.domain.events import Event, Trust
from shared.domain.intake.segment_spec import Reception, read_event
from tests.builders import NOON
from tests.docs.examples import ROOT, blocks

PAGE = ROOT / "docs/keys.md"
SECRET_KEY = "example-secret-key"
EXAMPLE = json.loads(blocks("json", PAGE)[0].text)

RUN = {
    "python": ("python3", "-c", "\nprint(user_hash('{user}', '{key}'))"),
    "javascript": ("node", "-e", "\nconsole.log(userHash('{user}', '{key}'))"),
    "ruby": ("ruby", "-e", "\nputs user_hash('{user}', '{key}')"),
    "php": ("php", "-r", "\necho userHash('{user}', '{key}');"),
}
"""How each language runs a text, and what the text is to say beside the example."""


def test_the_event_proves_its_user() -> None:
    reception = Reception(received_at=NOON, trust=Trust.PUBLIC, source="http", user_secrets=(SECRET_KEY.encode(),))
    event = read_event(EXAMPLE, reception)
    assert isinstance(event, Event)
    assert event.trust is Trust.USER


@pytest.mark.parametrize("language", RUN)
def test_each_language_makes_the_hash_of_the_event(language: str) -> None:
    program, option, call = RUN[language]
    block = blocks(language, PAGE)[-1]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    text = block.text + call.format(user=EXAMPLE["userId"], key=SECRET_KEY)
    ran = subprocess.run([program, option, text], capture_output=True, text=True, check=True, timeout=30)
    assert ran.stdout.strip() == EXAMPLE["context"]["userHash"]
