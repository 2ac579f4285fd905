"""Decodes pictures in a process of its own; see studio/confined.py. Run as a script.

On its input come, for each picture, a line of JSON {"size": bytes, "limits": {...}} and the bytes.
On its output go a line of JSON and the pixels: {"width", "height", "alpha", "format", "stored",
"notes", "last"}, then rgb, then alpha where there is any; or {"refused": code of refusals.yaml,
"words", "last"}. After `last` it ends, so that no picture pays for the processor time of those
before it.
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
USED = 15.0  # seconds of processor time after which another process takes over


class RefusedError(Exception):
    """Code of refusals.yaml, and its words."""

    def __init__(self, code: str, **words: Any) -> None:
        super().__init__(code)
        self.told = {"refused": code, "words": words}


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
        raise RefusedError("memory") from error
    except Exception as error:  # decoders raise whatever a hostile file provokes
        raise RefusedError("damaged", cause=str(error)[:250]) from error
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
        raise RefusedError("promised") from error
    except Exception as error:
        raise what(data, error) from error
    if frames:
        code = "pages" if image.format == "TIFF" else "frames"
        raise RefusedError(code, format=image.format)
    size = {"width": width, "height": height}
    if width * height > limits["pixels"] or max(width, height) > limits["side"]:
        words = {"most": round(limits["pixels"] / 1e6), "side": limits["side"]}
        chinese = f"{limits['pixels'] / 1e8:g}"  # who count in hundreds of millions
        raise RefusedError("pixels", **size, **words, hundred_millions=chinese)
    least = limits["least"]
    if min(width, height) < least or max(width, height) > limits["ratio"] * min(width, height):
        raise RefusedError("sliver", **size, least=least)
    return image


def what(data: bytes, error: Exception) -> RefusedError:
    """What is said of something that no decoder takes."""
    head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data[4:8] == b"ftyp" and data[8:12] in BRANDS:
        return RefusedError("brand", format=BRANDS[data[8:12]])
    for sign, kind in SIGNS.items():
        if head[: len(sign)].lower() == sign.lower():
            return RefusedError("other", kind=kind)
    if data.startswith(OURS) and not isinstance(error, UnidentifiedImageError):
        return RefusedError("damaged", cause=str(error)[:250])
    return RefusedError("unknown")


def split(image: Any, profile: bytes | None, notes: list[str]) -> tuple[Any, Any]:
    """The picture as 8-bit sRGB, and its alpha where it has any."""
    if image.mode in ("F", "I"):
        raise RefusedError("measurements", mode=image.mode)
    if image.mode.startswith("I;16"):
        import numpy as np

        deep = np.asarray(image, dtype=np.uint16)
        image = Image.fromarray((deep // 257).astype(np.uint8))
        notes.append("16-bit grey was brought to 8 bits")
    if "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode == "P":
        image = image.convert("RGB")
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
            told = refusal.told
        told["last"] = time.process_time() > USED
        out.write(json.dumps(told).encode() + b"\n")
        out.write(pixels)
        out.flush()
        if told["last"]:
            return


if __name__ == "__main__":
    serve()
