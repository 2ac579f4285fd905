"""Exports: all or nothing, only what was approved, and provable afterwards."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
import textwrap
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from export_making import ENGLISH, SCENE, WHITE, blob, item, lamp, mug, picture
from hypothesis import given, settings
from hypothesis import strategies as st

from studio import channels
from studio.channels import manifest, output
from studio.channels.entry import entry
from studio.channels.formats import find_format
from studio.channels.spool import Spool
from studio.errors import InputError, StateError
from studio.schema import Brief, Copy, Finding, Severity, State, Waiver, now

RECORD = {
    "head": {"number": 41, "hash": "ab" * 32},
    "rules": "cd" * 32,
    "approvers": {"MUG-1/shopify/en-US": "rui"},
    "at": "2026-11-22T03:00:00+00:00",
}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def export(folder: Path, *items, record=RECORD, blobs=blob, **more):
    items = items or (item(mug(), "shopify"), item(lamp(), "shopify"))
    return channels.write(
        channels.load("shopify"), items, folder, blobs, by="ann", record=record, **more
    )


def test_what_an_export_holds(tmp_path):
    made = export(tmp_path / "out")
    found = {p.relative_to(made.folder).as_posix() for p in made.folder.rglob("*") if p.is_file()}
    assert found == {
        "manifest.json",
        "shopify.en-US.csv",
        "pictures/en-US/mug-1-main.jpg",
        "pictures/en-US/mug-1-scene.jpg",
        "pictures/en-US/lamp-7-main.jpg",
        "pictures/en-US/lamp-7-scene.jpg",
    }
    assert (made.folder / "pictures/en-US/mug-1-main.jpg").read_bytes() == blob(WHITE)
    assert names(tmp_path) == ["out"]
    assert (made.listings, made.pictures, len(made.tables)) == (2, 4, 1)
    assert channels.verify(made.folder) == []


def test_the_manifest_tells_how_each_listing_came_to_be(tmp_path):
    finding = Finding(
        id="ABS.SUPERLATIVE", rule="cn.best", severity=Severity.HIGH, field="title", start=0, end=1,
        match="S", message={"en": "m"}, waived=Waiver(by="rui", at=now(), reason="brand name"),
    )  # fmt: skip
    made = export(tmp_path / "out", item(mug(), "shopify", findings=(finding,)))
    data = (made.folder / "manifest.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == made.sha256
    whole = json.loads(data)
    head, (line,) = whole["head"], whole["listings"]
    assert head["by"] == "ann"
    assert head["at"] == RECORD["at"]
    assert head["record"] == {"head": RECORD["head"], "rules": RECORD["rules"]}
    assert head["spec"].startswith("shopify.yaml ")
    assert head["totals"] == {"listings": 1, "pictures": 2, "bytes": made.bytes}
    _, listing = item(mug(), "shopify")
    assert line["content"] == listing.content_digest
    assert (line["revision"], line["inputs"], line["approver"]) == (2, "1" * 64, "rui")
    assert line["text"]["made"] == [
        {"engine": "transformers", "model": "tiny", "prompt": "listing.en.j2 abc", "digest": "d",
         "seed": 3}
    ]  # fmt: skip
    assert line["text"]["ai"] == ["title"]
    assert [(p["slot"], p["ai"], p["sha256"]) for p in line["pictures"]] == [
        ("main", "none", WHITE), ("scene", "composite", SCENE)
    ]  # fmt: skip
    assert line["pictures"][0]["made"] == [{"engine": "compose", "seed": 7}]
    assert line["waived"] == ["cn.best"]
    for file in whole["files"]:
        stored = (made.folder / file["path"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (
            len(stored),
            hashlib.sha256(stored).hexdigest(),
        )
    assert {file["path"] for file in whole["files"]} == {f.path for f in made.files}


def test_the_same_export_again_is_the_same_to_the_byte(tmp_path):
    one, two = export(tmp_path / "one"), export(tmp_path / "two")
    assert one.sha256 == two.sha256


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": State.DRAFT, "approved": None}, "is not approved"),
        ({"state": State.SUBMITTED}, "is not approved"),
        ({"state": State.REJECTED}, "is not approved"),
        ({"revision": 3}, "revision 2 was approved, but the newest is 3"),
        ({"channel": "ebay", "brief": Brief(channel="ebay", locale="en-US")}, "on ebay"),
        ({"product": "other"}, "a listing of other"),
        ({"locale": "../x"}, "not a locale"),
    ],
)
def test_only_what_was_approved_leaves(tmp_path, change, words):
    product, listing = item(mug(), "shopify")
    with pytest.raises((StateError, InputError), match=words) as caught:
        export(
            tmp_path / "out", item(lamp(), "shopify"), (product, listing.model_copy(update=change))
        )
    assert caught.value.where == listing.id
    assert names(tmp_path) == []


def broken_items():
    yield item(lamp(), "shopify")
    raise RuntimeError("the database went away")


@dataclass(frozen=True)
class Bad:
    name: str
    items: tuple
    words: str
    blobs: object = blob


MUG = item(mug(), "shopify")
SAME = item(mug("mug-2", variants=mug().variants), "shopify")
BAD = [
    Bad("nothing", (), "nothing on shopify is approved"),
    Bad("twice", (MUG, MUG), "stands twice"),
    Bad("shared SKU", (MUG, SAME), "'MUG-1-BLUE' is the SKU of another product"),
    Bad("a slot twice", (item(mug(), "shopify", pictures=(picture(),) * 2),), "two pictures"),
    Bad("no picture", (item(mug(), "shopify", pictures=(picture(mime="text/html"),)),), "html"),
    Bad("a changed picture", (MUG,), "has changed since", lambda sha256: b"other"),
    Bad("half a sign", (item(mug(), "shopify", text=Copy(title="M\ud83d")),), "lone surrogate"),
]


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_a_failed_export_leaves_nothing(tmp_path, bad):
    with pytest.raises((StateError, InputError), match=bad.words):
        channels.write(channels.load("shopify"), bad.items, tmp_path / "a/out", bad.blobs, by="ann")
    assert names(tmp_path / "a") == []


def test_an_error_of_the_caller_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        channels.write(channels.load("shopify"), broken_items(), tmp_path / "out", blob, by="ann")
    assert names(tmp_path) == []


def test_control_characters_are_told_before_xml_breaks(tmp_path):
    text = Copy(title="Mug \x07")
    with pytest.raises(InputError, match="control character") as caught:
        channels.write(
            channels.load("google_merchant"), [item(mug(), "google_merchant", text=text)],
            tmp_path / "out", blob, by="ann", record={"format": "google_xml"},
        )  # fmt: skip
    assert caught.value.where == "MUG-1/google_merchant/en-US"


def test_a_killed_export_never_has_the_final_name(tmp_path):
    """SIGKILL at each picture in turn; then the same export goes through."""
    program = textwrap.dedent("""
        import os, sys
        from pathlib import Path
        from export_making import blob, item, lamp, mug
        from studio import channels
        left = int(sys.argv[2])
        def dying(sha256):
            global left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), 9)
            return blob(sha256)
        items = [item(mug(), "shopify"), item(lamp(), "shopify")]
        channels.write(channels.load("shopify"), items, Path(sys.argv[1]), dying, by="ann")
    """)
    folder = tmp_path / "out"
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    for left in (0, 3):
        ended = subprocess.run([sys.executable, "-c", program, folder, str(left)], env=here)
        assert ended.returncode == -9
        assert not folder.exists()
        assert channels.verify(folder) == ["manifest.json is missing"]
    made = export(folder)
    assert channels.verify(made.folder) == []


def test_what_a_killed_export_left_is_taken_away_a_day_later(tmp_path):
    for name in (".out.1234.part", ".out.99.old", ".out.5678.part", ".out.mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text("x")
        if "5678" not in name:
            os.utime(tmp_path / name, (0, 0))
    export(tmp_path / "out")
    assert names(tmp_path) == [".out.5678.part", ".out.mine", "out"]


def test_a_folder_in_the_way(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    export(folder)  # empty: it may be used
    with pytest.raises(StateError, match="is there already"):
        export(folder)
    assert export(folder, item(lamp(), "shopify"), replace=True).listings == 1
    (folder / "note.txt").write_text("mine")
    with pytest.raises(StateError, match="not an untouched export"):
        export(folder, replace=True)
    assert (folder / "note.txt").read_text() == "mine"
    assert names(tmp_path) == ["out"]


def test_ids_that_look_alike_keep_apart(tmp_path):
    made = export(
        tmp_path / "out", *(item(mug(id), "shopify") for id in ("MUG_1", "mug-1", "MUG 1"))
    )
    with (made.folder / "shopify.en-US.csv").open(encoding="utf-8", newline="") as file:
        handles = [row["URL handle"] for row in csv.DictReader(file) if row["Title"]]
    assert len(set(handles)) == 3
    assert handles[0] == "mug-1"
    assert made.pictures == 6
    assert channels.verify(made.folder) == []


def test_languages_have_files_of_their_own(tmp_path):
    made = export(tmp_path / "out", item(mug(), "shopify"), item(mug(), "shopify", "zh-CN"))
    assert [table.path for table in made.tables] == ["shopify.en-US.csv", "shopify.zh-CN.csv"]
    assert (made.folder / "pictures/zh-CN/mug-1-main.jpg").exists()
    (note,) = [note for note in made.notes if note.code == "languages"]
    assert (note.count, note.example) == (2, "en-US, zh-CN")
    assert "en-US, zh-CN" in note.message["zh"]


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StateError, match="could not be written") as caught:
        export(tmp_path / "file" / "out")
    assert "choose a folder" in caught.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_fills_up_leaves_nothing(tmp_path):
    def full(sha256: str) -> bytes:
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"x")
        return blob(sha256)

    with pytest.raises(StateError, match="No space left"):
        export(tmp_path / "out", blobs=full)
    assert names(tmp_path) == []


def test_what_came_meanwhile_is_not_overwritten(tmp_path):
    def slow():
        yield item(mug(), "shopify")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "other.txt").write_text("x")

    with pytest.raises(StateError, match="could not be written"):
        channels.write(channels.load("shopify"), slow(), tmp_path / "out", blob, by="ann")
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["other.txt"]


ANY = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20) | st.text(
    st.sampled_from("\"',;\t\r\n<>&='\\\0\x0b\x1c\x85\u2028 a汉👨‍👩‍👧"), max_size=12
)


@settings(max_examples=40, deadline=None)
@given(ANY.filter(str.strip), ANY, st.lists(ANY, max_size=3), st.sampled_from(
    ["shopify", "google_merchant", "taobao"]))  # fmt: skip
def test_any_text_comes_back_as_it_was_approved(title, description, bullets, channel):
    """`write` itself reads every table back with another reader, and raises on any difference."""
    text = Copy(title=title, description=description, bullets=tuple(bullets),
                origin={"title": "model"}, extra={"seo_title": title})  # fmt: skip
    with TemporaryDirectory() as folder:
        made = channels.write(
            channels.load(channel), [item(mug(), channel, text=text), item(lamp(), channel)],
            Path(folder) / "out", blob, by="ann",
        )  # fmt: skip
        assert channels.verify(made.folder) == []


# --- the second reader, on a real difference ------------------------------------------------------


@pytest.fixture
def spool(tmp_path) -> Iterator[Spool]:
    made = Spool(tmp_path / "spool")
    yield made
    made.remove()


@pytest.mark.parametrize(
    ("there", "instead", "words"),
    [
        (b"Holds 350 ml", b"Holds 340 ml", "bullets"),
        (b"12.00", b"12.01", "offers"),
        (b"mug-1-scene", b"mug-1-stage", "pictures"),
        (b"MUG-1-RED", b"MUG-1-READ", "offers"),
        (b"A mug on a table,,\r\n", b"A mug on a table,,\r\nmore,more\r\n", "cells under"),
        (b"Stoneware Mug, ", b"Stoneware Mug; ", "title"),
    ],
)
def test_a_table_that_says_something_else_is_caught(tmp_path, spool, there, instead, words):
    made = export(tmp_path / "out", item(mug(), "shopify"))
    path = made.folder / made.tables[0].path
    format = find_format("shopify_csv")
    product, listing = item(mug(), "shopify")
    found = entry(product, listing, channels.load("shopify"), {})
    sheet = ("en-US", ())
    spool.add_rows(sheet, format.rows(found), format.approved(found), listing.id)
    output.read_back(format, spool, made.folder, sheet, list(made.tables))
    path.write_bytes(path.read_bytes().replace(there, instead, 1))
    with pytest.raises((StateError, InputError), match=words):
        output.read_back(format, spool, made.folder, sheet, list(made.tables))


# --- verify ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path) -> Path:
    return export(tmp_path / "out").folder


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / manifest.FILE
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_verify_sees_a_changed_picture(folder):
    path = folder / "pictures/en-US/mug-1-main.jpg"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"!")
    assert channels.verify(folder) == ["pictures/en-US/mug-1-main.jpg has changed"]
    path.write_bytes(data + b"!")
    assert "bytes, not" in channels.verify(folder)[0]


def test_verify_sees_what_is_missing_and_what_is_too_much(folder):
    (folder / "shopify.en-US.csv").unlink()
    (folder / "pictures/more.txt").write_text("x")
    assert channels.verify(folder) == [
        "shopify.en-US.csv is missing",
        "pictures/more.txt does not belong to the export",
    ]


def test_verify_sees_links(folder, tmp_path):
    path = folder / "shopify.en-US.csv"
    path.rename(tmp_path / "elsewhere.csv")
    path.symlink_to(tmp_path / "elsewhere.csv")
    assert channels.verify(folder) == ["shopify.en-US.csv is a link"]
    (folder / "pictures").rename(tmp_path / "pictures")
    (folder / "pictures").symlink_to(tmp_path / "pictures")
    assert "pictures/en-US/mug-1-main.jpg is a link" in channels.verify(folder)


HOSTILE = ["../secret", "/etc/passwd", "a/../../b", "..\\b", "C:x", "a\\u0000b", "", ".", "a//b"]


@pytest.mark.parametrize("name", HOSTILE)
def test_verify_follows_no_path_out_of_the_folder(folder, tmp_path, name):
    (tmp_path / "secret").write_text("x")
    edit(folder, '"path":"shopify.en-US.csv"', f'"path":"{name}"'.replace("\\b", "\\\\b"))
    problems = channels.verify(folder)
    assert any("points outside" in p or "malformed" in p for p in problems)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"files": [', '"files": {', "malformed"),
        ('{"path":', '{"path":1,"was":', "malformed"),
        (',"bytes":', ',"bytes":"x","was":', "malformed"),
        ('"listings": 2', '"listings": 3', "totals"),
        ('"bytes": ', '"bytes": 1', "totals"),
        ('{\n"head": ', '{\n"head": {},\n"head": ', "malformed"),
        ("\n}\n", "\n", "malformed"),
        ('"listings": [', '"more": [', "malformed"),
    ],
)
def test_verify_tells_a_malformed_manifest(folder, old, new, words):
    edit(folder, old, new)
    assert any(words in problem for problem in channels.verify(folder))


def test_verify_tells_a_manifest_that_is_none(folder):
    for data in (b"", b"{}", b"\xff\xfe", b"[" * 100_000):
        (folder / manifest.FILE).write_bytes(data)
        assert channels.verify(folder)
    (folder / manifest.FILE).unlink()
    assert channels.verify(folder) == ["manifest.json is missing"]


def test_verify_can_hold_the_manifest_against_the_record(folder):
    recorded = hashlib.sha256((folder / manifest.FILE).read_bytes()).hexdigest()
    assert channels.verify(folder, recorded) == []
    edit(folder, '"approver":"rui"', '"approver":"ann"')
    assert channels.verify(folder) == []  # only the record knows
    assert channels.verify(folder, recorded) == ["manifest.json is not the one that was recorded"]


def test_a_file_named_twice(folder):
    lines = (folder / manifest.FILE).read_text(encoding="utf-8").splitlines()
    line = next(line for line in lines if line.startswith('{"path":"pictures'))
    edit(folder, line, f"{line}\n{line}")
    assert "stands twice" in channels.verify(folder)[0]


# --- size -----------------------------------------------------------------------------------------


def peak(folder: Path, number: int) -> int:
    """The most bytes that Python held while so many listings were exported."""
    text = ENGLISH.model_copy(update={"description": "Clay. " * 200})
    items = (item(mug(f"m-{i}"), "shopify", text=text, pictures=()) for i in range(number))
    channel = channels.load("shopify")
    tracemalloc.start()
    made = channels.write(channel, items, folder, blob, by="ann")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made.listings == number
    return most


def test_memory_does_not_grow_with_the_catalog(tmp_path):
    peak(tmp_path / "first", 2)  # what is imported once
    small, large = peak(tmp_path / "small", 200), peak(tmp_path / "large", 1000)
    # Buffers fill a little more; 800 more listings of 1,200 letters each are nowhere in memory.
    assert large - small < 200_000
