"""Conditions, events and people of few values, so that they meet: for whatever must answer like ``holds``."""

from enum import StrEnum
from typing import Final

from hypothesis import strategies as st

from shared.domain.conditions.operators import Operator, TimeOperator
from shared.domain.conditions.paths import Listed, Path
from shared.domain.conditions.trees import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Did,
    Exists,
    InJourney,
    Near,
    Not,
    Scope,
    Sum,
)
from shared.domain.timing import HOUR, format_instant
from tests.builders import NOON, an_event


class Said(StrEnum):
    """A text of another type, as our own announcements may bring."""

    A = "a"


LITERALS: Final = ["a", "A", "b", "ab", "", 0, 1, 2, -1, 20, 20.0, 0.5, 1e300, 10**30, 10**400, True, False,
                   float("inf"), float("nan"), format_instant(NOON), "2026-11-02", "\ud800'\"\\\n"]  # fmt: skip
LITERAL: Final = st.sampled_from(LITERALS)
PARTS: Final = st.sampled_from([("x",), ("y",), ("x", "y"), ("x", "0"), ("x", "*"), ("x", "*", "y"), ("x", "y", "x")])
PATH: Final = st.builds(Path, st.sampled_from(["properties", "traits", "context", "entry"]), PARTS) | st.just(
    Path("event", ())
)
VALUES: Final = [*LITERALS, None, Said.A, [], ["a", 1], [{"y": "a"}, {"y": 20}], [True, [1]], {"y": 1}, {"*": "a"},
                 {"x": None, "y": {"x": "b"}}, {"0": "a"}]  # fmt: skip
FIELDS: Final = st.dictionaries(st.sampled_from(["x", "y", "*"]), st.sampled_from(VALUES), max_size=3)
OTHER: Final = (
    LITERAL
    | st.lists(LITERAL, max_size=4).map(tuple)
    | PATH
    | st.lists(LITERAL | PATH, min_size=1, max_size=3).map(tuple).map(Listed)
)
LEAF: Final[st.SearchStrategy[Condition]] = (
    st.builds(Compare, PATH, st.sampled_from(Operator), OTHER)
    | st.builds(Compare, PATH, st.just(Operator.IS), LITERAL)
    | st.builds(Compare, PATH, st.just(Operator.IN), st.lists(LITERAL, max_size=4).map(tuple))
    | st.builds(Compare, PATH, st.sampled_from(["above", "at_least", "below", "at_most"]).map(Operator), LITERAL)
    | st.builds(Exists, PATH)
    | st.builds(Near, PATH, st.sampled_from(TimeOperator), st.just(HOUR))
    | st.builds(Did, st.sampled_from(["k", "none"]), st.just(("E",)), st.just(HOUR), st.just(1), st.none())
    | st.just(Sum("t", ("E",), Path("properties", ("x",)), HOUR, ((Operator.ABOVE, 1),)))
    | st.just(InJourney("j"))
)
CONDITION: Final[st.SearchStrategy[Condition]] = st.recursive(
    LEAF,
    lambda below: (
        below.map(Not)
        | st.lists(below, max_size=4).map(tuple).map(AllOf)
        | st.lists(below, max_size=3).map(tuple).map(AnyOf)
    ),
    max_leaves=6,
)
SCOPE: Final = st.builds(
    lambda event, traits, entry, did: Scope(
        NOON, traits=traits, event=event, entry=entry, aggregates={"k": (NOON,)} if did else {}
    ),
    st.none()
    | st.builds(
        lambda name, properties, context: an_event(name, properties=properties, context=context),
        st.sampled_from(["a", "b"]),
        FIELDS,
        FIELDS,
    ),
    FIELDS,
    FIELDS,
    st.booleans(),
)
