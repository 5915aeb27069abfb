"""Random conditions over random lives: who is in which segment at every instant, as brute force says it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.conditions.trees import judge
from shared.domain.decide import decide
from shared.domain.draft import Draft
from shared.domain.events import Event, EventType, Trust
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, HOUR, SECOND, format_instant
from shared.services.simulate import Simulation
from tests.builders import NOON, an_event
from tests.stories import plain_playbook
from tests.unit.language.brute_force import Happening, Life
from tests.unit.language.brute_runs import Teller

SPAN = 8
"""Everything happens within so many seconds, and windows last as long, so that their edges meet."""


GRANTED = frozenset({"news"})

# --- what is asked ---------------------------------------------------------------------------------------------------

SECONDS = st.integers(1, SPAN).map(lambda count: f"{count} seconds")
WINDOWS = st.one_of(SECONDS, SECONDS, SECONDS, st.none())
NAMES = st.sampled_from(["A", "B", ["A", "B"], ["B", "C"]])
OF_AN_EVENT = st.sampled_from(
    [
        {"properties.n": 1},
        {"properties.n": {"at_least": 1}},
        {"properties.n": {"below": 2}},
        {"properties.n": {"is_not": 1}},
        {"properties.n": {"not_in": [1, "x"]}},
        {"properties.n": {"exists": True}},
        {"properties.n": {"starts_with": "x"}},
        {"properties.n": {"contains": 1}},
        {"properties.list.*.k": 2},
        {"properties.list.0.k": {"above": 1}},
        {"properties.n": {"path": "properties.m"}},
        {"not": {"properties.n": {"above": 0}, "event": "A"}},
        {"any": [{"event": "B"}, {"properties.m": {"in": [0.1, 0.2]}}]},
    ]
)


def _asked(**parts: Any) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value is not None}


@st.composite
def dids(draw: Any) -> dict[str, Any]:
    least = draw(st.sampled_from([None, None, 1, 2, 3, 0]))
    most = draw(st.sampled_from([None, None, 0, 1, 2]))
    asked = _asked(
        event=draw(NAMES),
        within=draw(WINDOWS),
        where=draw(st.none() | st.none() | OF_AN_EVENT),
        at_least=least,
        at_most=None if most is None else most + (1 if least is None else least),
    )
    return {draw(st.sampled_from(["did", "did_not"])): asked}


@st.composite
def sums(draw: Any) -> dict[str, Any]:
    bound = st.sampled_from([0, 0.3, 1, 1.5, 2, -1])
    asked = _asked(
        event=draw(NAMES),
        of=draw(st.sampled_from(["properties.m", "properties.n", "properties.list.*.k"])),
        within=draw(WINDOWS),
        where=draw(st.none() | st.none() | OF_AN_EVENT),
    )
    names = draw(
        st.lists(st.sampled_from(["above", "at_least", "below", "at_most"]), min_size=1, max_size=2, unique=True)
    )
    return {"sum": asked | {name: draw(bound) for name in names}}


OF_A_PERSON = st.one_of(
    st.sampled_from(
        [
            {"traits.t": 1},
            {"traits.t": {"is_not": 1}},
            {"traits.t": [1, "x"]},
            {"traits.t": {"above": 1}},
            {"traits.t": {"exists": False}},
            {"traits.t": {"path": "traits.u"}},
            {"traits.u": {"starts_with": "x"}},
            {"traits.t": 1, "traits.u": "x"},
            {"traits.d": {"before": format_instant(NOON + 4 * SECOND)}},
            {"consents": {"channel": "email", "topic": "news"}},
            {"consents": {"channel": "sms", "topic": "offers"}},
        ]
    ),
    st.builds(
        lambda near, lasts: {"traits.d": {near: lasts}}, st.sampled_from(["within_last", "within_next"]), SECONDS
    ),
)


def combined(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        parts,
        lambda inner: (
            inner.map(lambda one: {"not": one})
            | st.lists(inner, min_size=2, max_size=3).map(lambda several: {"all": several})
            | st.lists(inner, min_size=2, max_size=3).map(lambda several: {"any": several})
        ),
        max_leaves=4,
    )


@st.composite
def segments(draw: Any) -> dict[str, dict[str, Any]]:
    """One or two, of which the later may ask about the first."""
    found: dict[str, dict[str, Any]] = {}
    for number in range(draw(st.integers(1, 2))):
        leaves = dids() | sums() | OF_A_PERSON | dids()
        if found:
            leaves |= st.sampled_from([{"segment": name} for name in found])
        found[f"s{number}"] = draw(combined(leaves))
    return found


# --- what happens ----------------------------------------------------------------------------------------------------

AT = st.builds(lambda seconds, near: seconds * SECOND + near, st.integers(0, SPAN), st.sampled_from([0, 0, 0, 1, -1]))
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "n": st.sampled_from([0, 1, 1.0, 2, "x", "1", True, [1, 2], None]),
        "m": st.sampled_from([0.1, 0.2, 1, -1, "1"]),
        "list": st.sampled_from([[{"k": 2}], [{"k": 1}, {"k": 2}], [], "no"]),
    },
)
TRAITS = st.fixed_dictionaries(
    {},
    optional={
        "t": st.sampled_from([1, 2, "x", None]),
        "u": st.sampled_from([1, "x", None]),
        "d": AT.map(lambda at: format_instant(NOON + at)) | st.sampled_from([None, "someday", "2026-11-02"]),
    },
)
STATEMENTS = st.sampled_from([{}, {"channel": "email"}, {"topic": "news"}, {"channel": "sms", "topic": "offers"}])


@st.composite
def lives(draw: Any) -> list[Happening]:
    """In the order of arrival; some late, some twice, several at one instant."""
    happenings: list[Happening] = []
    for number in range(draw(st.integers(1, 9))):
        at = NOON + draw(AT)
        arrives = at + draw(st.sampled_from([0, 0, 0, 1, SECOND, 3 * SECOND, 5 * SECOND]))
        name = draw(st.sampled_from(["A", "B", "A", "C", "User Identified", "Subscribed", "Unsubscribed"]))
        properties: Mapping[str, Any] = {}
        traits: Mapping[str, Any] = {}
        if name == "User Identified":
            if any(one.traits and one.at == at for one in happenings):
                continue  # of two at one instant, nothing says which is the later
            traits = draw(TRAITS)
        else:
            properties = draw(STATEMENTS if "ubscribed" in name else PROPERTIES)
        one = Happening(f"m{number}", name, at, arrives, properties, traits)
        happenings.append(one)
        if draw(st.sampled_from([False, False, False, True])):
            later = arrives + draw(st.sampled_from([0, SECOND, HOUR]))
            happenings.append(Happening(one.id, name, at, later, properties, traits))
    return sorted(happenings, key=lambda one: one.arrives)


def event_of(one: Happening) -> Event:
    kind = EventType.IDENTIFY if one.name == "User Identified" else EventType.TRACK
    return an_event(
        one.name, id=one.id, type=kind, at=one.at, received_at=one.arrives, properties=one.properties,
        traits=one.traits, trust=Trust.SYSTEM,
    )  # fmt: skip


def playbook_of(**parts: Any) -> Playbook:
    playbook, faults = read_playbook(plain_playbook(parts.get("journeys", {}), segments=parts.get("segments", {})))
    assert not faults, faults
    return playbook


# --- the properties --------------------------------------------------------------------------------------------------


@settings(max_examples=200)
@given(segments(), lives())
def test_people_are_in_segments_exactly_when_brute_force_says_so(
    asked: dict[str, dict[str, Any]], happenings: list[Happening]
) -> None:
    """At every instant at which anything could turn, by timers and by whatever arrives late, twice or all at once."""
    playbook = playbook_of(segments={name: {"if": condition} for name, condition in asked.items()})
    told: list[tuple[int, str, bool]] = []
    for _, one in Simulation(playbook).run([event_of(one) for one in happenings], NOON + DAY):
        if one.kind in {"segment_entered", "segment_left"}:
            told.append((one.at, one.details["segment"], one.kind == "segment_entered"))
    life = Life(happenings, asked, GRANTED)

    assert sorted(told) == sorted(expected_turns(life, happenings))


def expected_turns(life: Life, happenings: Sequence[Happening]) -> list[tuple[int, str, bool]]:
    """Each turn of each segment: first by time alone, then by each event that arrives at that instant."""
    turns: list[tuple[int, str, bool]] = []
    members = dict.fromkeys(life.segments, False)
    begins = happenings[0].arrives

    def look(at: int, known: int) -> None:
        for name, condition in life.segments.items():
            holds = life.holds(condition, at, known=known)
            if holds != members[name]:
                members[name] = holds
                turns.append((at, name, holds))

    known = 0
    for at in sorted(life.edges({})):
        if begins < at <= NOON + DAY:
            look(at, known)
        while known < len(happenings) and happenings[known].arrives == at:
            known += 1
            look(at, known)
    return turns


NO_MAIL = Happening("m0", "Unsubscribed", NOON, NOON, {"channel": "email"}, {})
YES_TO_ALL = Happening("m1", "Subscribed", NOON + 1, NOON + 1, {}, {})


@example({"consents": {"channel": "email", "topic": "news"}}, [NO_MAIL, YES_TO_ALL])
@settings(max_examples=400)
@given(combined(dids() | sums() | OF_A_PERSON), lives())
def test_a_verdict_and_the_instant_at_which_it_turns_are_exact(
    asked: dict[str, Any], happenings: list[Happening]
) -> None:
    """After every arrival: what holds now, and at every later edge; and the first instant at which time turns it."""
    journey = {
        "purpose": "transactional",
        "enter": {"on": "Never"},
        "exit": {"if": asked},
        "steps": [{"exit": "over"}],
    }
    playbook = playbook_of(journeys={"j": journey})
    condition = playbook.journeys["j"].exit_if
    assert condition is not None
    life = Life(happenings, granted=GRANTED)
    profile = Profile(id="u1")
    for index, one in enumerate(happenings):
        profile = decide(playbook, profile, [event_of(one)], one.arrives).profile
        if index % 3 and index + 1 < len(happenings):
            continue  # every third, and the last: the rest would only take time
        draft = Draft(playbook, profile)
        draft.clock = one.arrives
        scope = draft.scope()
        later = sorted(at for at in life.edges(asked) if at > one.arrives)
        verdicts = {at: life.holds(asked, at, known=index + 1) for at in (one.arrives, *later)}
        verdict = judge(condition, scope)
        assert verdict.holds is verdicts[one.arrives]
        assert verdict.flips_at == next((at for at in later if verdicts[at] is not verdict.holds), None)
        for at in later[:: max(1, len(later) // 20)]:
            assert judge(condition, scope.at(at)).holds is verdicts[at]
        if verdict.flips_at is not None:
            assert judge(condition, scope.at(verdict.flips_at - 1)).holds is verdict.holds
            assert judge(condition, scope.at(verdict.flips_at)).holds is not verdict.holds


# --- runs ------------------------------------------------------------------------------------------------------------

SENDS = st.sampled_from([{"send": "hello", "via": ["email"]}, {"send": "bye", "via": ["email"]}])
WAITS = SECONDS.map(lambda duration: {"wait": duration})


@st.composite
def branches(draw: Any) -> dict[str, Any]:
    block = st.lists(SENDS | WAITS | st.just({"exit": "left"}), min_size=1, max_size=1) | st.tuples(SENDS, WAITS).map(
        list
    )
    step: dict[str, Any] = {"if": draw(dids() | sums() | OF_A_PERSON), "then": draw(block)}
    return step | ({"else": draw(block)} if draw(st.booleans()) else {})


@st.composite
def journeys(draw: Any) -> dict[str, Any]:
    exits = _asked(
        **{
            "on": draw(st.none() | st.just(["B"]) | st.just(["B", "C"])),
            "if": draw(st.none() | st.none() | dids() | OF_A_PERSON),
        }
    )
    return _asked(
        purpose="transactional",
        key=draw(st.none() | st.just("properties.n")),
        enter={"on": "A"},
        exit=exits or None,
        reenter=draw(st.sampled_from([None, "always", "never", {"after": "2 seconds"}])),
        steps=draw(st.lists(SENDS | WAITS | WAITS | branches(), min_size=1, max_size=4)),
    )


def in_order_where_it_matters(journey: Mapping[str, Any], happenings: Sequence[Happening]) -> list[Happening]:
    """Entry events as they happen, unless nobody enters twice: of others the contract says not what they would do."""
    known = Happening("known", "User Identified", NOON - 2, NOON - 2, traits={"email": "ana@example.com"})
    on_time = [
        one if journey.get("reenter") == "never" or one.name != "A" else replace(one, at=one.arrives)
        for one in happenings
    ]
    return [known, *on_time]


@settings(max_examples=300)
@given(journeys(), lives())
def test_runs_go_as_brute_force_tells_them(journey: dict[str, Any], happenings: list[Happening]) -> None:
    """Who enters, what goes when, what ends it and what keeps others out: the same rows at the same instants."""
    lived = in_order_where_it_matters(journey, happenings)
    life = Life(lived, granted=GRANTED)
    end = NOON + DAY
    told = [
        (one.kind, one.at, *(one.details[name] for name in FIELDS[one.kind]))
        for _, one in Simulation(playbook_of(journeys={"j": journey})).run([event_of(one) for one in lived], end)
        if one.kind in FIELDS
    ]
    expected = Teller(life, journey).tell(life.edges(journey), end)

    assert told == [row[: 2 + len(FIELDS[row[0]])] for row in expected]


FIELDS: Mapping[str, tuple[str, ...]] = {
    "journey_entered": (),
    "entry_skipped": ("reason",),
    "send": ("message",),
    "journey_exited": ("reason",),
}
