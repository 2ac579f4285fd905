"""`studio shoot`: a folder of photos becomes pictures, and it goes on where it was stopped."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from studio import data
from studio.errors import InputError, NotFoundError, StudioError
from studio.schema import Actor, Role
from studio.service import Studio, shooting
from studio.settings import Settings

PHOTOS = sorted((data.folder("assets") / "sample" / "photos").glob("*.jpg"))[:3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three photos, one deeper with a twin of its name, a broken file and one that is none."""
    at = tmp_path / "photos"
    (at / "more").mkdir(parents=True)
    shutil.copy(PHOTOS[0], at / "one.jpg")
    shutil.copy(PHOTOS[1], at / "more" / "杯子.jpg")
    Image.open(PHOTOS[2]).save(at / "more" / "杯子.png")
    (at / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno picture")
    (at / "notes.txt").write_text("not a photo")
    return at


def shoot(folder: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "studio", "--home", str(out.parent / "home"), "shoot"]
    return subprocess.run(
        [*command, str(folder), "--out", str(out), *more],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"STUDIO_OCR_ENGINE": "", "LANG": "en_US.UTF-8"},
    )


def report(out: Path) -> dict[str, Any]:
    lines = (out / "report.jsonl").read_text("utf-8").splitlines()
    return {line["photo"]: line for line in map(json.loads, lines)}


def test_a_folder_is_shot_and_a_second_run_makes_only_what_is_missing(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = shoot(folder, out, "--scene", "flat_paper")
    assert first.returncode == 1, "one photo has no pictures"
    assert "4 photos: 4 shot, 0 up to date, 1 without all pictures" in first.stdout
    held = report(out)
    assert list(held) == ["broken.png", "more/杯子.jpg", "more/杯子.png", "one.jpg"]
    assert held["one.jpg"]["files"] == {
        "main": "one/main.jpg",
        "scene": "one/scene.jpg",
        "cutout": "one/cutout.png",
    }
    assert held["more/杯子.png"]["files"]["main"] == "more/杯子.png/main.jpg", "no twin is lost"
    assert held["broken.png"]["missing"] == ["main", "scene", "cutout"]
    assert {f["rule"] for f in held["broken.png"]["findings"]} == {"picture.failed"}
    text = (out / "report.txt").read_text("utf-8")
    assert "broken.png: 0 pictures" in text
    assert text.count("the picture could not be made") == 1, "of one photo it is said once"
    assert "pictures.main, pictures.scene, pictures.cutout" in text
    white = np.asarray(Image.open(out / "one" / "main.jpg"))
    assert (white[:4] == 255).all()
    assert Image.open(out / "one" / "cutout.png").mode == "RGBA"
    assert "look flat_paper" in json.dumps(held["one.jpg"]["pictures"])

    (folder / "broken.png").unlink()
    (out / "one" / "scene.jpg").write_bytes(b"cut short")
    before = (out / "more" / "杯子.jpg" / "main.jpg").stat().st_mtime_ns
    second = shoot(folder, out, "--scene", "flat_paper", "--json")
    assert second.returncode == 0, second.stderr
    assert "3 photos: 1 shot, 2 up to date, 0 without" in second.stderr
    assert len(second.stdout.splitlines()) == 3
    assert (out / "more" / "杯子.jpg" / "main.jpg").stat().st_mtime_ns == before
    assert Image.open(out / "one" / "scene.jpg").width > 500


def test_what_was_made_before_a_kill_is_kept(folder: Path, tmp_path: Path) -> None:
    for number in range(3):
        shutil.copy(PHOTOS[number % 3], folder / f"more{number}.jpg")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "studio", "--home", str(tmp_path / "home"), "shoot"]
    run = subprocess.Popen(
        [*command, str(folder), "--out", str(out), "--workers", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"STUDIO_OCR_ENGINE": ""},
    )
    lines = out / "report.jsonl"
    while not (lines.is_file() and lines.read_text("utf-8").count("\n") >= 2):
        assert run.poll() is None, "it ended before it could be killed"
        time.sleep(0.05)
    run.kill()
    run.wait()
    whole = [p for p in report(out).values() if p["files"]]
    assert whole
    assert all((out / file).is_file() for line in whole for file in line["files"].values())
    again = shoot(folder, out)
    assert f"7 photos: {7 - len(whole)} shot, {len(whole)} up to date" in again.stdout


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"channel": "nowhere"}, NotFoundError),
        ({"look": "no_such_set"}, StudioError),
        ({"folder": Path("nowhere")}, InputError),
    ],
)
def test_a_wrong_wish_is_told_before_a_photo_is_opened(
    wish: dict[str, Any], error: type[Exception], folder: Path, tmp_path: Path
) -> None:
    studio = Studio(Settings(home=tmp_path / "home", models=tmp_path))
    out = tmp_path / "out"
    with pytest.raises(error):
        shooting.shoot(
            studio, Actor(name="a", role=Role.ADMIN), wish.pop("folder", folder), out, **wish
        )
    assert not out.exists()


def test_a_viewer_shoots_nothing(folder: Path, tmp_path: Path) -> None:
    studio = Studio(Settings(home=tmp_path / "home", models=tmp_path))
    with pytest.raises(StudioError, match="may not"):
        shooting.shoot(studio, Actor(name="v", role=Role.VIEWER), folder, tmp_path / "out")
