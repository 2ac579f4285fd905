"""Opens a merchant's picture: the header is checked against limits before a pixel is decoded.

What comes out is plain: 8-bit sRGB, upright, and alpha apart. EXIF (with its place and camera), XMP
and colour profile stay behind, so nothing of them can reach a picture that we write.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

# A JPEG may turn out to be "MPO": with a second picture (depth, stereo), as many phones write.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
_SIGNS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or Office document",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML document",
    b"<!DOC": "a web page",
    b"<html": "a web page",
    b"8BPS": "a Photoshop file",
    b"MZ": "a program",
    b"\x7fELF": "a program",
    b"Rar!": "a RAR archive",
    b"\x1aE\xdf\xa3": "a film",
}
_ORIENTATION = 0x0112
_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"avif": "AVIF", b"msf1": "HEIF"}


@dataclass(frozen=True)
class Limits:
    """What is let in. Sides and pixels are of the picture as stored, before any scaling."""

    bytes: int = 60_000_000
    pixels: int = 100_000_000
    side: int = 25_000
    least: int = 16  # shortest side
    ratio: float = 25.0  # longest over shortest side
    work: int = 3000  # longest side that is kept; larger photos are scaled down


@dataclass(frozen=True)
class Opened:
    """A decoded picture. `rgb`: uint8 HxWx3, sRGB; `alpha`: float32 HxW in 0..1 or None."""

    rgb: Pixels
    alpha: Plane | None
    format: str
    stored: tuple[int, int]  # width, height in the file, upright
    notes: tuple[str, ...] = ()


def read(data: bytes, name: str = "", limits: Limits | None = None) -> Opened:
    """Decode a picture. Raises InputError that names the file, the cause and the remedy."""
    from PIL import Image, ImageOps

    limits = limits or Limits()
    image = _header(data, name, limits)
    notes: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            profile, stored = image.info.get("icc_profile"), image.size
            format = str(image.format).replace("MPO", "JPEG")
            if image.format in ("JPEG", "MPO") and image.mode in ("RGB", "L"):
                image.draft(image.mode, (limits.work, limits.work))  # decodes at 1/2, 1/4, 1/8
            image.load()
            try:
                if image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8):
                    stored = stored[::-1]
                image = ImageOps.exif_transpose(image)
            except Exception:  # a broken EXIF block must not cost the merchant the photo
                notes.append("the EXIF block is damaged; the picture was taken as it is stored")
            plain, alpha = _plain(image, profile, name, notes)
    except InputError:
        raise
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, MemoryError) as error:
        raise InputError(
            f"the picture is damaged or cut short: {error}",
            hint="export or download it again, then import once more",
            where=name,
        ) from error
    size = _within(plain.size, limits.work)
    if size != plain.size:
        notes.append(f"scaled from {stored[0]}x{stored[1]} to {size[0]}x{size[1]} for the work")
        plain = plain.resize(size, Image.Resampling.LANCZOS)
        alpha = alpha.resize(size, Image.Resampling.LANCZOS) if alpha else None
    rgb = np.ascontiguousarray(np.asarray(plain, dtype=np.uint8))
    return Opened(rgb, _alpha(alpha), format, stored, tuple(notes))


def _header(data: bytes, name: str, limits: Limits) -> Any:
    """The picture with only its header read, or InputError."""
    from PIL import Image

    def refuse(cause: str, remedy: str) -> InputError:
        return InputError(cause, hint=remedy, where=name)

    if not data:
        raise refuse("the file is empty", "export or download the picture again")
    if len(data) > limits.bytes:
        raise refuse(
            f"the file has {len(data) / 1e6:.0f} MB; at most {limits.bytes / 1e6:.0f} MB are read",
            "save it smaller, or as JPEG",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the pixel limit below is ours and stricter
            image = Image.open(BytesIO(data), formats=FORMATS)
            width, height = image.size
            frames = bool(getattr(image, "is_animated", False)) and image.format != "MPO"
    except Image.DecompressionBombError as error:
        raise refuse(
            "the header promises far more pixels than a photo has", "save the picture smaller"
        ) from error
    except Exception as error:  # decoders raise whatever a hostile header provokes
        raise refuse(*_what(data)) from error
    if frames:
        pages = "pages" if image.format == "TIFF" else "frames"
        raise refuse(f"the {image.format} has several {pages}", "save the one you want as JPEG")
    if width * height > limits.pixels or max(width, height) > limits.side:
        raise refuse(
            f"the picture has {width}x{height} pixels; at most {limits.pixels / 1e6:.0f} million "
            f"and {limits.side} on a side are read",
            "save it smaller",
        )
    if min(width, height) < limits.least or max(width, height) > limits.ratio * min(width, height):
        raise refuse(
            f"{width}x{height} pixels are not a product photo",
            f"give a photo with at least {limits.least} pixels on each side, better 1000",
        )
    return image


def _what(data: bytes) -> tuple[str, str]:
    """(cause, remedy) for something that no decoder takes."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data[4:8] == b"ftyp" and data[8:12] in _BRANDS:
        return f"{_BRANDS[data[8:12]]} pictures are not read", "save it as JPEG or PNG"
    for sign, what in _SIGNS.items():
        if head[: len(sign)].lower() == sign.lower():
            return f"this is {what}, not a picture", "give a JPEG, PNG, WebP, TIFF, BMP or GIF"
    return "this is not a picture that can be read", "give a JPEG, PNG, WebP, TIFF, BMP or GIF"


def _plain(
    image: Image.Image, profile: bytes | None, name: str, notes: list[str]
) -> tuple[Image.Image, Image.Image | None]:
    """The picture as 8-bit sRGB, and its alpha where it has any."""
    from PIL import Image

    if image.mode in ("F", "I"):
        raise InputError(
            f"pixels of the kind {image.mode!r} are measurements, not a photo",
            hint="save it as 8-bit JPEG or PNG",
            where=name,
        )
    if image.mode.startswith("I;16"):
        deep = np.asarray(image, dtype=np.uint16)
        image = Image.fromarray((deep // 257).astype(np.uint8))
        notes.append("16-bit grey was brought to 8 bits")
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA")
    alpha = None
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        image = image.convert("RGB")
    return _srgb(image, profile, notes), alpha


def _srgb(image: Image.Image, profile: bytes | None, notes: list[str]) -> Image.Image:
    from PIL import ImageCms

    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(source).lower():
                mode = image.mode
                converted = ImageCms.profileToProfile(
                    image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
                )
                if converted is not None:
                    notes.append(f"colours were brought from the {mode} profile to sRGB")
                    return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            notes.append("the colour profile is damaged; the colours were taken as sRGB")
    if image.mode == "CMYK":
        notes.append("CMYK without a usable profile: the colours are an approximation")
    return image.convert("RGB")


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _alpha(image: Image.Image | None) -> Plane | None:
    """Alpha as 0..1, or None when all of the picture is opaque (or all of it is not)."""
    if image is None:
        return None
    alpha = np.asarray(image, dtype=np.float32) / np.float32(255)
    cut = float((alpha < 0.5).mean())
    return alpha if 0.005 < cut < 0.995 else None
