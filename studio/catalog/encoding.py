"""Which encoding a text file is in: BOM, strict UTF-8, charset-normalizer, strict GB18030.

A legacy encoding can be mistaken, so the candidates are also judged by how many known header
names their first lines show.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

from studio.catalog.report import Report

SAMPLE = 262_144
_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins the same way
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "ascii": "utf-8"}


def detect(path: Path, file: str, report: Report, known: Callable[[str], int]) -> str:
    """The codec to open the file with; errors="replace" is safe for it, and only needed for a
    UTF-8 file with a few broken bytes. `known` counts known headers in a text.

    Raises InputError when nothing fits.
    """
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE)
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        return _utf16(sample, file, report)
    if _strict(path, "utf-8"):
        return "utf-8"
    if _nearly_utf8(sample):
        return "utf-8"
    fitting = [name for name in _candidates(sample) if _strict(path, name)]
    if not fitting:
        raise report.refuse("encoding", file)
    text = {name: sample.decode(name, "replace") for name in fitting}
    best = max(fitting, key=lambda name: (known(text[name][:8192]), -fitting.index(name)))
    if best != "gb18030":
        report.issue("encoding-guessed", file, 1, encoding=best)
    return best


def _candidates(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    guess = from_bytes(sample).best()
    names = [guess.encoding] if guess else []
    names = [_SUPERSETS.get(name.replace("_", "-"), name) for name in names]
    return list(dict.fromkeys([*names, "gb18030", "big5", "cp1252"]))


def _strict(path: Path, name: str) -> bool:
    """Whether the whole file decodes, read in pieces."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _nearly_utf8(sample: bytes) -> bool:
    """A UTF-8 file in which at most one in twenty of the non-ASCII characters is broken."""
    text = sample.decode("utf-8", "replace")
    beyond = sum(1 for c in text if c > "\x7f")
    broken = text.count("�")
    return beyond > 0 and broken * 20 <= beyond


def _utf16(sample: bytes, file: str, report: Report) -> str:
    """UTF-16 without a mark: Latin letters and line ends put NULs on one side only."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = sample[: len(sample) // 2 * 2].decode(name)
    except UnicodeDecodeError:
        text = ""
    odd_characters = sum(1 for c in text if c < " " and c not in "\t\r\n")
    if min(even, odd) * 4 > max(even, odd) or not text or odd_characters or "\n" not in text:
        raise report.refuse("binary", file)
    return name
