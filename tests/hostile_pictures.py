"""Pictures that mean harm, built by code. `says`: what the refusal must hold; "" is read safely."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from hostile_catalogs import Loaded
from PIL import Image


class Case(NamedTuple):
    name: str
    data: Callable[[], bytes]
    says: str


CASES: list[Case] = []


def add(name: str, data: bytes | Callable[[], bytes], says: str = "") -> None:
    CASES.append(Case(name, data if callable(data) else lambda: data, says))


def saved(format: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **options: object):
    """A picture of noise as bytes."""
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(out, format, **options)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body).to_bytes(4, "big")
    return struct.pack(">I", len(body)) + kind + body + check


def png(width: int, height: int, *chunks: bytes, colour: int = 2, depth: int = 8) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    return chunk(b"IDAT", zlib.compress(bytes(count)))


def tiff(*entries: tuple[int, int, int, int], next_: int = 0, tail: bytes = b"") -> bytes:
    """A TIFF of one directory at byte 8; entries are (tag, type, count, value)."""
    made = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    directory = struct.pack("<H", len(entries)) + made + struct.pack("<I", next_)
    return b"II*\0" + struct.pack("<I", 8) + directory + tail


SIZED = ((256, 3, 1, 60), (257, 3, 1, 40), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1))

# --- more than a machine can hold --------------------------------------------------------------
add("60000.png", png(60_000, 60_000, zeros(100)), "pixels")
add("max.png", png(2**31 - 1, 2**31 - 1, zeros(100)), "pixels|damaged|not a picture")
add("one_row.png", png(2**31 - 1, 1, zeros(100)), "pixels|damaged|not a picture")
add("bits.png", png(40_000, 40_000, zeros(100), colour=0, depth=1), "pixels")
add("text.png", lambda: png(60, 40, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(90_000_000))),
    zeros(181 * 40)), "damaged")  # fmt: skip
add("texts.png", lambda: png(60, 40, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(900_000)))
    * 90, zeros(181 * 40)), "damaged")  # fmt: skip
add("profile.png", lambda: png(60, 40, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(90_000_000))),
    zeros(181 * 40)), "damaged")  # fmt: skip
add("longer.png", lambda: png(60, 40, zeros(90_000_000)))
add("65500.jpg", saved("JPEG").replace(b"\x00\x28\x00\x3c", b"\xff\xdc\xff\xdc"), "pixels")
add("huge.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 2**31 - 1, 2**31 - 1, 1,
    24, 0, 0, 0, 0, 0, 0), "pixels|damaged|not a picture")  # fmt: skip
add("below.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, -60, -2**31, 1, 24, 0,
    0, 0, 0, 0, 0), "pixels|damaged|not a")  # fmt: skip
add("runs.bmp", b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 9000, 9000, 1, 8, 1, 0,
    0, 0, 0, 0) + b"\xff\0" * 500, "damaged")  # fmt: skip
add("lzw.gif", b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b",\0\0\0\0"
    + struct.pack("<HHBB", 65_535, 65_535, 0, 8) + b"\x02\x16\x01\0;", "pixels")  # fmt: skip
add("strips.tif", tiff(*SIZED, (273, 4, 2**31, 8), (279, 4, 2**31, 8)), "damaged|not a picture")
add("floats.tif", tiff((256, 4, 1, 9000), (257, 4, 1, 9000), (258, 3, 1, 32), (259, 3, 1, 1),
    (262, 3, 1, 1), (273, 4, 1, 8), (279, 4, 1, 324_000_000), (339, 3, 1, 3)),
    "damaged|measurements")  # fmt: skip
add("scans.jpg", lambda: scans(), "")

# --- in circles --------------------------------------------------------------------------------
add("circle.tif", tiff(*SIZED, (273, 4, 1, 8), (279, 4, 1, 2400), next_=8), "pages|damaged|not a")
add("exif_circle.jpg", saved("JPEG", exif=b"Exif\0\0" + tiff((0x8769, 4, 1, 8), next_=8)))
add("exif_large.jpg", saved("JPEG", exif=b"Exif\0\0" + tiff((0x10F, 2, 2**31, 0), next_=0)))
add("exif_noise.png", png(60, 40, chunk(b"eXIf", bytes(range(256)) * 9), zeros(181 * 40)))

# --- films and pages ---------------------------------------------------------------------------


def film(format: str) -> bytes:
    frames = [Image.new("RGB", (30, 30), (i % 255, i // 255, 0)) for i in range(300)]
    out = io.BytesIO()
    frames[0].save(out, format, save_all=True, append_images=frames[1:])
    return out.getvalue()


def scans() -> bytes:
    """A progressive JPEG whose last scan stands in it two thousand times."""
    data = saved("JPEG", size=(400, 400), progressive=True)
    at = data.rfind(b"\xff\xda")
    return data[:-2] + data[at:-2] * 2000 + data[-2:]


for _format in ("GIF", "PNG", "TIFF", "WEBP"):
    add(f"film.{_format.lower()}", lambda format=_format: film(format), "several")

# --- what is something else --------------------------------------------------------------------
_drawing = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script>"
add("drawing.jpg", _drawing, "SVG drawing")
add("page.png", b"<!DOCTYPE html><script>alert(1)</script>", "web page")
add("xml.gif", b'<?xml version="1.0"?><svg/>', "XML document")
add("paper.jpg", b"%PDF-1.7 /Launch", "PDF")
add("postscript.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60 40\n(x) run", "not a pict")
add("photoshop.jpg", b"8BPS\0\x01" + bytes(60), "Photoshop")
add("icon.jpg", b"\0\0\1\0\1\0\0\0\0\0\1\0\x20\0" + bytes(60), "not a picture")
add("heic.jpg", b"\0\0\0\x1cftypheic" + bytes(30), "HEIC")
add("program.jpg", b"\x7fELF" + bytes(90), "program")
add("archive.jpg", b"PK\x03\x04" + bytes(90), "ZIP")
add("pickle.jpg", pickle.dumps(Loaded()), "not a picture")
add("pixmap.jpg", b"/* XPM */ static char *x[] = {", "not a picture")
add("fits.jpg", b"SIMPLE  =                    T" + bytes(2880), "not a picture")
add("nothing.jpg", b"", "empty")
add("words.jpg", b"just words", "not a picture")

# --- cut, bent and odd -------------------------------------------------------------------------
add("cut.jpg", saved("JPEG")[:400], "damaged")
add("cut.webp", saved("WEBP")[:60], "damaged|not a picture")
add("no_pixels.png", png(60, 40), "damaged")
add("wrong_sum.png", png(60, 40, b"\0\0\0\x01IDAT\0\0\0\0\0"), "damaged|not a picture")
add("bent.jpg", lambda: bytes(b if i % 97 else b ^ 255 for i, b in enumerate(saved("JPEG"))),
    "damaged|not a picture")  # fmt: skip
add("sliver.png", saved("PNG", size=(2000, 20)), "not a product photo")
add("dot.png", saved("PNG", size=(1, 1)), "not a product photo")
add("cmyk.jpg", saved("JPEG", "CMYK"))
add("palette.png", saved("PNG", "P", transparency=3))
add("two_colours.png", saved("PNG", "1"))
add("deep.png", png(60, 40, zeros(40 * (1 + 60 * 6)), depth=16))
add("profile_noise.jpg", saved("JPEG", icc_profile=bytes(range(256)) * 100))
add("profile_lies.jpg", saved("JPEG", icc_profile=b"\xff\xff\xff\xff" + bytes(124)))


def polyglot() -> bytes:
    """A photo that is also an archive, with a program in it."""
    out = io.BytesIO(saved("JPEG"))
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("run.sh", "touch /tmp/studio-was-here")
    return out.getvalue()


add("photo_and_archive.jpg", polyglot)
add("photo_and_page.jpg", saved("JPEG", comment=b"<script>alert(1)</script>"))
