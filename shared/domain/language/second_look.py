"""A message's own condition, looked at again at the moment of sending: on the state of that moment, not the decision's.

Between the two lie a queue and its retries, in which the person may have done what makes the message wrong. The
message brings its condition along as the file says it, so that it is judged by what it was ordered under, whatever
playbook is deployed by then; what behaviour is asked of is kept under digests of its content, which are the same.
"""

from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.conditions.trees import holds
from shared.domain.decide import decide
from shared.domain.draft import Draft
from shared.domain.language.condition_reader import ConditionReader
from shared.domain.language.reading import Faults
from shared.domain.language.step_reader import STEP_ROOTS
from shared.domain.messages import Message
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Instant


def still_holds(playbook: Playbook, profile: Profile, message: Message, now: Instant) -> bool:
    """Whether the message's condition holds ``now``; the profile is thought on to then, and left as it is.

    Raises:
        ValueError: the condition is none that this version understands.
    """
    if message.condition is None:
        return True
    faults = Faults()
    condition = ConditionReader(faults, Aggregates(), STEP_ROOTS).read(message.condition, ("if",))
    if faults.found:
        raise ValueError("the message's condition cannot be read")
    current = decide(playbook, profile, [], now).profile
    return holds(condition, Draft(playbook, current).scope(entry=message.entry).at(max(now, current.decided_at)))
