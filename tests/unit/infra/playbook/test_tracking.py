"""What a brand and its messages say of answers and links is checked, and comes into what is deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.playbook.build import build_playbook, review_playbook
from shared.adapters.compiled_playbook import load
from shared.domain.timing import HOUR
from tests.unit.infra.playbook.test_check_warnings import MAIL
from tests.unit.infra.playbook_folder import BRAND, HELLO, write_playbook

MESSAGE = "messages/hello/message.yaml"
TITLED = "title: Hello\nsubject: Hello\npreheader: Hello\n"
STEPS = HELLO.partition("steps:\n")[0] + "steps:\n  - send: hello\n    via: [{via}]\n"
WHOLE = BRAND + "from: Example <hello@example.com>\npostal_address: 1 Mill Lane, Kilkenny\n"
BOTH = MAIL | {"brand.yaml": WHOLE, "journeys/hello.yaml": STEPS.format(via="email, sms")}


def told(folder: Path, changes: dict[str, str | None]) -> list[str]:
    return [str(one) for one in review_playbook(write_playbook(folder, changes)).findings]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"brand.yaml": WHOLE + "tracking: {utm: true, taps: true}\n"}, []),
        (
            {"brand.yaml": WHOLE + "tracking:\n  tap: true\n"},
            [f'brand.yaml:{WHOLE.count(chr(10)) + 2}: tracking: unknown key "tap", did you mean "taps"?'],
        ),
        ({MESSAGE: TITLED + "utm: {campaign: spring}\n"}, []),
        ({MESSAGE: TITLED + "utm: false\n"}, []),
        (
            {MESSAGE: TITLED + "utm: {term: spring}\n"},
            [f"{MESSAGE}:4: utm: expected false, or texts named source, medium, campaign, content"],
        ),
        ({MESSAGE: TITLED + "fallback_after: 2 hours\n"}, []),
        (
            {MESSAGE: TITLED + "fallback_after: soon\n"},
            [f'{MESSAGE}:4: fallback_after: expected a duration like "90 minutes", "1 hour" or "7 days", found "soon"'],
        ),
        (
            {MESSAGE: TITLED + "fallback_after: 4\n"},
            ['found 4: of what? "4 minutes", "4 hours" and "4 days" are durations'],
        ),
        (
            {MESSAGE: TITLED + "fallback_after: 2 hours\n", "journeys/hello.yaml": STEPS.format(via="sms, email")},
            ['steps.0: nobody would hear of an answer by "sms": it never falls back'],
        ),
        ({MESSAGE: TITLED + "fallback_after: 2 hours\n", "journeys/hello.yaml": STEPS.format(via="sms")}, []),
        (
            {
                "journeys/hello.yaml": STEPS.format(via="sms, email, push") + "    fallback_after: 1 hour\n",
                "messages/hello/push.yaml": "title: Hello\nbody: Hello\n",
            },
            ["fallback_after: nobody would hear of an answer by sms: what goes there goes nowhere else"],
        ),
    ],
    ids=str,
)
def test_check_says_what_cannot_be_heard_or_read(
    tmp_path: Path, changes: dict[str, str | None], said: list[str]
) -> None:
    found = [one for one in told(tmp_path, {**BOTH, **changes}) if not one.startswith("messages/hello/email.mjml")]

    assert len(found) == len(said), found
    assert all(found[n].endswith(words) for n, words in enumerate(said)), found


def test_the_artefact_says_it_all(tmp_path: Path) -> None:
    own = TITLED + "utm: {campaign: spring}\nfallback_after: 2 hours\n"
    changes = {**BOTH, MESSAGE: own, "brand.yaml": WHOLE + "tracking: {utm: true}\n"}
    build_playbook(write_playbook(tmp_path / "source", changes), tmp_path / "built")
    plain: dict[str, Any] = json.loads((tmp_path / "built" / "playbook.json").read_text())
    playbook = load(tmp_path / "built")

    assert plain["brand"]["tracking"] == {"utm": True}
    assert plain["messages"]["hello"]["utm"] == {"campaign": "spring"}
    assert playbook.fallbacks == {"hello": 2 * HOUR}
    assert getattr(playbook.journeys["hello"].program["0"].step, "fallback_after", None) == 2 * HOUR
