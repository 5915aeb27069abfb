"""What time alone brings about: waits that are over, dates that have come, and segments that turn."""

from collections.abc import Callable
from functools import partial
from operator import itemgetter

from shared.domain import membership
from shared.domain.draft import Draft
from shared.domain.journeys import dates, fallbacks, runs
from shared.domain.timing import Instant


def next_due(draft: Draft) -> Instant | None:
    """The next instant at which time alone changes something."""
    instants = (runs.next_due(draft), fallbacks.next_due(draft), dates.next_due(draft), membership.next_turn(draft))
    return min((at for at in instants if at is not None), default=None)


def carry_out_due(draft: Draft) -> None:
    """Let what is due go on or begin: the higher priority first, then what has been due for longer, then by journey."""
    turns: list[tuple[tuple[int, Instant, str, str], Callable[[], None]]] = []
    for run in runs.due(draft):
        order = (-runs.priority(draft, run), run.wait_until or 0, run.journey, run.id)
        turns.append((order, partial(runs.continue_run, draft, run)))
    for journey, at in dates.due(draft):
        turns.append(((-journey.priority, at, journey.name, ""), partial(dates.enter_by_date, draft, journey)))
    for _, take_turn in sorted(turns, key=itemgetter(0)):
        take_turn()
