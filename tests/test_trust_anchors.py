"""A record whose end was cut off, or that was written anew from its beginning, is found out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from trust_making import ADA, EVE, MEI, filled, rewritten, studio_in

from studio.errors import DeniedError, InputError, SetupError
from studio.service import Studio
from studio.store.anchors import Anchor
from studio.store.vault import Vault, new_key, public_of

HERE = "sqlite"


@pytest.fixture
def studio(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Studio]:
    url = ""
    if getattr(request, "param", HERE) != HERE:
        running = request.getfixturevalue("cluster")
        url = running.url(running.create())
    made = studio_in(tmp_path, url)
    filled(made, tmp_path)
    assert made.verify(EVE, tmp_path / "out") == []
    yield made
    made.close()


both = pytest.mark.parametrize("studio", ["sqlite", "postgresql"], indirect=True)


def lines(studio: Studio) -> list[Anchor]:
    return [Anchor.model_validate_json(line) for line in studio.anchors.read_text().splitlines()]


def test_an_export_leaves_a_signed_anchor_in_its_manifest_and_beside_the_record(
    studio: Studio, tmp_path: Path
) -> None:
    found = lines(studio)
    assert [a.why for a in found] == ["export", "exported"]
    assert all(a.genuine for a in found)
    head = studio.store.head()
    assert (found[-1].number, found[-1].hash) == (head.number, head.hash)
    with (tmp_path / "out" / "manifest.json").open() as file:
        told = json.load(file)["head"]["record"]["anchor"]
    assert Anchor.model_validate(told) == found[0]


@both
def test_a_cut_end_is_found(studio: Studio) -> None:
    rewritten(studio, None, cut=1)
    assert studio.store.verify() == [], "the thief was careless: this proves nothing"
    problems = studio.verify(EVE)
    assert any("is missing: the end of the record was cut off" in p for p in problems)


@both
def test_a_record_that_was_hashed_anew_is_found(studio: Studio) -> None:
    rewritten(studio, {"reason": "as told"})
    problems = studio.verify(EVE)
    assert any("not the one that was anchored: the record was written anew" in p for p in problems)


def test_a_record_and_its_anchors_cut_together_are_found(studio: Studio, tmp_path: Path) -> None:
    report = studio.anchor(MEI)
    kept = studio.anchors.read_bytes().splitlines(keepends=True)
    rewritten(studio, None, cut=1)
    studio.anchors.write_bytes(kept[0])
    problems = studio.verify(EVE)
    assert problems == ["anchors.jsonl has 1 lines of 3: its end was cut off"]
    studio.anchors.unlink()
    assert any("its end was cut off" in p for p in studio.verify(EVE))
    # Whoever also forges that number is found by what was kept elsewhere: a report, an export.
    with studio.store._write() as connection:
        connection.exec_driver_sql("UPDATE kept SET value = '1' WHERE name = 'anchors'")
    studio.anchors.write_bytes(kept[0])
    assert studio.verify(EVE) == []
    printed = [f"{report.number}:{report.hash}"]
    assert any("cut off" in p for p in studio.verify(EVE, printed=printed))
    assert "the record tells of no export" in " ".join(studio.verify(EVE, tmp_path / "out"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a: a.model_copy(update={"hash": "0" * 64}), "its signature does not fit"),
        (lambda a: a.model_copy(update={"signature": "00" * 64}), "its signature does not fit"),
        (lambda a: a.model_copy(update={"key": "ab" * 32}), "signed by another key"),
    ],
)
def test_a_changed_anchor_is_found(studio: Studio, change, said: str) -> None:
    first, second = lines(studio)
    text = f"{first.model_dump_json()}\n{change(second).model_dump_json()}\n"
    studio.anchors.write_text(text)
    problems = studio.verify(EVE)
    assert any(said in p for p in problems), problems


def test_an_anchor_that_is_taken_out_of_the_middle_is_found(studio: Studio) -> None:
    studio.anchor(MEI)
    kept = studio.anchors.read_bytes().splitlines(keepends=True)
    studio.anchors.write_bytes(kept[0] + kept[2] + b"garbage\n")
    problems = studio.verify(EVE)
    assert "anchors.jsonl:2 does not follow the line before it" in problems
    assert "anchors.jsonl:3 is no anchor" in problems


def test_a_replaced_signing_key_is_found(studio: Studio) -> None:
    """The thief has the key file too: he puts his own key in, and signs a record of his own."""
    report = studio.anchor(MEI)
    rewritten(studio, {"reason": "as told"})
    vault = Vault(studio.settings.key_file)
    vault.write(vault.keys.model_copy(update={"sign": new_key()}))
    problems = studio.verify(EVE)
    assert any("signed by another key than this studio's" in p for p in problems), problems
    studio.anchors.unlink()
    for _ in range(3):
        studio.anchor(MEI)
    assert studio.verify(EVE) == [], "everything in the house is forged by now"
    assert studio.verify(EVE, key=report.fingerprint) == [
        "the signing key is not the one of the report: it was replaced"
    ]
    printed = [f"{report.number}:{report.hash}"]
    assert studio.verify(EVE, printed=printed) == [
        f"the report names another event {report.number} than the other anchors"
    ]


def test_a_new_signing_key_is_vouched_for_by_the_old_one(studio: Studio, tmp_path: Path) -> None:
    before = studio.vault.public
    studio.rotate_key(ADA, signing=True)
    assert studio.vault.public != before
    studio.anchor(MEI)
    assert [a.key for a in lines(studio)] == [before] * 3 + [studio.vault.public]
    assert studio.verify(EVE, tmp_path / "out") == []


def test_a_rotation_cut_off_at_any_write_leaves_a_record_that_verifies(
    studio: Studio, tmp_path: Path
) -> None:
    vault = studio.vault
    old = vault.keys
    coming = old.model_copy(update={"next": new_key()})
    vault.write(coming)  # all that the disk holds after the first write
    studio.anchor(MEI)
    assert studio.verify(EVE, tmp_path / "out") == []
    assert vault.public == public_of(old.sign)
    studio.rotate_key(ADA, signing=True)
    assert vault.public == public_of(coming.next), "the key that was on its way in, not a third"
    done = vault.keys
    vault.write(done.model_copy(update={"sign": old.sign, "next": done.sign}))
    assert studio.verify(EVE, tmp_path / "out") == [], "the line was written, the key not yet"
    studio.anchor(MEI)
    assert vault.keys == done
    assert studio.verify(EVE, tmp_path / "out") == []


def test_an_export_that_the_record_does_not_tell_of_is_found(
    studio: Studio, tmp_path: Path
) -> None:
    other = studio_in(tmp_path / "other")
    (tmp_path / "other").mkdir(exist_ok=True)
    filled(other, tmp_path / "other")
    problems = studio.verify(EVE, tmp_path / "other" / "out")
    other.close()
    assert problems == [
        "the anchor in manifest.json was not signed by this studio",
        "the record tells of no export with this manifest.json",
    ]


def test_the_clock_signs_only_what_is_new(studio: Studio) -> None:
    before = lines(studio)
    studio.anchor_new()
    assert lines(studio) == before
    studio.store.note("seen", MEI, {})
    studio.anchor_new()
    assert lines(studio)[-1].number == studio.store.head().number
    assert len(lines(studio)) == len(before) + 1


def test_a_report_that_is_none(studio: Studio) -> None:
    for text in ("", "12", "12:xyz", "12:" + "0" * 63):
        with pytest.raises(InputError, match="no anchor"):
            studio.verify(EVE, printed=[text])
    with pytest.raises(DeniedError):
        studio.anchor(EVE)


def test_anchors_can_lie_on_another_disk_and_a_place_that_is_none_is_told(tmp_path: Path) -> None:
    elsewhere = tmp_path / "worm" / "anchors.jsonl"
    studio = studio_in(tmp_path, anchors=elsewhere)
    studio.anchor(MEI)
    assert elsewhere.is_file()
    assert studio.verify(EVE) == []
    studio.close()
    wrong = studio_in(tmp_path, anchors=tmp_path / "keys")  # a folder
    with pytest.raises(SetupError, match="can not be written"):
        wrong.anchor(MEI)
    assert any("keys can not be read" in problem for problem in wrong.verify(EVE))
    wrong.close()
