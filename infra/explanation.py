"""What a decision's trace says, in sentences for a colleague."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from shared.domain.decide import Occurrence
from shared.domain.policy import FREQUENCY_CAP, QUIET_HOURS
from shared.domain.timing import format_instant

_SKIPPED: Final = {
    "late": "the event came more than 24 hours late",
    "no_key": "the event does not say which one it is about (the journey's key is missing)",
    "exit_event": "an event that ends it had come before",
    "running": "it is already on its way for this",
    "reenter": "the last one has not been over for long enough",
    "condition": "the person does not meet its condition",
    "too_many_runs": "the person is in too many journeys at once",
    "no_journey": "the playbook no longer has it",
    "too_many_starts": "journeys have started each other too often at this instant",
    "too_large": "the person's journeys remember too much of their events already",
}
_DROPPED: Final = {
    "expired": "it would have had to wait for too long",
    "run_ended": "its run ended while it was held",
    "condition": "the message's own condition does not hold",
    "holdout": "the person is in the holdout, who are measured and sent nothing",
    "no_consent": "the person has not agreed to it",
    "suppressed": "the address bounced, complained or stopped us",
    "no_address": "there is no usable address",
    "no_content": "the message no longer has any words for it",
}
_HELD: Final = {
    QUIET_HOURS: "these are the person's quiet hours",
    FREQUENCY_CAP: "the person has heard enough from us of late",
}
_EXITED: Final = {
    "completed": "it has come to its end",
    "exit_event": "the event that ends it happened",
    "exit_condition": "its exit condition became true",
    "journey_changed": "the playbook no longer has the step at which it stood",
}


def sentence(occurrence: Occurrence) -> str:
    """One line for one occurrence."""
    tell = _SENTENCES.get(occurrence.kind)
    if tell is None:
        details = ", ".join(f"{name} {value}" for name, value in occurrence.details.items())
        return f"{occurrence.kind.replace('_', ' ')}: {details}"
    return tell(occurrence.details)


def _key(details: Mapping[str, Any]) -> str:
    return "" if details["key"] is None else f" for {details['key']}"


def _by(details: Mapping[str, Any]) -> str:
    return "" if details["channel"] is None else f" by {details['channel']}"


def _credit(details: Mapping[str, Any]) -> str:
    return "" if details["message"] is None else f", put down to {details['message']} by {details['channel']}"


_SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "note": lambda details: f"  {details['text']}",
    "journey_entered": lambda details: f"{details['journey']} begins{_key(details)} (run {details['run']})",
    "entry_skipped": lambda details: (
        f"{details['journey']} does not begin: {_SKIPPED.get(details['reason'], details['reason'])}"
    ),
    "send": lambda details: f"{details['journey']} sends {details['message']} by {details['channel']}",
    "held": lambda details: (
        f"{details['journey']} holds {details['message']} by {details['channel']}"
        f" until {format_instant(details['until'])}: {_HELD[details['reason']]}"
    ),
    "dropped": lambda details: (
        f"{details['journey']} does not send {details['message']}{_by(details)}:"
        f" {_DROPPED.get(details['reason'], details['reason'])}"
    ),
    "goal_reached": lambda details: (
        f"{details['journey']} has reached its goal (run {details['run']}){_credit(details)}"
    ),
    "journey_exited": lambda details: (
        f"{details['journey']} ends: {_EXITED.get(details['reason'], details['reason'])} (run {details['run']})"
    ),
}
