"""Opens a merchant's picture. Its bytes are decoded in a bounded process (picture_child.py).

What comes out is plain: 8-bit sRGB, upright, and alpha apart. EXIF (with its place and camera), XMP
and colour profile stay behind, so nothing of them can reach a picture that we write.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections import deque
from dataclasses import asdict, dataclass
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from studio import confined
from studio.errors import InputError

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

MEMORY = 2_500_000_000  # address space of the decoder: the largest picture let in, a few times
SECONDS = 60  # its processor time, and a third of what the clock allows for one picture
IDLE = max(2, os.cpu_count() or 1)  # decoders that wait for the next picture
_CHILD = Path(__file__).with_name("picture_child.py")
_TEXTS = Path(__file__).with_name("refusals.yaml")
_idle: deque[subprocess.Popen[bytes]] = deque()


class UnfitPhotoError(InputError):
    """A photo that is not taken, and why; `said`: cause and remedy by language."""

    said: dict[str, tuple[str, str]]


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


def load(path: Path, limits: Limits | None = None, language: str = "en") -> bytes:
    """The bytes of a picture file, of which no more are read than are let in. Raises InputError."""
    most = (limits or Limits()).bytes
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
            size = path.stat().st_size
    except OSError as error:
        raise refused("unreadable", path.name, language, cause=error.strerror) from error
    _bounded(len(data) if len(data) <= most else size, most, path.name, language)
    return data


def read(data: bytes, name: str = "", limits: Limits | None = None, language: str = "en") -> Opened:
    """Decode a picture. Raises InputError that names the file, the cause and the remedy, in
    English ("en") or Chinese ("zh")."""
    limits = limits or Limits()
    _bounded(len(data), limits.bytes, name, language)
    told, pixels = _ask(data, limits)
    if code := told.get("refused", "" if told else "stopped"):
        raise refused(code, name, language, **told.get("words", {}))
    shape = (told["height"], told["width"])
    area = shape[0] * shape[1]
    rgb = pixels[: 3 * area].reshape(*shape, 3)
    alpha = _alpha(pixels[3 * area :].reshape(shape)) if told["alpha"] else None
    stored = (told["stored"][0], told["stored"][1])
    return Opened(rgb, alpha, told["format"], stored, tuple(told["notes"]))


def _bounded(size: int, most: int, name: str, language: str) -> None:
    if size > most:
        words = {"size": round(size / 1e6), "most": round(most / 1e6)}
        raise refused("bytes", name, language, **words)
    if not size:
        raise refused("empty", name, language)


def refused(code: str, name: str, language: str = "en", **words: Any) -> UnfitPhotoError:
    """The error for a code of refusals.yaml, raised in one language, said in both."""
    texts, said = _texts(), {}
    for spoken in ("en", "zh"):
        filled = dict(words)
        if spoken == "zh" and "kind" in words:
            filled["kind"] = texts["kinds"][words["kind"]]
        if spoken == "zh" and "cause" in words:
            known = (zh for en, zh in texts["causes"].items() if en in str(words["cause"]).lower())
            filled["cause"] = next(known, words["cause"])
        cause, remedy = texts[code][spoken]
        said[spoken] = cause.format(**filled), remedy.format(**filled)
    message, hint = said["zh" if language.startswith("zh") else "en"]
    error = UnfitPhotoError(message, hint=hint, where=name)
    error.said = said
    return error


@cache
def _texts() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_TEXTS.read_text("utf-8"))
    return loaded


def _ask(data: bytes, limits: Limits) -> tuple[dict[str, Any], Pixels]:
    """(what the decoder tells, pixels), or ({}, none) when it was stopped. A decoder serves one
    picture at a time, then waits."""
    child = _decoder()
    assert child.stdin is not None
    assert isinstance(child.stdout, BufferedReader)
    told: dict[str, Any] = {}
    pixels = np.zeros(0, np.uint8)
    try:
        with confined.clock(child, 3 * SECONDS), contextlib.suppress(OSError, ValueError):
            asked = {"size": len(data), "limits": asdict(limits)}
            child.stdin.write(json.dumps(asked).encode() + b"\n" + data)
            child.stdin.flush()
            told = json.loads(child.stdout.readline())
            size = told.get("width", 0) * told.get("height", 0) * (4 if told.get("alpha") else 3)
            pixels = np.empty(size, np.uint8)
            if child.stdout.readinto(pixels.data) < size:
                told = {}
    finally:
        if told and not told["last"] and len(_idle) < IDLE:
            _idle.append(child)
        else:
            _end(child)
    return told, pixels


def _decoder() -> subprocess.Popen[bytes]:
    """One that waits and still lives, else a new one."""
    with contextlib.suppress(IndexError):
        while True:
            child = _idle.pop()
            if child.poll() is None:
                return child
            _end(child)
    return confined.start(_CHILD, memory=MEMORY, seconds=SECONDS, asked=True)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    with contextlib.suppress(OSError):
        child.communicate()


def _alpha(plane: Pixels) -> Plane | None:
    """Alpha as 0..1, or None when all of the picture is opaque (or all of it is not)."""
    alpha = plane.astype(np.float32) / np.float32(255)
    cut = float((alpha < 0.5).mean())
    return alpha if 0.005 < cut < 0.995 else None
