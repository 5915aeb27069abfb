"""Who a profile became. A tombstone is the truth about it, so whoever comes upon one follows it."""

from typing import Final

from shared.domain.profiles import Profile
from shared.errors import PermanentError
from shared.ports.people import Profiles

MAX_CHAIN: Final = 20
"""Who became somebody who became somebody else: no shop's people do that oftener."""


def survivor_of(profiles: Profiles, profile: Profile) -> Profile:
    """The person that the profile became; itself unless it is a tombstone.

    Raises:
        PermanentError: the tombstones lead nowhere.
    """
    for _ in range(MAX_CHAIN):
        if profile.merged_into is None:
            return profile
        profile = profiles.load(profile.merged_into)
    raise PermanentError("a chain of tombstones is too long", profile=profile.id)
