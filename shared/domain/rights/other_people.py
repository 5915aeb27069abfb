"""What other people's events still say of somebody who was erased, and was taken for one of them once."""

from collections.abc import Collection

from shared.domain.events import Event, EventType
from shared.domain.identity.external_ids import EXTERNAL_IDS
from shared.domain.identity.identifiers import ANONYMOUS, Identifier, provisional_profile_id
from shared.domain.records import changed


def without(event: Event, profile_ids: Collection[str], identifiers: Collection[Identifier]) -> Event | None:
    """The event without the ids of the erased; ``None`` where it says nothing else."""

    def is_theirs(kind: str, value: str) -> bool:
        return (kind, value) in identifiers or provisional_profile_id(Identifier(kind, value)) in profile_ids

    if event.type is EventType.ALIAS:
        previous = str(event.properties.get("previousId"))
        if previous in profile_ids or is_theirs(ANONYMOUS, previous):
            return None
    if event.anonymous_id is not None and is_theirs(ANONYMOUS, event.anonymous_id):
        if event.user_id is None:
            return None
        event = changed(event, anonymous_id=None)
    listed = event.context.get(EXTERNAL_IDS)
    if isinstance(listed, list):
        left = [one for one in listed if not (isinstance(one, dict) and is_theirs(*_named(one)))]
        if len(left) < len(listed):
            event = changed(event, context={**event.context, EXTERNAL_IDS: left})
    return event


def _named(listed: dict[str, object]) -> tuple[str, str]:
    """The kind and value of an external id, in the form in which they are kept."""
    return str(listed.get("type")).strip().lower(), str(listed.get("id")).strip()
