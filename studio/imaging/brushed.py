"""A mask that a person has mended: read as the hostile file that it may be, and written plainly."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from studio.errors import InputError
from studio.imaging import opening
from studio.imaging.opening import Limits, Pixels, Plane

LARGEST = 12_000_000  # bytes of a mask as a browser packs it
_LEAST = 0.0005  # share of the photo that must be product


def read(data: bytes, shape: tuple[int, ...]) -> Plane:
    """The matte (0..1, HxW) of a grey picture: white is product. `shape`: of the photo, as opened.

    Raises InputError for what is no PNG, has another size, is no grey picture, or shows nothing.
    """
    if not data.startswith(b"\x89PNG"):
        raise _refused("it is no PNG file")
    opened = opening.read(data, "mask", Limits(bytes=LARGEST, ratio=100.0))
    height, width = opened.rgb.shape[:2]
    if (height, width) != shape[:2]:
        raise _refused(f"it has {width}x{height} pixels, the photo {shape[1]}x{shape[0]}")
    red, green, blue = (opened.rgb[..., i].astype(np.int16) for i in range(3))
    if opened.alpha is not None or max(abs(red - green).max(), abs(red - blue).max()) > 2:
        raise _refused("it is not grey")
    if float((red > 127).mean()) < _LEAST:
        raise _refused("nothing of the photo is kept")
    return np.asarray(red / np.float32(255), np.float32)


def _refused(why: str) -> InputError:
    return InputError(f"the mask cannot be used: {why}", hint="open the page again and paint anew")


def write(alpha: Plane) -> bytes:
    """A grey PNG of a matte; `read` gives it back to the 255th."""
    from PIL import Image

    out = BytesIO()
    Image.fromarray((alpha * 255 + 0.5).astype(np.uint8)).save(out, "PNG", compress_level=6)
    return out.getvalue()


def overlay(alpha: Plane) -> bytes:
    """A PNG for the page: white wherever the product is, clear elsewhere."""
    from PIL import Image

    grey = (alpha * 255 + 0.5).astype(np.uint8)
    picture: Pixels = np.dstack([np.full((*grey.shape, 3), 255, np.uint8), grey])
    out = BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=3)
    return out.getvalue()
