"""A PNG's pixels as a scanner's camera has them: shades of grey, a row after another."""

import zlib
from typing import Final

CHANNELS: Final = {0: 1, 2: 3, 6: 4}
"""Of PNG's colour types: grey, RGB, RGBA."""


def grey_pixels(png: bytes) -> memoryview:
    """As rows of bytes, 0 for black, for all that neither is interlaced nor has a palette."""
    width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
    depth, channels = png[24], CHANNELS[png[25]]
    packed = zlib.decompress(_image_data(png))
    step, length = max(1, depth * channels // 8), -(-width * depth * channels // 8)
    grey, above = bytearray(), bytearray(length)
    for start in range(0, height * (length + 1), length + 1):
        above = _unfiltered(packed[start], packed[start + 1 : start + 1 + length], above, step)
        if depth == 1:
            grey += bytes(255 * (above[x >> 3] >> (7 - (x & 7)) & 1) for x in range(width))
        else:
            grey += above[1::channels] if channels > 1 else above  # green is most of what a camera calls bright
    return memoryview(bytes(grey)).cast("B", shape=[height, width])


def _image_data(png: bytes) -> bytes:
    content, at = b"", 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            content += png[at + 8 : at + 8 + length]
        at += 12 + length
    return content


def _unfiltered(kind: int, line: bytes, above: bytearray, step: int) -> bytearray:
    """By the PNG specification, 9.2: what the line is beside its left and upper neighbours."""
    out = bytearray(line)
    for x, value in enumerate(line):
        left, up = (out[x - step] if x >= step else 0), above[x]
        corner = above[x - step] if x >= step else 0
        predicted = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]
        out[x] = (value + predicted) & 255
    return out


def _paeth(left: int, up: int, corner: int) -> int:
    nearest = left + up - corner
    return min((left, up, corner), key=lambda one: abs(nearest - one))
