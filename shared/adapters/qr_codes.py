"""QR codes in a mail: pictures that travel with it, so that they show where pictures from elsewhere are blocked.

Black on white, whatever the reader's scheme, with the quiet zone of four squares that scanners look for.
"""

from collections.abc import Mapping
from hashlib import blake2b
from io import BytesIO
from typing import Final

from shared.domain.channels.content import Attachment
from shared.errors import PermanentError

QR: Final = "qr"
"""What templates call it by."""

MAX_BYTES: Final = 150
"""Of what a code says, in UTF-8: 57 squares with the quiet zone, which a phone shows large enough for a till."""
MAX_CODES: Final = 5
"""In one mail."""

SQUARE: Final = 10
"""Pixels of the picture: it is sharp also where a screen has three for each of the mail's."""
QUIET: Final = 4
"""Squares, by ISO/IEC 18004."""
CORRECTION: Final = "m"
"""A code is still read where 15 % of it is a reflection or a scratch; more where it needs no more squares."""


class QrCodes:
    """Those of one mail. ``pictures`` are the ones that it asked for, by their content ids."""

    def __init__(self) -> None:
        self._pictures: dict[str, Attachment] = {}

    @property
    def pictures(self) -> Mapping[str, Attachment]:
        return self._pictures

    def address(self, content: object) -> str:
        """``{{ qr(coupon("welcome10").code) }}``: what an image's ``src`` says to show the code.

        Raises:
            PermanentError: there is nothing to say, or too much.
        """
        text = str(content)  # where it is missing, this says so
        said = text.encode()
        if not text.strip():
            raise PermanentError("a QR code has nothing to say", code="empty_qr_code")
        if len(said) > MAX_BYTES:
            raise PermanentError(f"a QR code says {len(said):,} bytes, of at most {MAX_BYTES}", code="long_qr_code")
        content_id = f"qr-{blake2b(said, digest_size=12).hexdigest()}@carillon"
        if content_id not in self._pictures:
            if len(self._pictures) == MAX_CODES:
                raise PermanentError(f"a mail has more than {MAX_CODES} QR codes", code="many_qr_codes")
            self._pictures[content_id] = Attachment("qr.png", "image/png", qr_picture(text), content_id)
        return f"cid:{content_id}"


def qr_picture(text: str) -> bytes:
    """The code as PNG, of one bit a pixel."""
    import segno  # noqa: PLC0415  # few mails have one, and no other function

    picture = BytesIO()
    code = segno.make(text, micro=False, error=CORRECTION)
    code.save(picture, kind="png", scale=SQUARE, border=QUIET)
    return picture.getvalue()


def squares_across(picture: bytes) -> int:
    """How many squares a code's picture is wide, the quiet zone among them."""
    return int.from_bytes(picture[16:20]) // SQUARE
