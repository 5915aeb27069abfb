"""A person's runs while they are open for change, of which the few that live are at hand beside the many ended ones."""

from collections.abc import Mapping
from typing import Never

from shared.domain.profiles import Run


class Runs(dict[str, Run]):
    """Run id → run; ``live`` holds those that have not ended, in the same order. Changed by items only."""

    def __init__(self, runs: Mapping[str, Run]) -> None:
        super().__init__(runs)
        self.live = {id_: run for id_, run in runs.items() if run.ended_at is None}

    def __setitem__(self, id_: str, run: Run) -> None:
        super().__setitem__(id_, run)
        if run.ended_at is None:
            self.live[id_] = run
        else:
            self.live.pop(id_, None)

    def __delitem__(self, id_: str) -> None:
        super().__delitem__(id_)
        self.live.pop(id_, None)

    def _refuse(self, *_: object, **__: object) -> Never:
        raise TypeError("runs are set and deleted by their ids")

    clear = pop = popitem = setdefault = update = __ior__ = _refuse
