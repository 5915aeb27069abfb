"""What ``carillon check`` warns of: a playbook that runs, and probably not as it is meant."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.playbook.build import build_playbook, review_playbook
from tests.unit.infra.playbook_folder import BRAND, HELLO, POLICY, write_playbook

CART = "journeys/cart.yaml"
STEPS = HELLO.partition("steps:\n")[0] + "steps:\n  - send: hello\n    via: [sms]\n"
SENT = "purpose: transactional\nenter: {on: %s}\nsteps: [{send: hello, via: [sms]}]\n"
MAIL = {
    "messages/hello/message.yaml": "title: Hello\nsubject: Hello\npreheader: Hello\n",
    "messages/hello/email.mjml": (
        "<mjml><mj-body><mj-section><mj-column><mj-text>{{ brand.postal_address }} "
        '<a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text>'
        "</mj-column></mj-section></mj-body></mjml>\n"
    ),
}


def warned(folder: Path, changes: dict[str, str | None]) -> list[str]:
    review = review_playbook(write_playbook(folder, changes))
    assert not review.faults
    return list(map(str, review.warnings))


def journey(
    *, enter: str = "{on: Checked}", rest: str = "steps: [{exit: done}]", purpose: str = "transactional"
) -> str:
    return f"purpose: {purpose}\nenter: {enter}\n{rest}\n"


def test_warnings_are_printed_and_pass_unless_strict(tmp_path: Path) -> None:
    folder = write_playbook(tmp_path, {CART: journey(enter="{on: Order Complete}")})
    line = 'journeys/cart.yaml:2: warning: enter.on: "Order Complete" is nearly "Order Completed" of the Segment spec: '

    result = CliRunner().invoke(app, ["check", "--playbook", str(folder)])
    strict = CliRunner().invoke(app, ["check", "--playbook", str(folder), "--strict"])

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{line}is that what you mean?",
        f"{tmp_path} is in order, with 1 warning: 2 journeys, 1 message",
    ]
    assert strict.exit_code == 1
    assert strict.stdout.splitlines() == [f"{line}is that what you mean?"]
    assert strict.stderr == f"1 warning in {tmp_path}\n"


def test_faults_and_warnings_are_told_together_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = journey(enter="{on: Order Complete}", rest="steps:\n- waits: 1 hour\n- emit: {event: order completed}")
    result = CliRunner().invoke(app, ["check", "--playbook", str(write_playbook(tmp_path, {CART: text}))])
    assert result.exit_code == 1
    assert [line.split(": ")[0:2] for line in result.stdout.splitlines()] == [
        ["journeys/cart.yaml:2", "warning"],
        ["journeys/cart.yaml:4", "steps.0"],
        ["journeys/cart.yaml:5", "warning"],
    ]
    assert result.stderr == f"1 fault and 2 warnings in {tmp_path}\n"


def test_a_build_returns_the_warnings_once(tmp_path: Path) -> None:
    folder = write_playbook(tmp_path / "source", {CART: journey(enter="{on: Order Complete}")})
    assert len(build_playbook(folder, tmp_path / "target")) == 1
    assert build_playbook(folder, tmp_path / "target") == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (journey(enter="{on: [Product Aded, Order Completed]}"), {"enter.on.0"}),
        (journey(rest="exit: {on: order completed}\nsteps: [{exit: done}]"), {"exit.on"}),
        (journey(rest="goal: {on: Order Complted, within: 1 day}\nsteps: [{exit: done}]"), {"goal.on"}),
        (journey(enter="{on: Checked, if: {did: {event: Cart Seen}}}"), set()),
        (journey(enter="{on: Checked, if: {did_not: {event: Carts Viewed}}}"), {"enter.if.did_not.event"}),
        (
            journey(enter="{on: Checked, if: {all: [{sum: {event: [Orders Completed], of: properties.a, above: 1}}]}}"),
            {"enter.if.all.0.sum.event.0"},
        ),
        (
            journey(
                rest="steps:\n- if: {traits.a: 1}\n"
                "  then: [{await: {on: Message Send}, timeout: 1 day, then: [{exit: x}]}]"
            ),
            {"steps.0.then.0.await.on"},
        ),
        (journey(rest="steps: [{emit: {event: Stocked}}]"), set()),
        (journey(rest="steps: [{emit: {event: product viewed}}]"), {"steps.0.emit.event"}),
        (journey(rest='steps: [{wait: {until: "09:00", on: [mon]}}]'), set()),
    ],
)
def test_a_name_that_is_nearly_one_of_the_spec_is_told_wherever_it_stands(
    tmp_path: Path, text: str, places: set[str]
) -> None:
    assert {line.split(": ")[2] for line in warned(tmp_path, {CART: text}) if "is nearly" in line} == places


@pytest.mark.parametrize(
    ("event", "within", "is_long"),
    [
        ("Order Completed", "365 days", False),
        ("Order Completed", "600 days", True),
        ("Points Earned", "365 days", False),
        ("Product Viewed", "5 days", False),
        ("Product Viewed", "6 days", True),
        ("[Order Completed, Product Added]", "30 days", True),
        ("Product Viewed", None, False),
    ],
)
def test_a_sum_that_may_outgrow_what_is_kept_is_told(
    tmp_path: Path, event: str, within: str | None, *, is_long: bool
) -> None:
    window = f", within: {within}" if within else ""
    condition = f"{{sum: {{event: {event}, of: properties.value, above: 1{window}}}}}"
    lines = warned(tmp_path, {CART: journey(enter=f"{{on: Checked, if: {condition}}}")})
    assert bool(lines) == is_long
    assert all("enter.if.sum.within: a person may do this more than 256 times within" in line for line in lines)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"policy.yaml": POLICY + "  sale: {}\n"},
            ["policy.yaml:3: warning: topics.sale: no journey is about this topic"],
        ),
        (
            {
                "policy.yaml": POLICY + "  sale: {}\n",
                CART: journey(enter="{on: Checked, if: {consents: {channel: sms, topic: sale}}}"),
            },
            [],
        ),
        (
            {
                f"messages/bye/{name}": text
                for name, text in {"message.yaml": "title: Bye\n", "sms.txt": "Bye\n", "example.json": "{}\n"}.items()
            },
            ["messages/bye/message.yaml:1: warning: no journey sends this message"],
        ),
        (
            {CART: SENT % "Message Sent"},
            ['journeys/cart.yaml:2: warning: enter.on: answers itself: it enters on "Message'],
        ),
        ({CART: SENT % "Message Clicked"}, []),
        ({CART: SENT.replace("{on: %s}", "{on: Message Sent, where: {properties.message: bye}}")}, []),
        ({CART: "reenter: never\n" + SENT % "Message Sent"}, []),
        (
            {CART: journey(enter="{on: Journey Completed}")},
            ['enters on "Journey Completed", which every run of it causes'],
        ),
        (
            {CART: journey(enter="{on: Asked}", rest="steps: [{emit: {event: Asked}}]")},
            ['enters on "Asked", which it emits'],
        ),
        (
            {**MAIL, "journeys/hello.yaml": STEPS.replace("sms", "email")},
            ["brand.yaml:1: warning: `from` is missing", "brand.yaml:1: warning: `postal_address` is missing"],
        ),
        (
            {
                **MAIL,
                "journeys/hello.yaml": STEPS.replace("sms", "email"),
                "brand.yaml": BRAND + "from: a@example.com\npostal_address: 1 Mill Lane\n",
            },
            [],
        ),
        ({**MAIL, "journeys/hello.yaml": (SENT % "Checked").replace("sms", "email"), "policy.yaml": None}, []),
        ({**MAIL, "journeys/hello.yaml": STEPS}, []),
    ],
)
def test_what_is_unused_or_incomplete_is_told(tmp_path: Path, changes: dict[str, str | None], told: list[str]) -> None:
    lines = warned(tmp_path, changes)
    assert len(lines) == len(told), lines
    for line, words in zip(lines, told, strict=True):
        assert words in line


def test_a_misspelt_property_is_told_where_the_template_reads_it(tmp_path: Path) -> None:
    text = "Hello\n{{ entry.properties.name }}{% if entry.properties.quantiti is known %}!{% endif %}\n"
    example = '{"entry": {"properties": {"name": "Mug", "quantiti": 1}}}'
    lines = warned(tmp_path, {"messages/hello/sms.txt": text, "messages/hello/example.json": example})
    said = 'entry.properties.quantiti is nearly "quantity", which "Product Added" brings by the Segment spec'
    assert lines == [f"messages/hello/sms.txt:2: warning: {said}: is that what you mean?"]


def test_what_the_example_lacks_is_told_once(tmp_path: Path) -> None:
    review = review_playbook(
        write_playbook(tmp_path, {"messages/hello/sms.txt": "{{ entry.properties.quantiti }} {{ traits.firstName }}\n"})
    )
    assert [fault.message for fault in review.faults] == ['example.json has no "entry.properties.quantiti"']
    assert review.warnings == []


def test_a_message_that_reads_what_people_do_not_bring_is_refused(tmp_path: Path) -> None:
    journey = HELLO.replace("key: properties.cart_id\n", "").replace(
        "on: Product Added", 'date: traits.birthday\n  at: "09:00"'
    )
    body = '<mj-text>{{ entry.properties.name }} <a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text>'
    changes: dict[str, str | None] = {
        "journeys/hello.yaml": journey.replace("sms", "email"),
        "messages/hello/example.json": '{"traits": {"firstName": "A"}, "entry": {"properties": {"name": "Mug"}}}',
        "messages/hello/message.yaml": "title: a\nsubject: a\npreheader: '{{ entry.properties.name | default(1) }}'\n",
        "messages/hello/email.mjml": (
            f"<mjml><mj-body><mj-section><mj-column>\n{body}\n</mj-column></mj-section></mj-body></mjml>\n"
        ),
    }
    review = review_playbook(write_playbook(tmp_path, changes))
    (fault,) = map(str, review.faults)
    assert fault.startswith(
        'journeys/hello.yaml:10: steps.1.send: "hello" reads entry.properties.name (messages/hello/'
    )
    assert "email.mjml:2), which is missing where people enter on a date: ask first with `is defined`, or" in fault
