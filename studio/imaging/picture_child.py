"""Decodes pictures in a process of its own; see studio/confined.py. Run as a script.

On its input come, for each picture, a line of JSON {"size": bytes, "limits": {...}} and the bytes.
On its output go a line of JSON and the pixels: {"width", "height", "alpha", "format", "stored",
"notes", "last"}, then rgb, then alpha where there is any; or {"cause", "remedy", "last"}. After
`last` it ends, so that no picture pays for the processor time of those before it.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

# A JPEG may turn out to be "MPO": with a second picture (depth, stereo), as many phones write.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")
OURS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"II*\0", b"MM\0*", b"BM", b"GIF8")
SIGNS = {
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
BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF", b"avif": "AVIF", b"msf1": "HEIF"}
ORIENTATION = 0x0112
AGAIN = "export or download it again, then import once more"
KINDS = "give a JPEG, PNG, WebP, TIFF, BMP or GIF"
USED = 15.0  # seconds of processor time after which another process takes over


class RefusedError(Exception):
    """(cause, remedy)."""


def decoded(data: bytes, limits: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """(what is told of the picture, its pixels). Raises RefusedError."""
    image = opened(data, limits)
    notes: list[str] = []
    try:
        profile, stored = image.info.get("icc_profile"), image.size
        format = str(image.format).replace("MPO", "JPEG")
        if image.format in ("JPEG", "MPO") and image.mode in ("RGB", "L"):
            image.draft(image.mode, (limits["work"], limits["work"]))  # decodes at 1/2, 1/4, 1/8
        image.load()
        try:
            if image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8):
                stored = stored[::-1]
            image = ImageOps.exif_transpose(image)
        except Exception:  # a broken EXIF block must not cost the merchant the photo
            notes.append("the EXIF block is damaged; the picture was taken as it is stored")
        plain, alpha = split(image, profile, notes)
    except RefusedError:
        raise
    except MemoryError as error:
        raise RefusedError(
            "the picture needs too much memory", "save it smaller, or as JPEG"
        ) from error
    except Exception as error:  # decoders raise whatever a hostile file provokes
        raise RefusedError(f"the picture is damaged or cut short: {error}"[:300], AGAIN) from error
    size = within(plain.size, limits["work"])
    if size != plain.size:
        notes.append(f"scaled from {stored[0]}x{stored[1]} to {size[0]}x{size[1]} for the work")
        plain = plain.resize(size, Image.Resampling.LANCZOS)
        alpha = alpha.resize(size, Image.Resampling.LANCZOS) if alpha else None
    told = {"width": size[0], "height": size[1], "alpha": alpha is not None, "format": format}
    pixels = plain.tobytes() + (alpha.tobytes() if alpha else b"")
    return {**told, "stored": stored, "notes": notes}, pixels


def opened(data: bytes, limits: dict[str, Any]) -> Any:
    """The picture with only its header read."""
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
        width, height = image.size
        frames = bool(getattr(image, "is_animated", False)) and image.format != "MPO"
    except Image.DecompressionBombError as error:
        raise RefusedError(
            "the header promises far more pixels than a photo has", "save the picture smaller"
        ) from error
    except Exception as error:
        raise RefusedError(*what(data, error)) from error
    if frames:
        pages = "pages" if image.format == "TIFF" else "frames"
        raise RefusedError(
            f"the {image.format} has several {pages}", "save the one you want as JPEG"
        )
    if width * height > limits["pixels"] or max(width, height) > limits["side"]:
        raise RefusedError(
            f"the picture has {width}x{height} pixels; at most {limits['pixels'] / 1e6:.0f} "
            f"million and {limits['side']} on a side are read",
            "save it smaller",
        )
    least = limits["least"]
    if min(width, height) < least or max(width, height) > limits["ratio"] * min(width, height):
        raise RefusedError(
            f"{width}x{height} pixels are not a product photo",
            f"give a photo with at least {least} pixels on each side, better 1000",
        )
    return image


def what(data: bytes, error: Exception) -> tuple[str, str]:
    """(cause, remedy) for something that no decoder takes."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data[4:8] == b"ftyp" and data[8:12] in BRANDS:
        return f"{BRANDS[data[8:12]]} pictures are not read", "save it as JPEG or PNG"
    for sign, kind in SIGNS.items():
        if head[: len(sign)].lower() == sign.lower():
            return f"this is {kind}, not a picture", KINDS
    if data.startswith(OURS) and not isinstance(error, UnidentifiedImageError):
        return f"the picture is damaged or cut short: {error}"[:300], AGAIN
    return "this is not a picture that can be read", KINDS


def split(image: Any, profile: bytes | None, notes: list[str]) -> tuple[Any, Any]:
    """The picture as 8-bit sRGB, and its alpha where it has any."""
    if image.mode in ("F", "I"):
        raise RefusedError(
            f"pixels of the kind {image.mode!r} are measurements, not a photo",
            "save it as 8-bit JPEG or PNG",
        )
    if image.mode.startswith("I;16"):
        import numpy as np

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
    return srgb(image, profile, notes), alpha


def srgb(image: Any, profile: bytes | None, notes: list[str]) -> Any:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(source).lower():
                mode, goal = image.mode, ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(image, source, goal, outputMode="RGB")
                if converted is not None:
                    notes.append(f"colours were brought from the {mode} profile to sRGB")
                    return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            notes.append("the colour profile is damaged; the colours were taken as sRGB")
    if image.mode == "CMYK":
        notes.append("CMYK without a usable profile: the colours are an approximation")
    return image.convert("RGB")


def within(size: tuple[int, int], side: int) -> tuple[int, int]:
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def serve() -> None:
    warnings.simplefilter("ignore")  # the pixel limit above is ours and stricter
    source, out = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        asked = json.loads(line)
        data, pixels = source.read(asked["size"]), b""
        try:
            told, pixels = decoded(data, asked["limits"])
        except RefusedError as refusal:
            told = {"cause": refusal.args[0], "remedy": refusal.args[1]}
        told["last"] = time.process_time() > USED
        out.write(json.dumps(told).encode() + b"\n")
        out.write(pixels)
        out.flush()
        if told["last"]:
            return


if __name__ == "__main__":
    serve()
