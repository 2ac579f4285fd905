"""Writes a picture file within the channel's size, in sRGB, with its marks, and nothing else in it.

The same pixels and marks give the same bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any, Literal

import cv2

from studio.errors import InputError
from studio.imaging.opening import Pixels

Format = Literal["JPEG", "PNG", "WEBP"]
MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
SUFFIX = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
_PNG_HEAD = 33  # bytes of the signature and of IHDR, which comes first
_BEST, _WORST = 92, 55  # below 55 a buyer sees the blocks


def encode(
    pixels: Pixels, format: Format, max_bytes: int, xmp: bytes = b""
) -> tuple[bytes, dict[str, float]]:
    """(the file, {"quality": ...}); the best quality whose file fits into `max_bytes`.

    `pixels`: RGB, or RGBA but for JPEG. Raises InputError when even the worst that we would hand
    over does not fit, or JPEG is to be transparent.
    """
    if format == "JPEG" and pixels.shape[2] == 4:
        raise InputError(
            "a JPEG cannot be transparent", hint="give the channel's slot the format PNG or WEBP"
        )
    write = _writer(pixels, format, xmp)
    data = write(_BEST)
    if len(data) <= max_bytes:
        return data, {"quality": float(_BEST)}
    low, high, found = _WORST, _BEST - 1, b""
    quality = 0
    while format != "PNG" and low <= high:
        middle = (low + high) // 2
        data = write(middle)
        if len(data) <= max_bytes:
            found, quality, low = data, middle, middle + 1
        else:
            high = middle - 1
    if not found:
        height, width = pixels.shape[:2]
        raise InputError(
            f"a {format} of {width}x{height} does not fit into {max_bytes:,} bytes",
            hint="give the channel's slot a smaller size, more bytes, or the format JPEG",
        )
    return found, {"quality": float(quality)}


def _writer(pixels: Pixels, format: Format, xmp: bytes) -> Callable[[int], bytes]:
    from PIL import Image

    image = Image.fromarray(pixels)
    common: dict[str, Any] = {"icc_profile": _srgb()}
    if format == "PNG":
        return lambda quality: _png(pixels, xmp)
    if format == "WEBP":
        common |= {"xmp": xmp, "method": 3}
    else:  # full colour resolution: red labels on white would bleed without
        common |= {"xmp": xmp, "subsampling": 0}

    def write(quality: int) -> bytes:
        out = BytesIO()
        image.save(out, format, **common, quality=quality)
        return out.getvalue()

    return write


def _png(pixels: Pixels, xmp: bytes) -> bytes:
    """A PNG of RGB or RGBA. Each row as its difference from the one above, where most encoders try
    five ways for each: in a third of the time, as large or a little larger."""
    order = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
    how = (cv2.IMWRITE_PNG_COMPRESSION, 2, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP)
    done, file = cv2.imencode(".png", cv2.cvtColor(pixels, order), how)
    if not done:
        raise InputError("the picture could not be written as PNG")
    data = file.tobytes()
    profile = b"sRGB\0\0" + zlib.compress(_srgb())
    marks = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
    chunks = _chunk(b"iCCP", profile) + (_chunk(b"iTXt", marks) if xmp else b"")
    return data[:_PNG_HEAD] + chunks + data[_PNG_HEAD:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    length, check = len(body), zlib.crc32(kind + body)
    return length.to_bytes(4, "big") + kind + body + check.to_bytes(4, "big")


@cache
def _srgb() -> bytes:
    """An sRGB profile. Its date is pinned: the same picture must give the same file every day."""
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # 2000-01-01 00:00:00
    return bytes(profile)
