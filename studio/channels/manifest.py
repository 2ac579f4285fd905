"""What an export is made of, so that anyone can prove later that nothing was touched.

`manifest.json` is one JSON object with every file (size, sha256) and every listing (revision,
digest of what was approved, provenance, approver, AI marks). Each file and listing stands on a line
of its own, so that a manifest of a million listings is written and read without being held in
memory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any

from studio.channels.ledger import Ledger
from studio.schema import Listing, Noun

FILE = "manifest.json"
VERSION = 1
_CHUNK = 1 << 16
ROWS = ("files", "listings")


class FileEntry(Noun):
    """A file of the export: its path inside it, its size in bytes, its sha256."""

    path: str
    bytes: int
    sha256: str
    kind: str  # "table" or "picture"


class Note(Noun):
    """What a merchant should know of this export: how often, an example, what to do."""

    code: str
    count: int
    example: str
    message: dict[str, str]


class Manifest(Noun):
    """What `write` returns. `listings` and `pictures` are numbers: the lines are in the file."""

    folder: Path
    channel: str
    tables: tuple[FileEntry, ...]
    pictures: int
    listings: int
    bytes: int  # of all files together
    sha256: str  # of manifest.json: for the event that records the export
    notes: tuple[Note, ...] = ()

    @property
    def files(self) -> tuple[FileEntry, ...]:
        """Every file, read from the manifest; to count them, `pictures` and `tables` are enough."""
        entries = read(self.folder / FILE)
        return tuple(FileEntry.model_validate(item) for kind, item in entries if kind == "files")


def listing_line(listing: Listing, files: list[str], record: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest's line of a listing."""
    text = listing.text
    approvers = record.get("approvers", {})
    return {
        "id": listing.id,
        "product": listing.product,
        "locale": listing.locale,
        "revision": listing.revision,
        "content": listing.content_digest,
        "inputs": listing.digest,
        "approver": approvers.get(listing.id, ""),
        "text": {
            "made": [made.model_dump(exclude={"seconds"}, exclude_defaults=True)
                     for made in text.made],
            "ai": sorted(name for name, origin in text.origin.items() if origin == "model"),
        },
        "pictures": [
            {
                "slot": p.slot,
                "sha256": p.sha256,
                "source": p.source,
                "ai": p.ai,
                "made": [m.model_dump(exclude={"seconds"}, exclude_defaults=True) for m in p.made],
            }
            for p in listing.pictures
        ],
        "waived": [f.rule for f in listing.findings if f.waived is not None],
        "files": files,
    }  # fmt: skip


def write(path: Path, head: Mapping[str, Any], lines: Mapping[str, Iterator[str]]) -> str:
    """Writes the manifest from a head and JSON lines for each of ROWS; its sha256."""
    digest = sha256()
    with path.open("wb") as out:
        for part in _text(head, lines):
            data = part.encode("utf-8")
            digest.update(data)
            out.write(data)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _text(head: Mapping[str, Any], rows: Mapping[str, Iterator[str]]) -> Iterator[str]:
    yield '{\n"head": ' + json.dumps(head, ensure_ascii=False, sort_keys=True)
    for name, lines in rows.items():
        yield f',\n"{name}": ['
        for i, line in enumerate(lines):
            yield ("," if i else "") + "\n" + line.strip()
        yield "\n]"
    yield "\n}\n"


def read(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """("head" | "files" | "listings", entry) for each line. Raises ValueError when malformed."""
    section, closed = "", False
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            text = line.strip().removesuffix(",")
            if text.startswith('"head": ') and number == 2:
                yield "head", _object(text.removeprefix('"head": '), number)
            elif text in (f'"{name}": [' for name in ROWS):
                section = text.split('"')[1]
            elif text.startswith("{") and section:
                yield section, _object(text, number)
            elif text not in ("{", "]", "}"):
                raise ValueError(f"line {number} is not a manifest's")
            closed = text == "}"
    if not closed:
        raise ValueError("it ends too early")


def revisions(folder: Path) -> Iterator[tuple[str, int]]:
    """(listing, revision) of all that an export holds, at constant memory."""
    lines = read(folder / FILE)
    return ((item["id"], item["revision"]) for kind, item in lines if kind == "listings")


def _object(text: str, number: int) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(f"line {number} is not an object")
    return found


def verify(folder: Path, expect: str = "") -> list[str]:
    """The problems of an export folder; none means that it is just as it was written.

    `expect` is the sha256 of manifest.json as it stands in the record of events.
    """
    path = folder / FILE
    if not path.is_file() or path.is_symlink():
        return [f"{FILE} is missing"]
    problems = []
    if expect and hash_file(path)[1] != expect:
        problems.append(f"{FILE} is not the one that was recorded")
    head: dict[str, Any] = {}
    found = {"listings": 0, "pictures": 0, "bytes": 0}
    with Ledger() as known:
        try:
            for section, item in read(path):
                if section == "head":
                    head = item
                elif section == "listings":
                    found["listings"] += 1
                else:
                    problems += _file_problems(folder, item, known, found)
        except (ValueError, OSError, RecursionError) as error:
            return [*problems, f"{FILE} is malformed: {error}"]
        if head.get("totals") != found:
            problems.append(f"{FILE} is malformed: its totals are not those of its lines")
        files = (p.relative_to(folder).as_posix() for p in folder.rglob("*") if not _is_folder(p))
        extra = (name for name in files if name != FILE and not known.has("file", name))
        problems += [f"{name} does not belong to the export" for name in sorted(extra)]
    return problems


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _file_problems(
    folder: Path, item: dict[str, Any], known: Ledger, found: dict[str, int]
) -> Iterator[str]:
    try:
        entry = FileEntry.model_validate(item)
    except ValueError:
        yield f"{FILE} is malformed: {json.dumps(item)[:120]} is not a file entry"
        return
    name = entry.path
    path = folder / name
    found["bytes"] += entry.bytes
    found["pictures"] += entry.kind == "picture"
    if unsafe(name):
        yield f"{name!r} in {FILE} points outside the export"
    elif not known.claim("file", name):
        yield f"{name} stands twice in {FILE}"
    elif path.is_symlink() or not path.resolve().is_relative_to(folder.resolve()):
        yield f"{name} is a link"
    elif not path.is_file():
        yield f"{name} is missing"
    elif path.stat().st_size != entry.bytes:
        yield f"{name} has changed: {path.stat().st_size} bytes, not {entry.bytes}"
    elif hash_file(path)[1] != entry.sha256:
        yield f"{name} has changed"


def unsafe(name: str) -> bool:
    """Would this path leave the folder, on any system?"""
    parts = PurePosixPath(name).parts
    return (
        not parts
        or name.startswith("/")
        or ".." in parts
        or any(char in name for char in '\\:\0"<>|?*')
        or PurePosixPath(name).as_posix() != name
    )


def hash_file(path: Path) -> tuple[int, str]:
    """(bytes, sha256) of a file, read in pieces."""
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()
