"""A fault ends with what its author probably meant."""

from typing import Any

import pytest

from shared.domain.conditions.operators import Operator
from shared.domain.language import meanings
from shared.domain.locales import regions
from shared.domain.playbook import read_playbook
from shared.domain.timing import parse_duration


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1h", "1 hour"),
        ("1 hr", "1 hour"),
        ("30d", "30 days"),
        ("15 min.", "15 minutes"),
        ("2 Weeks", "2 weeks"),
        ("90s", "90 seconds"),
        ("day", "1 day"),
        ("an hour", "1 hour"),
        ("1.5 hours", "90 minutes"),
        ("0.5 weeks", "84 hours"),
    ],
)
def test_a_duration_is_known_by_other_spellings(written: str, meant: str) -> None:
    assert meanings.meant_duration(written) == f', did you mean "{meant}"?'
    assert parse_duration(meant) > 0


@pytest.mark.parametrize(
    ("written", "part"),
    [(60, '"60 minutes"'), ("1 month", "say how many days, such as 30 days"), ("2 years", "a year is not always")],
)
def test_what_is_no_duration_is_told_what_it_lacks(written: Any, part: str) -> None:
    assert part in meanings.meant_duration(written)


@pytest.mark.parametrize("written", ["soon", "-1 hour", "0 days", "1 fortnight", None, True, [], "1.0001 seconds"])
def test_no_duration_is_guessed(written: Any) -> None:
    assert not meanings.meant_duration(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("9am", "09:00"), ("10 PM", "22:00"), ("12am", "00:00"), ("12 p.m.", "12:00"), ("8:00", "08:00")],
)
def test_a_time_of_day_is_known_by_other_spellings(written: str, meant: str) -> None:
    assert meanings.meant_time_of_day(written) == f', did you mean "{meant}"?'


@pytest.mark.parametrize("written", ["25:00", "13pm", "noon", 9, "10:75"])
def test_no_time_of_day_is_guessed(written: Any) -> None:
    assert not meanings.meant_time_of_day(written)


@pytest.mark.parametrize(
    ("written", "meant"), [(0.2, "20%"), (5, "5%"), ("10", "10%"), (0.005, "0.5%"), ("200%", ""), (True, ""), ("x", "")]
)
def test_a_percentage_is_known_as_a_share(written: Any, meant: str) -> None:
    assert meanings.meant_percentage(written) == meanings.did_you_mean(meant)


def test_every_spelling_of_an_operator_leads_to_one_that_exists() -> None:
    assert set(meanings.OPERATOR_SPELLINGS.values()) <= set(Operator)
    assert not set(meanings.OPERATOR_SPELLINGS) & set(Operator)


@pytest.mark.parametrize(
    ("written", "meant"), [("UK", "GB"), ("France", "FR"), ("fr", "FR"), ("USA", "US"), ("Atlantis", "")]
)
def test_a_country_is_known_by_its_name(written: str, meant: str) -> None:
    assert regions.meant_country(written) == meanings.did_you_mean(meant)
    assert not regions.is_country(written)
    assert not meant or regions.is_country(meant)


@pytest.mark.parametrize(("written", "meant"), [("Florida", "FL"), ("tx", "TX"), ("Bavaria", "")])
def test_a_state_is_known_by_its_name(written: str, meant: str) -> None:
    assert regions.meant_state(written) == meanings.did_you_mean(meant)


JOURNEY: dict[str, Any] = {"purpose": "transactional", "enter": {"on": "Order Completed"}, "steps": [{"exit": "x"}]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"reenter": "7 days"}, "did you mean {after: 7 days}?"),
        ({"exit": "Order Completed"}, "did you mean {on: Order Completed}?"),
        ({"enter": "Order Completed"}, "did you mean {on: Order Completed}?"),
        ({"goal": "Order Completed"}, "did you mean {on: Order Completed}?"),
        ({"holdout": 0.2}, 'did you mean "20%"?'),
        ({"steps": [{"emit": "Thanked"}]}, "did you mean {event: Thanked}?"),
        ({"steps": [{"wait": {"until": "9am"}}]}, 'did you mean "09:00"?'),
        ({"steps": [{"if": [{"traits.a": 1}], "then": [{"exit": "x"}]}]}, "did you mean {all: […]}?"),
        ({"steps": [{"if": {"traits.a": {">=": 1}}, "then": [{"exit": "x"}]}]}, 'did you mean "at_least"?'),
        ({"steps": [{"if": {"did": "X"}, "then": [{"exit": "x"}]}]}, "did you mean {event: X}?"),
        ({"exit": {"when": {}, "on": "X"}}, '; known are "on", "if"'),
    ],
)
def test_a_fault_of_a_journey_says_it_once_and_how_to_mend_it(changes: dict[str, Any], told: str) -> None:
    _, faults = read_playbook({"journeys": {"probe": {**JOURNEY, **changes}}, "messages": {}, "policy": {}})
    assert [fault.message for _, fault in faults if told in fault.message] == [fault.message for _, fault in faults]
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({"countries": {"UK": {}}}, 'not the two capital letters of a country, did you mean "GB"?'),
        ({"us_states": {"Florida": {}}}, 'not the two capital letters of a US state, did you mean "FL"?'),
    ],
)
def test_quiet_hours_of_no_place_are_refused(place: dict[str, Any], told: str) -> None:
    hours = {"from": "20:00", "until": "08:00"}
    named = {kind: dict.fromkeys(places, hours) for kind, places in place.items()}
    policy = {"topics": {}, "quiet_hours": {"sms": {**hours, **named}}}
    _, faults = read_playbook({"journeys": {}, "messages": {}, "policy": policy})
    assert len(faults) == 1
    assert told in faults[0][1].message
