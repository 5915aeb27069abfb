"""Who was joined to whom in a deployed Carillon, and how it is asked to undo that."""

import uuid
from collections.abc import Iterator

from infra.operations.cloud import Cloud
from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.adapters.dynamodb.merges import DynamoMerges
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.timeline import DynamoTimeline
from shared.adapters.event_queue import SqsEventQueue
from shared.domain.events import IMPLIED_NAMES, Event, EventType, Trust
from shared.domain.identity.identifiers import identifiers_named, provisional_profile_id
from shared.domain.identity.merges import Merge
from shared.domain.profiles import Profile
from shared.services.find_survivor import survivor_of
from shared.services.part_people import ABSORBED, MAX_EVENTS


def load(cloud: Cloud, profile_id: str) -> Profile:
    return DynamoProfiles(cloud.dynamodb, table=cloud.table).load(profile_id)


def find_absorbed(cloud: Cloud, name: str) -> Profile | None:
    """The tombstone that the name stands for: of its own id, or of an identifier that nobody had claimed."""
    ids = dict.fromkeys((name, *map(provisional_profile_id, identifiers_named(name))))
    return next((found for found in (load(cloud, id_) for id_ in ids) if found.merged_into is not None), None)


def find_survivor(cloud: Cloud, name: str) -> Profile | None:
    """Whoever the name leads to by now."""
    profiles = DynamoProfiles(cloud.dynamodb, table=cloud.table)
    aliases = DynamoAliases(cloud.dynamodb, table=cloud.table)
    ids = [name, *(aliases.owner(*one) or provisional_profile_id(one) for one in identifiers_named(name))]
    found = (profiles.load(id_) for id_ in dict.fromkeys(ids))
    return next((survivor_of(profiles, one) for one in found if one.version > 0), None)


def undoable(cloud: Cloud, survivor_id: str) -> Iterator[Merge]:
    """The latest of each that still holds and can be undone."""
    seen = set[str]()
    for merge in DynamoMerges(cloud.dynamodb, table=cloud.table).of(survivor_id):
        id_ = merge.absorbed.id
        if id_ not in seen and merge.may_be_undone(cloud.clock.now()) and load(cloud, id_).merged_into == survivor_id:
            yield merge
        seen.add(id_)


def is_too_much(cloud: Cloud, merge: Merge) -> bool:
    """Whether one of the two did more since than can be decided anew at once."""
    timeline = DynamoTimeline(cloud.dynamodb, table=cloud.table)
    for before in (merge.survivor, merge.absorbed):
        count = 0
        for latest, events in timeline.pages(before.id):
            if latest < before.decided_at:
                break
            count += len(events)
            if count > MAX_EVENTS:
                return True
    return False


def ask(cloud: Cloud, survivor_id: str, absorbed_id: str) -> None:
    """Put it on the survivor's queue, where everything that happens to them has its place."""
    now = cloud.clock.now()
    event = Event(
        id=f"split:{uuid.uuid4()}",
        type=EventType.SPLIT,
        name=IMPLIED_NAMES[EventType.SPLIT],
        at=now,
        received_at=now,
        profile_id=survivor_id,
        properties={ABSORBED: absorbed_id},
        trust=Trust.SYSTEM,
        source="split",
    )
    SqsEventQueue(cloud.sqs, queue_url=cloud.queue_url).put([event])
