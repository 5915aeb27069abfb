"""`via` and policy: on which channel a message goes, what holds it, for how long, and what drops it."""

from typing import Any

import pytest

from shared.domain.timing import DAY, HOUR, MINUTE, SECOND, Duration
from tests.unit.language.public_way import FILES, HEAD, Told, event, faults_of, person, simulate

END = 20 * DAY
EVERYWHERE = {"phone": "+353861234567", "push_token": "t1"}


def told(*lines: Any, policy: str = "", via: str = "[push, sms, email]", head: str = HEAD, assumed: bool = True,
         steps: str = "", until: Duration = END, **others: str) -> Told:  # fmt: skip
    files = {
        "policy.yaml": FILES["policy.yaml"] + policy,
        "journeys/j.yaml": head + (steps or f"steps: [{{send: hello, via: {via}}}]\n"),
        **{f"journeys/{name}.yaml": text for name, text in others.items()},
    }
    return simulate(files, *lines, until=until, assumed=assumed)


# --- via -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "via", "channel"),
    [
        (EVERYWHERE, "[push, sms, email]", "push"),
        (EVERYWHERE, "[email, push]", "email"),
        ({}, "[push, sms, email]", "email"),
        ({"phone": "+353861234567"}, "[push, sms, email]", "sms"),
        ({"phone": "nonsense"}, "[push, sms, email]", "email"),
        ({"phone": 353861234567}, "[sms, email]", "email"),
    ],
)
def test_via_is_an_order_of_preference_among_what_reaches_the_person(
    traits: dict[str, Any], via: str, channel: str
) -> None:
    assert told(person(-1, **traits), event("Start"), via=via).of("send", "channel") == [channel]


@pytest.mark.parametrize(
    ("lines", "purpose", "outcome"),
    [
        ([], "marketing", "push"),
        ([event("Unsubscribed", -1)], "marketing", "no_consent"),
        ([event("Unsubscribed", -1, channel="push")], "marketing", "sms"),
        ([event("Unsubscribed", -1, topic="offers")], "marketing", "push"),
        ([event("Unsubscribed", -1)], "transactional", "push"),
        ([event("Message Bounced", -1, channel="push", hard=True, address="t1")], "transactional", "sms"),
        ([event("Message Complained", -1, channel="sms", address="+353861234567")], "transactional", "push"),
        ([event("Unsubscribed", 0)], "marketing", "no_consent"),
    ],
)
def test_marketing_asks_for_consent_and_nothing_ignores_a_dead_address(
    lines: list[Any], purpose: str, outcome: str
) -> None:
    head = HEAD if purpose == "marketing" else "purpose: transactional\nenter: {on: Start}\n"
    found = told(person(-2, **EVERYWHERE), *lines, event("Start"), head=head)
    assert found.of("send", "channel") + found.of("dropped", "reason") == [outcome]


@pytest.mark.parametrize(
    ("traits", "lines", "reason"),
    [
        ({"email": None}, [], "no_address"),
        ({"email": "nonsense"}, [], "no_address"),
        ({}, [event("Message Bounced", -1, channel="email", hard=True, address="u1@example.com")], "suppressed"),
        ({}, [event("Unsubscribed", -1)], "no_consent"),
    ],
)
def test_what_can_go_nowhere_is_dropped_with_a_reason_and_the_run_goes_on(
    traits: dict[str, Any], lines: list[Any], reason: str
) -> None:
    steps = "steps: [{send: hello, via: [push, email]}, {wait: 1 hour}, {exit: over}]\n"
    found = told(person(-2, **traits), *lines, event("Start"), steps=steps)
    assert found.of("dropped", "message", "reason", "at") == [("hello", reason, 0)]
    assert found.exits == [("over", HOUR)]


@pytest.mark.parametrize(("assumed", "kind"), [(True, "send"), (False, "dropped")])
def test_everyone_consents_unless_the_policys_real_defaults_are_asked_for(assumed: bool, kind: str) -> None:
    found = told(person(-1), event("Start"), head=HEAD.replace("news", "offers"), assumed=assumed)
    assert [row["type"] for row in found.rows] == ["journey_entered", kind, "journey_exited"]


