"""Fuzzes what reads hostile text: pip install atheris, then `python benchmarks/fuzz.py`.

Each target runs in a process of its own for SECONDS (default 100 each, six targets: ten minutes).
Only a StudioError is an answer; any other exception, 20 seconds on one input, or 2.5 GB of memory
is a find, whose input is kept in the folder that is named at the end.

    python benchmarks/fuzz.py [--seconds 100] [--keep FOLDER] [TARGET ...]
    python benchmarks/fuzz.py TARGET --input FILE      runs one input again
"""

from __future__ import annotations

import argparse
import contextlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
Target = Callable[[bytes], None]


def catalog(folder: Path) -> Target:
    """A file's bytes; the first one chooses its name."""
    from studio.catalog import read

    names = ("f.csv", "f.json", "f.jsonl", "f.xml", "f.tsv", "f.txt")

    def run(data: bytes) -> None:
        if not data or data[1:3] == b"PK" or data[1:5] == b"\xd0\xcf\x11\xe0":
            return  # workbooks are read in a process of their own
        path = folder / names[data[0] % len(names)]
        path.write_bytes(data[1:])
        report = read([path], language="zh" if data[0] & 64 else "en")
        assert sum(report.balance.values()) == report.rows, report.balance

    return run


def cells(folder: Path) -> Target:
    """One cell, as each kind of value."""
    from studio.catalog import facts, headers, money, plain, values
    from studio.catalog.profiles import Categories

    known = headers.load()
    readings = (values.whole, values.barcode, values.day, values.pictures, plain.plain, plain.line)
    readings += (facts.clean, money.currency_code, known.name, known.kind)

    def run(data: bytes) -> None:
        text = data.decode("utf-8", "ignore")
        for language in ("en", "zh", "de"):
            found = money.price(text, "USD", language)
            assert found.money is None or found.money.amount >= 0
        for reading in readings:
            reading(text)
        facts.paths_of(text, Categories())

    return run


def rules(folder: Path) -> Target:
    """A rule pack of the user's own, and one pattern of a rule."""
    from studio.compliance import packfile, pattern

    path = folder / "pack.yaml"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        source, mistakes = packfile.read(path)
        assert source is not None or mistakes
        text = data.decode("utf-8", "ignore")
        if len(text) < 300:
            with contextlib.suppress(pattern.PatternError):
                pattern.needs(text, {})
                pattern.compiled(pattern.expand(text, {}))

    return run


def channels(folder: Path) -> Target:
    """A channel spec of the user's own."""
    from studio.channels import spec

    path = folder / "templates" / "export" / "mine.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)

    def run(data: bytes) -> None:
        path.write_bytes(data)
        spec.load("mine", (folder,))

    return run


def prompts(folder: Path) -> Target:
    """A prompt file of the user's own, and a product whose text is the same."""
    from studio import prompting
    from studio.schema import Attribute, Brief, Facts, Product

    path = folder / "prompts" / "copy" / "mine.en.j2"
    path.parent.mkdir(parents=True, exist_ok=True)

    def run(data: bytes) -> None:
        path.write_bytes(data)
        text = data.decode("utf-8", "ignore")
        facts = Facts(title=text[:300], description=text, attributes=(
            Attribute(name=text[:40] or "a", value=text[:90]),))  # fmt: skip
        product = Product(id="a", locale="en-US", facts={"en-US": facts})
        prompting.render(
            "mine", product, Brief(channel="x", locale="en-US"), {}, searched=(folder,)
        )

    return run


def quantities(folder: Path) -> Target:
    """A text, read for its numbers and units."""
    from studio.grounding.fold import fold
    from studio.grounding.quantities import quantities as read

    def run(data: bytes) -> None:
        text = data.decode("utf-8", "ignore")
        for found in read(fold(text)):
            assert 0 <= found.start < found.end <= len(text)

    return run


TARGETS = {f.__name__: f for f in (catalog, cells, rules, channels, prompts, quantities)}


def seeds(name: str) -> list[bytes]:
    """What the fuzzer begins with: shipped files, and the small ones of the hostile corpus."""
    where = {
        "rules": "studio/compliance/packs/*.yaml",
        "channels": "templates/export/*.yaml",
        "prompts": "prompts/copy/*.j2",
        "quantities": "README.md",
        "cells": "tests/test_catalog_parsers.py",
        "catalog": "assets/sample/*.csv",
    }[name]
    texts = [path.read_bytes() for path in sorted(ROOT.glob(where))]
    if name in ("quantities", "cells"):
        texts = [found for text in texts for found in re.findall(rb"[\"'|](.{3,80}?)[\"'|]", text)]
    if name == "catalog":
        from hostile_catalogs import CASES

        with tempfile.TemporaryDirectory() as folder:
            for case in CASES:
                if case.name.endswith((".csv", ".json", ".jsonl", ".xml")):
                    case.build(path := Path(folder) / case.name)
                    texts += [path.read_bytes()] if path.stat().st_size < 4000 else []
        texts = [bytes([i % 6]) + text for text in texts for i in range(6)]
    return texts


def one(name: str, data: bytes) -> None:
    """One input of a target, outside of the fuzzer."""
    from studio.errors import StudioError

    with tempfile.TemporaryDirectory() as folder:
        try:
            TARGETS[name](Path(folder))(data)
        except StudioError as error:
            print(error)


def fuzz(name: str, seconds: int, keep: Path) -> None:
    """Runs in the child: never returns."""
    import atheris

    with atheris.instrument_imports(include=["studio"]):
        from studio.errors import StudioError

        folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        target = TARGETS[name](folder)

    def run(data: bytes) -> None:
        with contextlib.suppress(StudioError):
            target(data)

    corpus = keep / f"{name}-corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    flags = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2500", "-max_len=6000"]
    flags += [f"-artifact_prefix={keep}/{name}-", "-print_final_stats=1", "-seed=7", str(corpus)]
    atheris.Setup([sys.argv[0], *flags], run)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[])
    parser.add_argument("--seconds", type=int, default=100)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "studio-fuzz")
    parser.add_argument("--input", type=Path)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.keep.mkdir(parents=True, exist_ok=True)
    if asked.input:
        one(asked.targets[0], asked.input.read_bytes())
        return 0
    if asked.child:
        fuzz(asked.targets[0], asked.seconds, asked.keep.resolve())
    finds = 0
    print("target      seconds  inputs     ends")
    for name in asked.targets or TARGETS:
        log = asked.keep / f"{name}.log"
        command = [sys.executable, __file__, name, "--child"]
        command += ["--seconds", str(asked.seconds), "--keep", str(asked.keep)]
        with log.open("wb") as out:
            code = subprocess.run(command, stdout=out, stderr=out).returncode
        said = log.read_text("utf-8", "replace")
        done = re.search(r"number_of_executed_units:\s*(\d+)", said)
        count = done[1] if done else "?"
        print(
            f"{name:11} {asked.seconds:7}  {count:>9}  {f'a find, see {log}' if code else 'clean'}"
        )
        finds += bool(code)
    return finds


if __name__ == "__main__":
    sys.exit(main())
