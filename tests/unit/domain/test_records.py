"""Records changed by copying, and runs of which the live ones are at hand."""

from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from typing import Any

import pytest

from shared.domain.journeys.live_runs import Runs
from shared.domain.profiles import Profile, Run
from shared.domain.records import changed, quick
from tests.builders import NOON, a_profile


def a_run(**changes: Any) -> Run:
    defaults: dict[str, Any] = {"id": "r", "journey": "j", "key": None, "version": "v", "entered_at": NOON}
    return Run(**(defaults | changes))


def test_a_changed_record_is_what_replace_makes_of_it_and_the_first_stays_as_it_was() -> None:
    run, profile = a_run(), a_profile()
    assert changed(run, position="1", wait_until=NOON) == replace(run, position="1", wait_until=NOON)
    assert changed(profile, traits={}, wake_at=1) == replace(profile, traits={}, wake_at=1)
    assert changed(run) == run
    assert (run, profile) == (a_run(), a_profile())
    assert isinstance(changed(profile), Profile)


def test_a_field_that_a_record_has_not_is_not_set() -> None:
    with pytest.raises(KeyError, match="color"):
        changed(a_run(), color="red")


def test_a_record_that_checks_itself_is_not_copied_past_its_check() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        low: int
        high: int

        def __post_init__(self) -> None:
            raise NotImplementedError

    with pytest.raises(TypeError, match="Checked"):
        changed(object.__new__(Checked), low=1)


def test_the_live_runs_are_those_that_have_not_ended_in_order() -> None:
    runs = Runs({"a": a_run(id="a"), "b": a_run(id="b", ended_at=NOON), "c": a_run(id="c")})
    assert list(runs.live) == ["a", "c"]
    runs["d"] = a_run(id="d")
    runs["a"] = changed(runs["a"], position="2")
    runs["c"] = changed(runs["c"], ended_at=NOON)
    del runs["b"]
    assert list(runs) == ["a", "c", "d"]
    assert runs.live == {"a": runs["a"], "d": runs["d"]}
    del runs["d"]
    assert list(runs.live) == ["a"]


def test_runs_are_changed_in_no_way_that_the_live_ones_would_miss() -> None:
    runs = Runs({"a": a_run(id="a")})
    with pytest.raises(TypeError, match="ids"):
        runs.pop("a")
    with pytest.raises(TypeError, match="ids"):
        runs.update({"b": a_run(id="b")})


@dataclass(frozen=True, slots=True)
class Usual:
    a: int
    b: list[int] = field(default_factory=list)
    c: str = "c"
    d: int = field(default=4, kw_only=True)


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    a: int
    b: list[int] = field(default_factory=list)
    c: str = "c"
    d: int = field(default=4, kw_only=True)


@pytest.mark.parametrize(
    ("values", "named"),
    [((1,), {}), ((1, [2]), {}), ((1, [2], "x"), {"d": 5}), ((), {"a": 1, "c": "y"}), ((), {}), ((1, [], "", 4), {})],
)
def test_a_record_made_quickly_is_made_as_usual(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    def made(kind: Any) -> Any:
        try:
            return asdict(kind(*values, **named))
        except TypeError:
            return TypeError

    assert made(Quick) == made(Usual)


def test_a_record_made_quickly_is_frozen_and_shares_nothing() -> None:
    record = Quick(1)
    with pytest.raises(FrozenInstanceError):
        record.a = 2  # type: ignore[misc]
    assert record.b is not Quick(1).b
    assert record == Quick(1) == replace(Quick(2), a=1)


def test_only_plain_records_are_made_quickly() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        a: int

        def __post_init__(self) -> None:
            raise NotImplementedError

    with pytest.raises(TypeError, match="Checked"):
        quick(Checked)