# --- quiet hours -----------------------------------------------------------------------------------------------------

NIGHT = 'quiet_hours: {email: {from: "20:00", until: "09:00"}}\n'


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        (8 * HOUR - 1, 8 * HOUR - 1),
        (8 * HOUR, 21 * HOUR),
        (12 * HOUR, 21 * HOUR),
        (21 * HOUR - 1, 21 * HOUR),
        (21 * HOUR, 21 * HOUR),
    ],
    ids=["just before from", "at from", "at midnight", "just before until", "at until"],
)
def test_quiet_from_inclusive_to_until_exclusive_holds_to_the_first_allowed_instant(
    at: Duration, sent: Duration
) -> None:
    found = told(person(-1), event("Start", at), policy=NIGHT, via="[email]")
    assert found.sent == [("hello", sent)]
    assert found.of("held", "at", "until", "reason", "channel") == (
        [] if at == sent else [(at, sent, "quiet_hours", "email")]
    )


@pytest.mark.parametrize(
    ("traits", "sent"),
    [
        ({"country": "FR"}, 14 * HOUR),  # there at 02:00 local, that is 01:00; until 03:00 local
        ({"country": "US", "state": "FL", "timezone": "America/New_York"}, 14 * HOUR + 30 * MINUTE),
        ({"country": "US", "state": "TX", "timezone": "America/Chicago"}, 13 * HOUR),
        ({"country": "FR", "state": "FL"}, 14 * HOUR),
        ({"country": "IE"}, 21 * HOUR),
        ({}, 21 * HOUR),
        ({"country": 5}, 21 * HOUR),
    ],
)
def test_quiet_hours_may_be_of_a_country_and_of_a_state(traits: dict[str, Any], sent: Duration) -> None:
    """All of them at 01:00 UTC."""
    policy = (
        'quiet_hours:\n  email:\n    from: "20:00"\n    until: "09:00"\n'
        '    countries: {FR: {from: "23:00", until: "03:00"}, US: {from: "22:00", until: "05:00"}}\n'
        '    us_states: {FL: {from: "20:00", until: "21:30"}}\n'
    )
    found = told(person(-1, **traits), event("Start", 13 * HOUR), policy=policy, via="[email]")
    assert found.sent == [("hello", sent)]


SPRING, AUTUMN = -218 * DAY - 11 * HOUR, -8 * DAY - 11 * HOUR
"""01:00 UTC on the days when Dublin's clocks go: 01:00 becomes 02:00, and 02:00 becomes 01:00."""


@pytest.mark.parametrize(
    ("hours", "at", "sent"),
    [
        # from 01:30, which is skipped: the instant of the change
        ('from: "01:30", until: "06:00"', SPRING - 1, SPRING - 1),
        ('from: "01:30", until: "06:00"', SPRING, SPRING + 4 * HOUR),
        # until 01:30, which is skipped: the instant of the change
        ('from: "22:00", until: "01:30"', SPRING - 1, SPRING),
        ('from: "22:00", until: "01:30"', SPRING, SPRING),
        # from 01:30, which comes twice: the first time
        ('from: "01:30", until: "06:00"', AUTUMN - 30 * MINUTE - 1, AUTUMN - 30 * MINUTE - 1),
        ('from: "01:30", until: "06:00"', AUTUMN - 30 * MINUTE, AUTUMN + 5 * HOUR),
        ('from: "01:30", until: "06:00"', AUTUMN + 10 * MINUTE, AUTUMN + 5 * HOUR),
        # until 01:30, which comes twice: the last time
        ('from: "22:00", until: "01:30"', AUTUMN - 30 * MINUTE, AUTUMN + 30 * MINUTE),
        ('from: "22:00", until: "01:30"', AUTUMN + 30 * MINUTE - 1, AUTUMN + 30 * MINUTE),
        ('from: "22:00", until: "01:30"', AUTUMN + 30 * MINUTE, AUTUMN + 30 * MINUTE),
    ],
)
def test_quiet_hours_on_the_days_when_clocks_change(hours: str, at: Duration, sent: Duration) -> None:
    found = told(
        person(at - 1, timezone="Europe/Dublin"),
        event("Start", at),
        policy=f"quiet_hours: {{email: {{{hours}}}}}\n",
        via="[email]",
        until=at + 3 * DAY,
    )
    assert found.sent == [("hello", sent)]


