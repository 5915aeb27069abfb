"""Who is in which segment: people enter and leave at the very instant a condition turns, also when nothing happens.

What time alone will turn is kept with the person as the instant of its turning, so that nobody has to be asked for it.
"""

from heapq import heapify, heappop, heappush

from shared.domain.conditions.needs import Kind, Need
from shared.domain.conditions.trees import judge
from shared.domain.draft import Draft
from shared.domain.events import SystemEvent
from shared.domain.messages import SegmentChange
from shared.domain.timing import Instant


def take_up(draft: Draft) -> None:
    """Have the person judged by the segments of this playbook, where others judged last."""
    segments = draft.playbook.segments
    if draft.segments_version != segments.version:
        draft.unsettled.update(segments.by_name, draft.memberships, draft.turns)
        draft.segments_version = segments.version


def next_turn(draft: Draft) -> Instant | None:
    """The next instant at which time alone turns a segment."""
    return min(draft.turns.values(), default=None)


def let_turn(draft: Draft) -> None:
    """Judge the segments again that time turns by now."""
    draft.unsettled.update(name for name, at in draft.turns.items() if at <= draft.clock)


def settle(draft: Draft) -> bool:
    """Judge the segments that what happened may have turned, each after those it asks about; whether any turned."""
    if not draft.unsettled:
        return False
    has_turned = False
    ranks = draft.playbook.segments.ranks
    line = [(ranks.get(name, -1), name) for name in draft.unsettled]
    heapify(line)
    while line:
        _, name = heappop(line)
        draft.unsettled.discard(name)
        if _judge(draft, name):
            has_turned = True
            for asking in draft.playbook.segments.by_need.get(Need(Kind.SEGMENT, name), ()):
                if asking not in draft.unsettled:
                    draft.unsettled.add(asking)
                    heappush(line, (ranks[asking], asking))
    return has_turned


def _judge(draft: Draft, name: str) -> bool:
    """Whether the segment turned for this person; one that the playbook no longer has is left."""
    segment = draft.playbook.segments.by_name.get(name)
    was_in = name in draft.memberships
    turns_at = None
    is_in = False
    if segment is not None:
        scope = draft.scope()
        is_in, turns_at = judge(segment.condition, scope)
        if draft.explaining:
            draft.weigh(None, f"in the segment {name} if", segment.condition, scope)
    if turns_at != draft.turns.get(name):
        draft.changed = True
    if turns_at is None:
        draft.turns.pop(name, None)
    else:
        draft.turns[name] = turns_at
    if is_in == was_in:
        return False
    if is_in:
        draft.memberships[name] = draft.clock
    else:
        del draft.memberships[name]
    draft.tell("segment_entered" if is_in else "segment_left", segment=name)
    draft.order(SegmentChange(name, draft.clock, is_in))
    event = SystemEvent.SEGMENT_ENTERED if is_in else SystemEvent.SEGMENT_LEFT
    draft.announce(event, f"{name}\0{draft.clock}\0{draft.cause}", {"segment": name})
    return True
