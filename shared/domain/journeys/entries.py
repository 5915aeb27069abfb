"""What starts journeys: events, and (``steps``) other journeys; the run then takes its first steps."""

from shared.domain.draft import Draft
from shared.domain.events import Event
from shared.domain.journeys.beginnings import begin
from shared.domain.journeys.runs import exit_if_met, go_on


def enter_by_event(draft: Draft, event: Event) -> None:
    """Start the runs that this event starts."""
    scope = draft.scope(event)
    if draft.explaining:
        for journey in draft.playbook.enters.get(event.name, ()):
            draft.weigh(journey.name, f"it may begin by {event.name} where", journey.enter_where, scope)
    for journey in draft.playbook.entering.matching(scope):
        if begin(draft, journey, event, event.at):
            take_first_steps(draft)


def take_first_steps(draft: Draft) -> None:
    """Let every run that has begun go on to its first wait; what it starts in turn follows."""
    while draft.begun:
        run = draft.runs.get(draft.begun.popleft())
        if run is None or not run.is_live:
            continue  # what happened since it began has ended it
        journey = draft.playbook.journey_of(run)
        if journey is not None and not exit_if_met(draft, journey, run):
            go_on(draft, journey, run, journey.start, run.entered_at)