@pytest.mark.parametrize(
    ("reroute", "channel", "sent"), [("", "push", 21 * HOUR), (", reroute: true", "email", 12 * HOUR)]
)
def test_a_quiet_channel_holds_or_is_passed_over(reroute: str, channel: str, sent: Duration) -> None:
    found = told(
        person(-1, **EVERYWHERE),
        event("Start", 12 * HOUR),
        policy='quiet_hours: {push: {from: "20:00", until: "09:00"}}\n',
        steps=f"steps: [{{send: hello, via: [push, email]{reroute}}}]\n",
    )
    assert found.of("send", "channel", "at") == [(channel, sent)]


# --- caps ------------------------------------------------------------------------------------------------------------

CAP = "frequency_caps: [{channels: [email], purpose: marketing, at_most: 2, per: 1 hour}]\nexpire_after: 2 days\n"
KEYED = HEAD + "key: properties.n\n"


def test_a_caps_window_is_half_open_by_the_instant_of_sending() -> None:
    starts = [event("Start", at, n=at) for at in (0, 1, 2, HOUR - 1, HOUR + 1)]
    found = told(person(-1), *starts, policy=CAP, head=KEYED, via="[email]")
    assert [at for _, at in found.sent] == [0, 1, HOUR, HOUR + 1, 2 * HOUR]
    assert found.of("held", "at", "until", "reason") == [
        (2, HOUR, "frequency_cap"),
        (HOUR - 1, HOUR, "frequency_cap"),
        (HOUR, HOUR + 1, "frequency_cap"),
        (HOUR + 1, 2 * HOUR, "frequency_cap"),
    ]


@pytest.mark.parametrize(
    ("cap", "sent"),
    [
        ("{channels: [email], purpose: marketing, at_most: 1, per: 1 hour}", [("bye", 0), ("hello", 1)]),
        ("{channels: [email], at_most: 1, per: 1 hour}", [("bye", 0), ("hello", HOUR)]),
        ("{channels: [sms], at_most: 1, per: 1 hour}", [("bye", 0), ("hello", 1)]),
        ("{channels: [sms, email], at_most: 1, per: 1 hour}", [("bye", 0), ("hello", HOUR)]),
    ],
)
def test_transactional_messages_ignore_caps_and_count_against_none_of_marketing(
    cap: str, sent: list[tuple[str, Duration]]
) -> None:
    receipt = "purpose: transactional\nenter: {on: Bought}\nsteps: [{send: bye, via: [email]}]\n"
    found = told(
        person(-1), event("Bought"), event("Start", 1), policy=f"frequency_caps: [{cap}]\n", via="[email]",
        receipt=receipt,
    )  # fmt: skip
    assert found.sent == sent


def test_of_what_is_due_at_one_instant_the_higher_priority_goes_then_the_longer_due_then_by_name() -> None:
    cap = "frequency_caps: [{channels: [email], at_most: 1, per: 1 hour}]\nexpire_after: 5 days\n"
    one = "steps: [{send: hello, via: [email]}]\n"
    found = told(
        person(-HOUR),
        event("Earlier", -MINUTE),
        event("Start", 0),
        policy=cap,
        head="purpose: transactional\npriority: 90\nenter: {on: Earlier}\n",
        steps="steps: [{send: bye, via: [email]}]\n",
        a=HEAD + "priority: 50\n" + one,
        b=HEAD + "priority: 90\n" + one,
        c=HEAD + "priority: 50\n" + one,
        d=HEAD.replace("{on: Start}", "{on: Earlier}") + "priority: 50\n" + one,
        e=HEAD + "priority: 0\n" + one,
    )
    order = ["j", "b", "d", "a", "c", "e"]
    assert found.of("send", "journey") == order
    assert [at for _, at in found.sent] == [-MINUTE + number * HOUR for number in range(len(order))]


