"""Catalog files that mean harm: each is refused for a plain reason or read safely, and a good file
is read right after it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_catalogs import CASES, GOOD, Case

from studio.errors import InputError
from studio.schema import Actor, Role
from studio.service import Imported, Studio
from studio.settings import Settings

ME = Actor(name="mei", role=Role.MERCHANT)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    home = tmp_path_factory.mktemp("home")
    made = Studio(Settings(home=home, models=home / "models", copy_engine="template"))
    yield made
    made.close()


def refused(studio: Studio, path: Path, says: str, language: str = "en") -> InputError:
    with pytest.raises(InputError) as caught:
        studio.import_catalog([path], ME, language=language)
    error = caught.value
    if language == "en":
        assert re.search(says, error.message), error
    assert len(error.message) < 600
    assert error.hint
    assert path.name in error.where
    return error


def alive(studio: Studio, folder: Path) -> None:
    good = folder / "good.csv"
    good.write_bytes(GOOD)
    assert studio.import_catalog([good], ME).ids == ("A1",)


def known(studio: Studio, report: Imported) -> list[str]:
    return [studio.product(id, ME).title for id in report.ids]


def test_the_corpus_is_large() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_hostile_file(
    studio: Studio, tmp_path: Path, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.catalog.report.ROWS", 1_000_000)  # a tenth, for the time it takes
    path = tmp_path / case.name
    case.build(path)
    if case.says:
        error = refused(studio, path, case.says)
        chinese = refused(studio, path, "", "zh") if path.stat().st_size < 200_000 else None
        assert chinese is None or chinese.message != error.message
    else:
        report = studio.import_catalog([path], ME)
        titles = known(studio, report)
        assert titles == list(case.titles) if case.titles else titles
        assert sum(report.balance.values()) == report.rows
        assert all(issue.message and issue.remedy for issue in report.issues)
    alive(studio, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted({path.name, "good.csv"})
    assert not Path("/tmp/studio-was-here").exists()
    assert not Path("/tmp/slipped.txt").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_what_is_no_file_is_not_waited_for(studio: Studio, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "round.csv").symlink_to(tmp_path / "round.csv")
    (tmp_path / "folder.csv").mkdir()
    refused(studio, tmp_path / "pipe.csv", "pipe")
    refused(studio, Path("/dev/zero"), "device")
    refused(studio, tmp_path / "round.csv", "no such file")
    refused(studio, tmp_path / "folder.csv", "no catalog file")
    for name in ("a\0b.csv", "x" * 5000 + ".csv", "/proc/self/mem"):
        with pytest.raises(InputError):
            studio.import_catalog([Path(name)], ME)
    alive(studio, tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_folder_is_not_left_by_its_links(studio: Studio, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("sku,title\nS1,Secret plan\n", "utf-8")
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "good.csv").write_bytes(GOOD)
    (shop / "link.csv").symlink_to(secret)
    os.mkfifo(shop / "pipe.csv")
    report = studio.import_catalog([shop], ME)
    assert report.ids == ("A1",)
    assert [(i.file, "leads out" in i.message) for i in report.issues] == [("link.csv", True)]


@pytest.mark.parametrize(
    "name",
    ["..\\..\\x.csv", "cup\u202evsc.exe.csv", "<img src=x onerror=alert(1)>.csv", "a\nb.csv"],
)
def test_a_name_that_means_harm_is_only_a_name(studio: Studio, tmp_path: Path, name: str) -> None:
    path = tmp_path / name.replace("/", "")
    path.write_text("sku,title,price\nA1,Cup,nine\n", "utf-8")
    (issue,) = studio.import_catalog([path], ME).issues
    assert issue.file == path.name
    assert issue.line == 2


def test_pictures_that_are_pipes_links_or_too_large(studio: Studio, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    os.mkfifo(images / "pipe.jpg")
    os.mkfifo(images / "A3.jpg")
    (images / "link.jpg").symlink_to("/etc/passwd")
    with (images / "huge.jpg").open("wb") as out:
        out.write(b"\xff\xd8\xff\xe0")
        out.truncate(3_000_000_000)  # sparse
    table = tmp_path / "goods.csv"
    lines = ["sku,title,image", "A1,Pipe,pipe.jpg", "A2,Huge,huge.jpg", "A3,By name,",
             "A4,Link,link.jpg"]  # fmt: skip
    table.write_text("\n".join(lines) + "\n", "utf-8")
    report = studio.import_catalog([table], ME, images=images)
    told = {issue.line: issue.message for issue in report.issues}
    assert set(told) == {2, 3, 5}
    assert "3000 MB" in told[3]
    assert not [p for id in report.ids for p in studio.product(id, ME).photos if p.sha256]
