"""Writes a picture file within the channel's size, in sRGB, with its marks, and nothing else in it.

The same pixels and marks give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any, Literal

from studio.errors import InputError
from studio.imaging.opening import Pixels

Format = Literal["JPEG", "PNG", "WEBP"]
MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
SUFFIX = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}
_BEST, _WORST = 92, 55  # below 55 a buyer sees the blocks


def encode(
    pixels: Pixels, format: Format, max_bytes: int, xmp: bytes = b""
) -> tuple[bytes, dict[str, float]]:
    """(the file, {"quality": ...}); the best quality whose file fits into `max_bytes`.

    Raises InputError when even the worst that we would hand over does not fit.
    """
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
    from PIL.PngImagePlugin import PngInfo

    image = Image.fromarray(pixels)
    common: dict[str, Any] = {"icc_profile": _srgb()}
    if format == "PNG":
        chunks = PngInfo()
        chunks.add_itxt("XML:com.adobe.xmp", xmp.decode())
        common |= {"pnginfo": chunks, "compress_level": 6}
    elif format == "WEBP":
        common |= {"xmp": xmp, "method": 3}
    else:  # full colour resolution: red labels on white would bleed without
        common |= {"xmp": xmp, "subsampling": 0}

    def write(quality: int) -> bytes:
        out = BytesIO()
        image.save(out, format, **common, **({} if format == "PNG" else {"quality": quality}))
        return out.getvalue()

    return write


@cache
def _srgb() -> bytes:
    """An sRGB profile. Its date is pinned: the same picture must give the same file every day."""
    from PIL import ImageCms

    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes((7, 208, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # 2000-01-01 00:00:00
    return bytes(profile)