# --- expiry, and that nothing is lost --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expire", "sent", "dropped"),
    [
        ("expire_after: 13 hours\n", [("hello", 21 * HOUR)], []),
        ("expire_after: 12 hours\n", [], [("expired", 8 * HOUR)]),
        ("expire_after: 1 second\n", [], [("expired", 8 * HOUR)]),
        ("", [("hello", 21 * HOUR)], []),
    ],
)
def test_a_hold_that_must_outlast_expiry_is_dropped_as_soon_as_that_is_certain(
    expire: str, sent: list[Any], dropped: list[Any]
) -> None:
    found = told(person(-1), event("Start", 8 * HOUR), policy=NIGHT + expire, via="[email]")
    assert (found.sent, found.of("dropped", "reason", "at")) == (sent, dropped)


def test_a_held_message_expires_after_24_hours_unless_told_otherwise() -> None:
    cap = "frequency_caps: [{channels: [email], at_most: 1, per: 25 hours}]\n"
    starts = [event("Start", 0, n=1), event("Start", HOUR - 1, n=2), event("Start", HOUR, n=3)]
    found = told(person(-1), *starts, policy=cap, head=KEYED, via="[email]")
    assert found.sent == [("hello", 0), ("hello", 25 * HOUR)]
    assert found.of("dropped", "reason", "at") == [("expired", HOUR - 1)]


def test_the_run_stays_at_its_step_until_then_and_what_follows_counts_from_it() -> None:
    steps = "steps: [{send: hello, via: [email]}, {wait: 1 hour}, {exit: over}]\n"
    found = told(person(-1), event("Start", 12 * HOUR), policy=NIGHT, steps=steps)
    assert found.exits == [("over", 22 * HOUR)]


def test_what_is_held_when_its_run_ends_is_dropped_with_a_reason() -> None:
    found = told(
        person(-1), event("Start", 12 * HOUR), event("Stop", 13 * HOUR), policy=NIGHT, head=HEAD + "exit: {on: Stop}\n"
    )
    assert (found.sent, found.of("dropped", "reason"), found.exits) == ([], ["run_ended"], [("exit_event", 13 * HOUR)])


def test_without_its_sections_policy_restricts_nothing() -> None:
    starts = [event("Start", 12 * HOUR + second * SECOND, n=second) for second in range(30)]
    found = told(person(-1), *starts, head=KEYED)
    assert len(found.sent) == 30
    assert not found.of("held", "reason")


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        ("quiet_hours: {email: {from: '20:00'}}\n", "quiet_hours.email.until"),
        ("quiet_hours: {mail: {from: '20:00', until: '09:00'}}\n", "quiet_hours.mail"),
        ("quiet_hours: {email: {from: '20:00', until: '20:00'}}\n", "quiet_hours.email"),
        ("quiet_hours: {email: {from: '8pm', until: '09:00'}}\n", "quiet_hours.email.from"),
        ("frequency_caps: [{channels: [email], at_most: 0, per: 1 day}]\n", "frequency_caps.0.at_most"),
        ("frequency_caps: [{channels: [email], at_most: 1}]\n", "frequency_caps.0.per"),
        ("frequency_caps: [{channels: [], at_most: 1, per: 1 day}]\n", "frequency_caps.0.channels"),
        ("frequency_caps: {email: 1}\n", "frequency_caps"),
        ("expire_after: soon\n", "expire_after"),
        ("expire_afer: 1 day\n", 'unknown key "expire_afer", did you mean "expire_after"'),
    ],
)
def test_a_faulty_policy_is_told_where(policy: str, place: str) -> None:
    faults = faults_of({"policy.yaml": FILES["policy.yaml"] + policy})
    assert any(fault.startswith("policy.yaml:2: ") and place in fault for fault in faults), faults


