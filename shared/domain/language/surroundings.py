"""What of the rest of the playbook a journey may refer to, so that what is misspelt is told before it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.consent.words import Channel
from shared.domain.language.condition_reader import References
from shared.domain.timing import Duration


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Names that exist, and what they offer.

    Attributes:
        topics: the names in ``policy.yaml``; ``None`` where that could not be read.
        messages: message → the channels it has content for.
        journeys, segments: all their names; ``None`` where none is to be held against a journey.
        heard: the channels on which answers reach us; ``None`` where that is not to be held against a journey.
        fallbacks: message → after how long without an answer it goes on the next channel, where its step does not say.
        template_fields: message → which fields of the entry event its templates read.
    """

    topics: frozenset[str] | None
    messages: Mapping[str, frozenset[Channel]]
    heard: frozenset[Channel] | None = None
    fallbacks: Mapping[str, Duration] = field(default_factory=dict)
    template_fields: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    journeys: frozenset[str] | None = None
    segments: frozenset[str] | None = None

    @property
    def references(self) -> References:
        return References(segments=self.segments, journeys=self.journeys, topics=self.topics)
