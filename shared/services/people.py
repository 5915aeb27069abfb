"""Finds the person whom an older id means: a profile that was folded into another one leads on to it."""

from typing import Final

from shared.domain.profiles import Profile
from shared.ports import Profiles

MAX_HOPS: Final = 5
"""Of one who was joined to one who was joined, and so on; links live half a year."""


def load_person(profiles: Profiles, profile_id: str) -> Profile:
    """The profile, or the one that it became part of; where the trail is too long, nobody."""
    for _ in range(MAX_HOPS):
        profile = profiles.load(profile_id)
        if profile.merged_into is None:
            return profile
        profile_id = profile.merged_into
    return Profile(id=profile_id)
