"""`studio doctor --scene`: one real picture, timed, with a tiny model saved as a real one is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import diffusion_making
import pytest
from PIL import Image

from studio.errors import SetupError
from studio.service import Studio, doctor_scene
from studio.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("diffusion")
    diffusion_making.plain(base)
    return base


def studio(home: Path, **settings: Any) -> Studio:
    return Studio(Settings(home=home, models=home / "models", **settings))


def test_one_picture_is_made_and_timed(weights: Path, tmp_path: Path) -> None:
    options = {"scene_diffusers": {"steps": 12, "side": 96, "threads": 1, "guidance": 6.0}}
    made, path = doctor_scene.trial(
        studio(tmp_path, scene_model=str(weights / "plain"), options=options)
    )
    with Image.open(path) as image:
        assert image.size == (1024, 1024)
    assert (made.engine, made.model, made.where) == ("diffusers", "plain", "cpu")
    assert (made.width, made.height, made.steps) == (96, 96, 12)
    assert 0 < made.step * 11 < made.seconds
    assert made.load > 0
    assert made.cut > 0
    assert made.thousand == pytest.approx((made.seconds + made.cut) / 3.6)
    assert made.memory > 200e6, "torch alone takes more"
    assert "LCM" in made.quicker[0].en
    assert made.quicker[0].seconds < made.seconds


def test_the_drawn_sets_are_timed_too(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made, path = doctor_scene.trial(studio(tmp_path), lambda *step: told.append(step))
    assert path.is_file()
    assert made.engine == "backdrop"
    assert made.quicker == ()
    assert told[-1][0] == told[-1][1]


def trial(**changes: Any) -> doctor_scene.Trial:
    usual = {
        "engine": "diffusers",
        "model": "m",
        "where": "cpu",
        "width": 768,
        "height": 768,
        "steps": 25,
        "guidance": 6.5,
        "load": 9.0,
        "step": 4.0,
        "seconds": 120.0,
        "cut": 1.0,
        "memory": 4 * 10**9,
        "gpu": 0,
        "file": "a.jpg",
    }
    return doctor_scene.Trial(**{**usual, **changes})


def test_the_advice_follows_from_what_was_measured() -> None:
    from studio.engines.diffusion.options import Options

    few, side, *rest = doctor_scene._quicker(trial(), Options())
    assert few.seconds == 120 - 100 + 5 * 4 / 2
    assert side.seconds == pytest.approx(120 * (512 / 768) ** 2, abs=0.1)
    assert rest == []
    decoder = list(doctor_scene._quicker(trial(width=512, height=512, steps=4, step=5), Options()))
    assert [way.seconds for way in decoder] == [20 + 100 / 4]
    assert "TAESD" in decoder[0].zh
    good = trial(width=512, height=512, steps=4, step=5, seconds=22)
    assert list(doctor_scene._quicker(good, Options())) == []


def test_what_is_missing_is_said_with_the_place_to_read(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no folder") as told:
        doctor_scene.trial(studio(tmp_path, scene_model="/nowhere/sd15"))
    assert "docs/models.md" in told.value.hint
    with pytest.raises(SetupError, match="no diffusion model is set"):
        doctor_scene.trial(studio(tmp_path, scene_engine="diffusers"))


def test_the_command_prints_figures_for_people_and_programs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "studio", "--home", str(tmp_path), "doctor", "--scene"]
    chinese = {**os.environ, "STUDIO_LANGUAGE": "zh", "STUDIO_MODELS": str(tmp_path)}
    told = subprocess.run(command, capture_output=True, check=True, env=chinese, text=True)
    assert "1,000 个商品" in told.stdout
    ran = subprocess.run([*command, "--json"], capture_output=True, check=True, env=chinese)
    figures = json.loads(ran.stdout)
    assert figures["engine"] == "backdrop"
    assert figures["thousand_hours"] > 0
    broken = {**chinese, "STUDIO_SCENE_MODEL": "/nowhere/sd15"}
    failed = subprocess.run(command, capture_output=True, check=False, env=broken, text=True)
    assert failed.returncode == 1
    assert "docs/models.md" in failed.stderr
