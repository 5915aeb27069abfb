"""Where in the playbook's files each aggregate is asked for, and in which words."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from infra.playbook.source import read_source
from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.language.condition_reader import ConditionReader
from shared.domain.language.reading import Faults

ASKING: Final = frozenset({"did", "did_not", "sum"})


class Asked(NamedTuple):
    """A condition on behaviour: its file and line, and what it asks."""

    place: str
    words: str


def asked_by(playbook: Path) -> Mapping[str, list[Asked]]:
    """Of each aggregate's and total's id, who asks for it in the playbook's folder."""
    found: dict[str, list[Asked]] = {}
    for name, file in sorted(read_source(playbook).files.items()):
        for path, plain in _conditions(file.value, ()):
            aggregates = Aggregates()
            ConditionReader(Faults(), aggregates).read({path[-1]: plain}, path[:-1])
            for id_ in (*aggregates.by_id, *aggregates.totals):
                found.setdefault(id_, []).append(Asked(f"{name}:{file.line_of(path)}", _words(path[-1], plain)))
    return found


def _conditions(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    below = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in below:
        place = (*path, str(key))
        if key in ASKING and isinstance(inner, Mapping):
            yield place, inner
        else:
            yield from _conditions(inner, place)


def _words(verb: str, plain: Mapping[str, Any]) -> str:
    """The condition on one line, as it is written."""
    events = plain.get("event")
    words = [verb.replace("_", " "), " or ".join(events) if isinstance(events, list) else str(events)]
    words += [f"{key} {plain[key]}" for key in plain if key not in {"event", "where"}]
    words += ["where …"] if "where" in plain else []
    return ", ".join([" ".join(words[:2]), *words[2:]])
