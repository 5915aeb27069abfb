"""What proves a statement of consent beside its words: digests of the network address and the browser it came from.

A digest can be compared with what somebody claims to have used, and tells nothing by itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from shared.domain.events import CONSENT_EVENTS, SERVERS, Event
from shared.ports.secrets import DigestKey
from shared.services.digests import keyed_digest

EVIDENCE: Final = "evidence"

_KINDS: Final = {"ip": "consent ip", "userAgent": "consent user agent"}
"""Which of the context's fields are evidence, and as what they are digested."""


def digests_of(found: Mapping[str, object], key: DigestKey) -> dict[str, str]:
    """The evidence in ``ip`` and ``userAgent``, as far as they are there."""
    said = {name: value for name in _KINDS if isinstance(value := found.get(name), str) and value}
    return {name: keyed_digest(key.key(), _KINDS[name], value) for name, value in said.items()}


def with_evidence(event: Event, key: DigestKey) -> Event:
    """A statement of consent with digests in the place of what they are made of; any other event as it is."""
    if event.name not in CONSENT_EVENTS or event.trust not in SERVERS:
        return event
    properties = {name: value for name, value in event.properties.items() if name != EVIDENCE}
    if evidence := digests_of(event.context, key):
        properties[EVIDENCE] = evidence
    context = {name: value for name, value in event.context.items() if name not in _KINDS}
    return replace(event, properties=properties, context=context)
