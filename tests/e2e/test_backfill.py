"""People of the time before what the playbook asks was counted are filled up on the deployed stack."""

import re
from typing import Final

import pytest

from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.adapters.playbook_files import read_yaml
from shared.domain.behaviour.counting import needed
from shared.domain.decide import decide
from shared.domain.playbook import read_playbook
from shared.domain.profiles import Profile
from shared.domain.timing import DAY
from tests.builders import an_event
from tests.conftest import SHIPPED_PLAYBOOK
from tests.e2e.commands import carillon
from tests.e2e.conftest import LocalCloud, wait_until

pytestmark = pytest.mark.e2e

PEOPLE: Final = 12
ASKS_NOTHING: Final = read_playbook({"journeys": {}, "messages": {}, "policy": {}})[0]


def test_people_of_the_time_before_are_filled_up(cloud: LocalCloud) -> None:
    table = cloud.environment["TABLE_NAME"]
    profiles = DynamoProfiles(cloud.client("dynamodb"), table=table)
    timeline = DynamoTimeline(cloud.client("dynamodb"), table=table)
    cloud.send({"type": "track", "event": "Page Looked At", "userId": "of-now", "messageId": "now"})
    wait_until(lambda: profiles.load("of-now").version > 0, "the first event")
    # An hour passes in a second: dated ahead, the order stays within the window that the playbook asks about.
    at = profiles.load("of-now").decided_at + 20 * DAY
    orders = [an_event("Order Completed", id=f"o{n}", profile_id=f"before-{n}", at=at) for n in range(PEOPLE)]
    for order in orders:
        timeline.append(order.profile_id, [order])
        profiles.save(decide(ASKS_NOTHING, Profile(id=order.profile_id), [order], at).profile, [])

    said = carillon(cloud, "backfill")

    assert f"asked {PEOPLE}" in said
    assert re.search("Complete: all that the playbook asks is counted of all [0-9]+ people", said)
    journey = read_yaml(SHIPPED_PLAYBOOK / "journeys" / "cart_abandonment.yaml", "cart_abandonment.yaml").value
    shipped, _ = read_playbook({"journeys": {"cart_abandonment": journey}, "messages": {}, "policy": {}})
    [orders_counted] = needed(shipped)
    for order in orders:
        person = profiles.load(order.profile_id)
        assert person.whole == profiles.load("of-now").whole
        assert person.aggregates[orders_counted] == (at,)
