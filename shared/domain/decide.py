"""All judgement, as one pure function: what follows from a person's events, and what time alone has brought due.

The Lambda, ``simulate``, ``explain`` and the property tests run this same function. It reads no clock: events
carry the instant of their arrival, and ``now`` says how far time has gone.
"""

from collections.abc import Mapping, Sequence

from shared.domain import membership
from shared.domain.behaviour.aggregates import Total, add, observe
from shared.domain.conditions.needs import Kind
from shared.domain.draft import MAX_CASCADE, Absorbed, Decision, Draft, Occurrence
from shared.domain.events import ASKED, NOTHING, Event, EventType
from shared.domain.facts import absorb
from shared.domain.identity import joining
from shared.domain.identity.identifiers import joins
from shared.domain.journeys import dates, entries, fallbacks, in_flight, runs, timers, turns
from shared.domain.normalise.properties import in_one_form
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Instant

__all__ = ["Absorbed", "Decision", "Occurrence", "decide"]


def decide(
    playbook: Playbook,
    profile: Profile,
    events: Sequence[Event],
    now: Instant,
    *,
    others: Mapping[str, Profile] = NOTHING,
    histories: Mapping[str, Sequence[Event]] = NOTHING,
    sending_at: Instant | None = None,
    explaining: bool = False,
) -> Decision:
    """Fold a person's events, in the order of their arrival, into what is now and what is to be done.

    At each arrival, what was due until then comes first, each thing as of its own instant; then the event. At the
    end, what is due until ``now`` (in Lambda the last arrival: later events may be on their way). A duplicate
    changes nothing.

    ``sending_at`` is the moment at which all of this is carried out, by which quiet hours, caps and expiry go;
    without it, each thing is carried out at its own instant.

    ``others`` are the profiles, by id, that the events say are this person's too (``identifiers.joins``); each is
    folded in at its event's place, and given back in ``Decision.absorbed``. ``histories``: by profile id, theirs as far
    back as this person's runs ask for (``joined_runs.heard_since``), and this one's as far back as any of theirs do.

    Raises:
        ValueError: the profile is another person's by now, to whom the events are to be given.
    """
    if profile.merged_into is not None:
        raise ValueError(f"{profile.id} was merged into {profile.merged_into}")
    first = min((event.received_at for event in events), default=now)
    draft = _taken_up(playbook, profile, first, sending_at, explaining=explaining)
    for place, event in enumerate(events):
        _let_time_pass(draft, max(event.received_at, draft.clock))
        if event.type is EventType.BACKFILL:
            _look_again(draft)
        if event.type in ASKED:
            continue
        if draft.is_known(event):
            draft.explain("duplicate", event=event)
            continue
        draft.remember(event)
        draft.explain("happened", event=event)
        if others:
            _join(draft, event, others, {**histories, profile.id: (*histories.get(profile.id, ()), *events[:place])})
        read = in_one_form(event)
        if read is not event and draft.explaining:
            names = sorted(name for name in read.properties if read.properties[name] is not event.properties[name])
            draft.note(None, f"read as numbers, a yes or no, or a currency: {', '.join(names)}")
        draft.pending.append(read)
        _settle(draft)
    next_due = _let_time_pass(draft, max(now, draft.clock))
    if draft.unsettled and draft.is_somebody:
        _settle(draft)
        next_due = timers.next_due(draft)
    return draft.decision(next_due)


def _taken_up(
    playbook: Playbook, profile: Profile, first: Instant, sending_at: Instant | None, *, explaining: bool
) -> Draft:
    """The profile as this playbook has it: ``first`` is the first instant that is heard of."""
    draft = Draft(playbook, profile, sending_at=sending_at, explaining=explaining)
    membership.take_up(draft)
    dates.keep_up(draft, max(first, draft.clock))
    in_flight.move(draft, first)
    return draft


def _join(draft: Draft, event: Event, others: Mapping[str, Profile], histories: Mapping[str, Sequence[Event]]) -> None:
    """Fold in the profiles that are the person's, too: until now each was alone, and what was due of it was due."""
    for id_ in joins(event):
        if id_ not in others or not joining.may_join(draft, others[id_], event):
            continue
        theirs = _taken_up(draft.playbook, others[id_], draft.clock, draft.sending_at, explaining=draft.explaining)
        now = max(draft.clock, theirs.clock)
        _let_time_pass(theirs, now)
        _let_time_pass(draft, now)
        heard, told = histories.get(id_, ()), histories.get(draft.profile_id, ())
        joining.join(draft, theirs, event, heard=heard, told=told)
        _settle(draft)


def _let_time_pass(draft: Draft, until: Instant) -> Instant | None:
    """Bring about what is due until then; what is due next."""
    while (due := timers.next_due(draft)) is not None and due <= until:
        draft.clock = max(draft.clock, due)
        draft.cause = ""
        membership.let_turn(draft)
        membership.settle(draft)
        runs.exit_by_condition(draft)
        timers.carry_out_due(draft)
        runs.exit_by_condition(draft)
        _settle(draft)
    draft.clock = until
    return due


def _settle(draft: Draft) -> None:
    """Apply what happened and what the system noticed because of it, then send what is due, until nothing follows."""
    applied = cut = 0
    most = MAX_CASCADE + len(draft.playbook.segments.by_name)  # each may turn, whatever else follows
    if draft.is_somebody:
        _turn(draft)
    while draft.begun or draft.pending or turns.send_next(draft):
        if draft.begun:
            entries.take_first_steps(draft)
            runs.exit_by_condition(draft)
        elif applied == most:  # what is in line still goes: without events nothing new joins it
            cut += len(draft.pending)
            draft.pending.clear()
        elif draft.pending:
            applied += 1
            _apply(draft, draft.pending.popleft())
        _turn(draft)
    draft.starts = 0
    if cut:
        draft.tell("cascade_cut", events=cut)


def _look_again(draft: Draft) -> None:
    """More is known of what the person did than when conditions were last judged."""
    draft.unsettled.update(draft.playbook.segments.by_name)
    membership.settle(draft)
    runs.exit_by_condition(draft)
    _settle(draft)


def _turn(draft: Draft) -> None:
    """Let people enter and leave segments; the end of a run may turn one that ends another."""
    while membership.settle(draft):
        runs.exit_by_condition(draft)


def _apply(draft: Draft, event: Event) -> None:
    draft.cause = event.known_as
    draft.is_somebody = True
    absorb(draft, event)
    _take_note(draft, event)
    membership.settle(draft)
    runs.reach_goals(draft, event)
    runs.exit_by_event(draft, event)
    fallbacks.hear(draft, event)
    runs.end_waiting(draft, event)
    entries.enter_by_event(draft, event)
    runs.remember_exits(draft, event)
    runs.exit_by_condition(draft)


def _take_note(draft: Draft, event: Event) -> None:
    """Keep of the event what conditions on behaviour need."""
    if not draft.playbook.notes(event.name):
        return
    scope = draft.scope(event)
    for needed in draft.playbook.noting.matching(scope):
        if isinstance(needed, Total):
            amount = needed.amount(scope)
            if amount:
                draft.sums[needed.id] = add(draft.sums.get(needed.id, ()), event.at, amount, needed, draft.clock)
                draft.concern(Kind.SUM, needed.id)
        else:
            latest = draft.aggregates.get(needed.id, ())
            draft.aggregates[needed.id] = observe(latest, event.at, needed, draft.clock)
            draft.concern(Kind.COUNT, needed.id)
