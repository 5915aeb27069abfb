"""Versions of journeys: kept before anybody is on them, and found again for who still is."""

from typing import Any, Final

from shared.domain.journeys.versions import Version, followed, with_former
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.ports.playbook import JourneyVersions

MAX_PLAYBOOKS: Final = 100
"""How many combinations of versions are kept at hand: people who were there together follow the same."""


class VersionKeeper:
    """Gives each person the playbook that they are on."""

    def __init__(self, *, playbook: Playbook, versions: JourneyVersions) -> None:
        self._playbook = playbook
        self._versions = versions
        self._kept: set[Version] = set()
        self._sources: dict[Version, Any] = {}
        self._playbooks: dict[frozenset[Version], Playbook] = {}

    def playbook_for(self, *profiles: Profile) -> Playbook:
        """The playbook, and with it the versions of journeys that the person, or one who becomes theirs, still follows.

        One that was never kept is not in it: its runs go on with the journey as it is now.
        """
        wanted = frozenset[Version]().union(*(followed(self._playbook, profile) for profile in profiles))
        if not wanted:
            return self._playbook
        if wanted not in self._playbooks:
            while len(self._playbooks) >= MAX_PLAYBOOKS:
                del self._playbooks[next(iter(self._playbooks))]
            sources = {version: self._source(version) for version in sorted(wanted)}
            found = {version: source for version, source in sources.items() if source is not None}
            self._playbooks[wanted] = with_former(self._playbook, found)
        return self._playbooks[wanted]

    def _source(self, version: Version) -> Any:
        if version not in self._sources:
            self._sources[version] = self._versions.load(*version)
        return self._sources[version]

    def keep(self, before: Profile, after: Profile) -> None:
        """Keep the versions of the runs that have begun, before the profile that has them is written."""
        for id_, run in after.runs.items():
            version = run.journey, run.version
            if version in self._kept or (id_ in before.runs and before.runs[id_].version == run.version):
                continue
            journey = self._playbook.journeys.get(run.journey)
            if journey is not None and journey.version == run.version:
                self._versions.keep(*version, journey.source)
                self._kept.add(version)
