"""What ``carillon check`` says of the policy's rules of consent: faults with a suggestion, and journeys gone mute."""

from pathlib import Path

import pytest

from infra.playbook.build import review_playbook
from tests.unit.infra.playbook.test_check_warnings import CART, journey, warned
from tests.unit.infra.playbook_folder import write_playbook

TOPICS = "topics:\n  news: {title: News, default: true}\n"
SENDS = "topic: news\nsteps: [{send: hello, via: [sms]}]"


def policy(rules: str) -> dict[str, str | None]:
    return {"policy.yaml": f"{TOPICS}consent:\n  {rules}\n"}


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (
            "mail: {default: false}",
            'consent.mail: expected one of "email", "sms", "push", "whatsapp", "webhook", found "mail"',
        ),
        ("sms: {defualt: false}", 'consent.sms: unknown key "defualt", did you mean "default"?'),
        ("sms: {default: no}", "consent.sms.default: expected true or false"),
        ("sms: {double_opt_in: helo}", 'consent.sms.double_opt_in: there is no message "helo", did you mean "hello"?'),
        ("sms: {double_opt_in: true}", "says not by which message: give the name of the one with the link, or false"),
        ("email: {double_opt_in: hello}", 'the message "hello" has nothing for email; it has "sms"'),
        ("sms: {lapses_after: 2 years}", "consent.sms.lapses_after: expected a duration"),
        (
            "sms: {countries: {Germany: {default: false}}}",
            'is not the two capital letters of a country, did you mean "DE"',
        ),
        ("sms: {countries: {DE: {countries: {}}}}", 'consent.sms.countries.DE: unknown key "countries"'),
        ("sms: false", "consent.sms: expected a mapping, found false"),
    ],
)
def test_a_faulty_rule_is_told_with_its_path_and_what_was_meant(tmp_path: Path, rules: str, fault: str) -> None:
    faults = review_playbook(write_playbook(tmp_path, policy(rules))).faults
    assert len(faults) == 1
    assert str(faults[0]).startswith("policy.yaml:")
    assert fault in str(faults[0])


def test_a_message_that_confirms_may_read_nothing_of_an_event(tmp_path: Path) -> None:
    changes = policy("sms: {double_opt_in: hello}") | {
        "messages/hello/sms.txt": "{{ entry.properties.code }} {{ links.confirm }}\n",
        "messages/hello/example.json": '{"traits": {}, "entry": {"properties": {"code": "7"}}}',
    }
    (fault,) = review_playbook(write_playbook(tmp_path, changes)).faults
    assert '"hello" reads entry.properties.code (messages/hello/sms.txt:1), and no event begins' in str(fault)


def told(folder: Path, rules: str, **changes: str) -> list[str]:
    lines = warned(folder, policy(rules) | {CART: journey(purpose="marketing", **{"rest": SENDS, **changes})})
    return [line for line in lines if line.startswith((CART, "policy.yaml"))]


def test_a_journey_that_a_rule_makes_mute_is_told(tmp_path: Path) -> None:
    (warning,) = told(tmp_path, "sms: {default: false}")
    assert "journeys/cart.yaml:3: warning: topic: is heard of by nobody but who said yes" in warning


@pytest.mark.parametrize(
    "rules", ["sms: {default: false, countries: {FR: {default: true}}}", "email: {default: false}"]
)
def test_a_journey_that_somebody_hears_is_not(tmp_path: Path, rules: str) -> None:
    assert told(tmp_path, rules) == []


@pytest.mark.parametrize(
    ("enter", "is_told"),
    [
        ("{on: Subscribed}", True),
        ("{on: Subscribed, where: {properties.confirmed: true}}", False),
        ("{on: Checked}", False),
    ],
)
def test_a_welcome_that_comes_before_the_confirmation_is_told(tmp_path: Path, enter: str, *, is_told: bool) -> None:
    warnings = told(tmp_path, "sms: {double_opt_in: hello}", enter=enter)
    assert ["begins before the yes to sms is confirmed" in warning for warning in warnings] == [True] * is_told


def test_a_country_without_a_rule_of_its_own_is_told(tmp_path: Path) -> None:
    (warning,) = told(tmp_path, "push: {default: false, countries: {FR: {default: false}}}")
    assert "consent.push.countries.FR: changes nothing: it is so everywhere" in warning


def test_a_message_that_confirms_is_one_that_is_sent(tmp_path: Path) -> None:
    sure: dict[str, str | None] = {
        "messages/sure/message.yaml": "title: Sure\n",
        "messages/sure/sms.txt": "{{ links.confirm }}\n",
    }
    sure |= {"messages/sure/example.json": "{}"}
    unused = "no journey sends this message"
    assert any(unused in line for line in warned(tmp_path / "a", policy("sms: {default: true}") | sure))
    assert not any(unused in line for line in warned(tmp_path / "b", policy("sms: {double_opt_in: sure}") | sure))
