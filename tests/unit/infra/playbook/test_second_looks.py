"""``check`` warns where a journey's own next step turns the condition under which a message was to go."""

from pathlib import Path

import pytest

from tests.unit.infra.playbook.test_check_warnings import CART, journey, warned

SEND = "{send: hello, via: [sms], if: %s}"
UNWELCOMED = "{traits.welcomed: {exists: false}}"
WELCOMED = "{set: {traits.welcomed: true}}"
SAID = (
    "journeys/cart.yaml:3: warning: steps.0.if: is asked again when the message is handed over, after the steps that "
    "follow it at once have changed %s: put an `if` step around both instead"
)


@pytest.mark.parametrize(
    ("condition", "after", "changed"),
    [
        (UNWELCOMED, WELCOMED, "traits.welcomed"),
        (UNWELCOMED, f"{{if: {{traits.vip: true}}, then: [{WELCOMED}]}}", "traits.welcomed"),
        ("{not: {traits.name: {path: traits.welcomed}}}", WELCOMED, "traits.welcomed"),
        ("{did_not: {event: Greeted}}", "{emit: {event: Greeted}}", '"Greeted"'),
        (UNWELCOMED, f"{{wait: 1 hour}}, {WELCOMED}", None),
        (UNWELCOMED, "{set: {traits.other: true}}", None),
        ("{did: {event: Greeted}}", "{emit: {event: Other}}", None),
        (UNWELCOMED, "{exit: done}", None),
    ],
)
def test_what_the_next_steps_change_is_told(tmp_path: Path, condition: str, after: str, changed: str | None) -> None:
    steps = f"steps: [{SEND % condition}, {after}]"
    told = [line for line in warned(tmp_path, {CART: journey(rest=steps)}) if "asked again" in line]
    assert told == ([SAID % changed] if changed else [])