# --- a message's own condition ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "sent", "ended"),
    [
        ([], [21 * HOUR], []),
        ([person(1, wants=False)], [], [12 * HOUR]),  # when it was due
        ([person(13 * HOUR, wants=False)], [], [21 * HOUR]),  # held, and asked again at its release
        ([person(13 * HOUR, wants=False), person(14 * HOUR, wants=True)], [21 * HOUR], []),
        ([person(13 * HOUR, wants="yes")], [], [21 * HOUR]),
        ([person(13 * HOUR, wants=None)], [], [21 * HOUR]),
    ],
)
def test_a_messages_condition_is_looked_at_when_it_is_due_and_again_when_it_is_sent(
    lines: list[Any], sent: list[Duration], ended: list[Duration]
) -> None:
    steps = "steps: [{send: hello, via: [email], if: {traits.wants: true}}, {exit: over}]\n"
    start = event("Start", 12 * HOUR)
    lives = sorted([person(-1, wants=True), *lines, start], key=lambda line: line["timestamp"])
    found = told(*lives, policy=NIGHT, steps=steps)
    assert [at for _, at in found.sent] == sent
    assert found.of("dropped", "reason", "at") == [("condition", at) for at in ended]
    assert [at for _, at in found.exits] == (sent or ended)


# --- via: all, via: best ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "lines", "channels"),
    [
        (EVERYWHERE, [], ["email", "push", "sms"]),
        ({}, [], ["email"]),
        (EVERYWHERE, [event("Unsubscribed", -1, channel="sms")], ["email", "push"]),
        (EVERYWHERE, [event("Message Bounced", -1, channel="push", hard=True, address="t1")], ["email", "sms"]),
        (EVERYWHERE, [event("Unsubscribed", -1)], []),
        ({"email": None}, [], []),
    ],
)
def test_via_all_sends_on_every_channel_that_may_be_used_and_drops_the_others_with_a_reason(
    traits: dict[str, Any], lines: list[Any], channels: list[str]
) -> None:
    found = told(person(-2, **traits), *lines, event("Start"), via="all")
    assert found.of("send", "channel") == channels
    assert sorted([*channels, *found.of("dropped", "channel")]) == ["email", "push", "sms"]
    assert None not in found.of("dropped", "reason")
    assert found.exits == [("completed", 0)]


@pytest.mark.parametrize(
    ("before", "channel"),
    [
        (None, "email"),  # nothing is known of any
        (2 * DAY, "push"),  # a mail that was never answered
        (DAY - 1, "email"),  # which may yet be
    ],
)
def test_via_best_lets_a_channel_fall_behind_that_the_person_never_answers(
    before: Duration | None, channel: str
) -> None:
    earlier = "purpose: transactional\nenter: {on: Earlier}\nsteps: [{send: bye, via: [email]}]\n"
    lines = [event("Earlier", -before)] if before else []
    found = told(person(-5 * DAY, **EVERYWHERE), *lines, event("Start"), via="best", earlier=earlier)
    assert found.of("send", "message", "channel")[-1] == ("hello", channel)


@pytest.mark.parametrize(
    ("lines", "sent"),
    [
        ([], [("email", 0), ("push", 4 * HOUR)]),
        ([event("Message Opened", 4 * HOUR - 1, message="hello")], [("email", 0)]),
        ([event("Message Clicked", 4 * HOUR - 1, message="hello", channel="email")], [("email", 0)]),
        ([event("Message Opened", HOUR, message="hello", machine=True)], [("email", 0), ("push", 4 * HOUR)]),
        ([event("Message Opened", HOUR, message="bye")], [("email", 0), ("push", 4 * HOUR)]),
        ([event("Message Opened", 4 * HOUR, message="hello")], [("email", 0), ("push", 4 * HOUR)]),
    ],
    ids=str,
)
def test_what_nobody_answers_goes_on_the_next_channel_exactly_then(lines: list[Any], sent: list[Any]) -> None:
    steps = "steps:\n  - {send: hello, via: [email, push], fallback_after: 4 hours}\n"
    found = told(person(-2, **EVERYWHERE), event("Start"), *lines, steps=steps)
    assert found.of("send", "channel", "at") == sent
    assert found.of("fell_back", "channel", "reason", "at") == [("email", "silence", 4 * HOUR)] * (len(sent) - 1)
    assert found.exits == [("completed", 0)]


def test_via_best_goes_only_where_it_may() -> None:
    found = told(person(-2, **EVERYWHERE), event("Unsubscribed", -1, channel="email"), event("Start"), via="best")
    assert found.of("send", "channel") == ["push"]
