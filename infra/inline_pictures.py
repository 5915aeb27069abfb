"""Mails as a browser shows them: the pictures that travel with a mail stand in its HTML."""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Final

from shared.domain.channels.content import Attachment, EmailContent

_ADDRESS: Final = re.compile(r"cid:([^\s\"'<>]+)")


def shown_html(content: EmailContent) -> str:
    """The mail's HTML, its own pictures in place."""
    return with_pictures(content.html, {one.content_id: one for one in content.attachments if one.content_id})


def with_pictures(html: str, pictures: Mapping[str, Attachment]) -> str:
    """``pictures`` by their content ids; what names none of them stays as it is."""

    def put_in(address: re.Match[str]) -> str:
        picture = pictures.get(address[1])
        return f"data:{picture.media_type};base64,{b64encode(picture.content).decode()}" if picture else address[0]

    return _ADDRESS.sub(put_in, html)
