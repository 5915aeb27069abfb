"""The attributes that hold a profile, wherever it is kept."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from shared.adapters.dynamodb.packing import PROFILES_2026, pack, unpack
from shared.adapters.dynamodb.profile_codec import state_from_plain, state_to_plain
from shared.domain.profiles import Profile
from shared.domain.timing import Instant
from shared.errors import PermanentError
from shared.tables import MERGED, VERSION, WHOLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

STATE: Final = "state"
WAKE_AT: Final = "wake_at"
SCHEDULED_AT: Final = "scheduled_at"


def profile_item(profile: Profile, *, version: int) -> "dict[str, AttributeValueTypeDef]":
    item: dict[str, AttributeValueTypeDef] = {
        VERSION: {"N": str(version)},
        STATE: {"B": pack(state_to_plain(profile), PROFILES_2026)},
    }
    for name, at in ((WAKE_AT, profile.wake_at), (SCHEDULED_AT, profile.scheduled_at)):
        if at is not None:
            item[name] = {"N": str(at)}
    if profile.whole:
        item[WHOLE] = {"N": str(profile.whole)}
    if profile.merged_into is not None:
        item[MERGED] = {"S": profile.merged_into}
    return item


def profile_from_item(profile_id: str, item: "Mapping[str, AttributeValueTypeDef]") -> Profile:
    """What ``profile_item`` wrote."""
    try:
        return state_from_plain(
            unpack(item[STATE]["B"]),
            id=profile_id,
            version=int(item[VERSION]["N"]),
            wake_at=_instant(item.get(WAKE_AT)),
            scheduled_at=_instant(item.get(SCHEDULED_AT)),
            whole=int(item[WHOLE]["N"]) if WHOLE in item else 0,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PermanentError("the stored profile cannot be read", profile=profile_id) from error


def _instant(attribute: "AttributeValueTypeDef | None") -> Instant | None:
    return None if attribute is None else int(attribute["N"])
