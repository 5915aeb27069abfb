"""Accept events from any way in: give each to its person, put the good ones on the queue, quarantine the bad.

Everything is durable when a call returns; when it raises, the same call may be made again: ids make the repetition
harmless, and whose an event is does not depend on how often it was tried.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from shared.domain.events import Event, EventType, Trust
from shared.domain.identity.claims import awarded, claim_of
from shared.domain.identity.identifiers import claimed_identifiers, identifiers, person_of
from shared.domain.intake.client_keys import Key
from shared.domain.intake.segment_batch import MAX_EVENT_SIZE, Batch, Rejection, read_batch, size_of, too_large
from shared.domain.intake.segment_spec import Reception, read_event
from shared.domain.intake.user_proof import USER_HASH
from shared.errors import Fault, InvalidInputError
from shared.ports.clock import Clock
from shared.ports.intake import Quarantine
from shared.ports.people import Aliases
from shared.ports.queues import EventQueue
from shared.ports.secrets import DigestKey, SigningSecrets
from shared.services.evidence import with_evidence
from shared.services.watch_quality import QualityWatch

HTTP: Final = "http"
INVALID_EVENT: Final = "invalid-event"


class EventIntake:
    """The one door to ``events.fifo`` for what comes from outside."""

    def __init__(
        self,
        *,
        aliases: Aliases,
        queue: EventQueue,
        quarantine: Quarantine,
        clock: Clock,
        digest_key: DigestKey,
        quality: QualityWatch,
        user_secrets: SigningSecrets | None = None,
    ) -> None:
        """``user_secrets`` prove that a client speaks for a user; ``None`` where no client comes in.

        ``digest_key`` makes evidence of where a statement of consent came from; ``quality`` is told of every fault.
        """
        self._quality = quality
        self._digest_key = digest_key
        self._user_secrets = user_secrets
        self._aliases = aliases
        self._queue = queue
        self._quarantine = quarantine
        self._clock = clock

    def accept_call(self, raw: object, call: EventType, *, key: Key) -> None:
        """Accept one event that was posted on its own.

        Raises:
            InvalidInputError: nothing was kept; the sender is told each fault.
        """
        reception = replace(self._reception_of(key), call=call)
        try:
            event = _read(raw, reception)
        except InvalidInputError as error:
            context = raw.get("context") if isinstance(raw, dict) else None
            self._quality.refused(reception.source, context, error.faults)
            raise
        self._enqueue([event])
        self._note([(raw, event)], reception)

    def accept_batch(self, body: Mapping[str, Any], *, key: Key, body_size: int) -> Batch:
        """Accept the good events of a batch, in order; the refused ones go to quarantine as a batch of their own.

        Raises:
            InvalidInputError: the batch itself cannot be read; nothing was kept.
        """
        reception = self._reception_of(key)
        batch = read_batch(body, reception, body_size=body_size)
        self._enqueue(batch.events)
        self._quality.refused_of(batch, reception.source, body.get("context"))
        refused = {rejection.index for rejection in batch.rejections}
        raws = (raw for index, raw in enumerate(body["batch"]) if index not in refused)
        self._note(zip(raws, batch.events, strict=True), reception)
        if batch.rejections:
            self._quarantine.keep(
                reception.source, *_remainder(body, batch.rejections), reception.received_at, key.trust
            )
        return batch

    def accept_from_bus(self, raw: object, *, source: str) -> None:
        """Accept one event of another system, which the account's own permissions vouch for.

        Raises:
            InvalidInputError: the event has faults; nothing was kept.
        """
        reception = self._reception(Trust.SECRET, source)
        event = _read(raw, reception)
        if size_of(raw) > MAX_EVENT_SIZE:
            raise InvalidInputError([too_large()], code=INVALID_EVENT)
        self._enqueue([event])
        self._note([(raw, event)], reception)

    def _note(self, taken: Iterable[tuple[object, Event]], reception: Reception) -> None:
        for raw, event in taken:
            self._quality.accepted(raw, event, ahead=reception.ahead)

    def _reception(self, trust: Trust, source: str) -> Reception:
        now = self._clock.now()
        return Reception(received_at=now, trust=trust, source=source, ahead=now - self._clock.wall())

    def _reception_of(self, key: Key) -> Reception:
        reception = self._reception(key.trust, f"{HTTP}:{key.name}" if key.name else HTTP)
        if key.trust is not Trust.PUBLIC:
            return reception
        proving = self._user_secrets.accepted() if self._user_secrets else ()
        return replace(reception, rules=key.rules, user_secrets=proving)

    def _enqueue(self, events: Sequence[Event]) -> None:
        if events:
            self._queue.put(self._resolved([with_evidence(event, self._digest_key) for event in events]))

    def _resolved(self, events: Sequence[Event]) -> list[Event]:
        """The events with their persons.

        What a batch itself says of a person's identifiers holds for all of it: were it left to the alias, which is
        stored later, the same batch tried again would give its first events to somebody else.
        """
        asked = {identifier for event in events if event.user_id is None for identifier in identifiers(event)}
        owners = dict(self._aliases.resolve(asked)) if asked else {}
        for event in sorted(events, key=lambda event: event.user_id is None):
            if claimed := claimed_identifiers(event):
                claim = claim_of(event, person_of(event, owners), owners)
                for identifier in claimed:
                    owners[identifier] = awarded(owners.get(identifier), claim)
        return [replace(event, profile_id=person_of(event, owners)) for event in events]


def _read(raw: object, reception: Reception) -> Event:
    read = read_event(raw, reception)
    if not isinstance(read, Event):
        raise InvalidInputError(read, code=INVALID_EVENT)
    return read


def _remainder(body: Mapping[str, Any], rejections: Sequence[Rejection]) -> tuple[dict[str, Any], list[Fault]]:
    """The refused events as a batch that could be posted again once it is mended, without the key; and its faults."""
    kept = {name: body[name] for name in ("context", "integrations", "sentAt") if body.get(name) is not None}
    if "context" in kept:
        kept["context"] = _without_proof(kept["context"])
    kept["batch"] = [_without_secrets(rejection.raw) for rejection in rejections]
    faults = [fault for place, rejection in enumerate(rejections) for fault in rejection.placed_faults(place)]
    return kept, faults


def _without_secrets(raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    kept = {name: value for name, value in raw.items() if name != "writeKey"}
    if "context" in kept:
        kept["context"] = _without_proof(kept["context"])
    return kept


def _without_proof(context: Any) -> Any:
    if not isinstance(context, dict) or USER_HASH not in context:
        return context
    return {name: value for name, value in context.items() if name != USER_HASH}
