"""Messages that no journey sends: an address is asked to confirm something, or told of it."""

import hashlib

from shared.domain.behaviour.engagement import MARK_LENGTH
from shared.domain.consent.words import Channel, Purpose
from shared.domain.draft import Draft
from shared.domain.messages import Message
from shared.domain.profiles import Touch


def order_directly(
    draft: Draft,
    name: str,
    channel: Channel,
    *,
    identity: str,
    confirms: str = "",
    topic: str | None = None,
    to: str = "",
) -> None:
    """Order the message once for its ``identity``; ``to``: this address, not the person's own."""
    message = Message(
        id=hashlib.blake2b(identity.encode(), digest_size=16).hexdigest(),
        profile_id=draft.profile_id,
        journey="",
        run_id="",
        step="",
        name=name,
        purpose=Purpose.TRANSACTIONAL,
        topic=topic,
        channels=(channel,),
        decided_at=draft.clock,
        confirms=confirms,
        to=to,
    )
    draft.tell("send", journey=None, run=None, step=None, message=name, channel=channel.value)
    mark = message.id[:MARK_LENGTH]
    draft.touch(Touch(channel, Purpose.TRANSACTIONAL.value, draft.moment, name, mark=mark))
    draft.order(message)
