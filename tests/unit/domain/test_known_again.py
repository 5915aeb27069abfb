"""An event is known again by its id and who told it: ids can be guessed, and a client's must not hide a server's."""

import pytest

from shared.adapters.event_queue import deduplication_id
from shared.domain.draft import _digest, is_known
from shared.domain.events import SERVERS, Trust
from shared.domain.profiles import Profile
from tests.builders import NOON, an_event
from tests.stories import Story, a_journey, a_playbook

CLIENTS = set(Trust) - SERVERS


@pytest.mark.parametrize("first", Trust)
@pytest.mark.parametrize("second", Trust)
def test_a_clients_event_never_makes_a_servers_a_duplicate(first: Trust, second: Trust) -> None:
    story = Story(a_playbook(j=a_journey(enter={"on": "Start"}, key="properties.n")), Profile(id="u1"))
    story.happens("Start", id="order-1001", trust=first, n=1)
    story.happens("Start", NOON + 1, id="order-1001", trust=second, n=2)
    counts_twice = first in CLIENTS and second in SERVERS
    assert len(story.profile.runs) == (2 if counts_twice else 1)


def test_runs_that_such_events_begin_are_two() -> None:
    story = Story(a_playbook(j=a_journey(reenter="always", steps=[{"send": "hello", "via": ["email"]}])))
    story.happens("Start", id="order-1001", trust=Trust.PUBLIC)
    story.happens("Start", id="order-1001", trust=Trust.SECRET)
    assert len({message.id for message in story.messages}) == 2


def test_an_id_that_was_remembered_before_the_two_were_told_apart_still_is() -> None:
    remembered = {_digest("order-1001"): NOON}
    for trust in Trust:
        assert is_known(remembered, an_event(id="order-1001", trust=trust), NOON)


def test_the_queue_takes_both() -> None:
    ids = {deduplication_id(an_event(id="order-1001", trust=trust)) for trust in Trust}
    assert len(ids) == 2
