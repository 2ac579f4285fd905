"""The cut-out engines, through the seam by which they are found."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from studio import engines, settings
from studio.engines import weights
from studio.errors import InputError, SetupError
from studio.imaging import matte

MODELS = settings.load().models
needs_weights = pytest.mark.skipif(
    weights.find("u2netp", MODELS) is None, reason="u2netp is not pulled: studio models pull u2netp"
)


def teapot(ground: tuple[int, int, int], side: int = 420) -> tuple[np.ndarray, np.ndarray]:
    """A simple vessel with a handle and its true mask."""
    mask = np.zeros((side, side), np.uint8)
    cv2.ellipse(mask, (200, 240), (90, 80), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cv2.rectangle(mask, (180, 130), (220, 170), 255, -1)
    cv2.ellipse(mask, (300, 230), (46, 50), 0, 0, 360, 255, 14, cv2.LINE_AA)
    alpha = mask.astype(np.float32)[..., None] / 255
    shade = 1 - 0.4 * np.linspace(0, 1, side)[None, :, None]
    picture = np.array((170, 60, 40)) * shade * alpha + np.array(ground) * (1 - alpha)
    return picture.round().astype(np.uint8), mask > 127


def iou(one: np.ndarray, two: np.ndarray) -> float:
    return float((one & two).sum() / (one | two).sum())


@pytest.mark.parametrize("ground", [(255, 255, 255), (228, 226, 222), (40, 42, 46)])
def test_plain_grounds_need_no_network(ground: tuple[int, int, int]) -> None:
    picture, truth = teapot(ground)
    if min(ground) == 255:  # a white hole on white may be a label, and is kept
        truth = cv2.morphologyEx(truth.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((91, 91))) > 0
    cut = engines.load("cutout", "plain").cut(picture)
    assert iou(cut.mask > 0.5, truth) > (0.9 if min(ground) == 255 else 0.97)
    assert cut.confidence > 0.8
    assert cut.mask.dtype == np.float32
    assert cut.mask.shape == truth.shape


def test_a_busy_ground_is_admitted() -> None:
    picture, truth = teapot((255, 255, 255))
    dice = np.random.default_rng(4).integers(0, 255, (30, 30, 3)).astype(np.float32)
    busy = np.where(truth[..., None], picture, cv2.resize(dice, (420, 420)))
    cut = engines.load("cutout", "plain").cut(busy.astype(np.uint8))
    assert cut.confidence < 0.7
    assert cut.notes


def test_missing_weights_are_named_with_the_command(tmp_path: Path) -> None:
    engine = engines.load("cutout", "u2netp", models=tmp_path)
    assert "studio models pull u2netp" in engine.ready()
    with pytest.raises(SetupError, match="missing"):
        engine.cut(teapot((255, 255, 255))[0])


def test_unknown_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="speed"):
        engines.load("cutout", "u2netp", models=tmp_path, speed=9)


@pytest.mark.models
@needs_weights
def test_the_network_finds_the_product_on_a_busy_ground() -> None:
    picture, truth = teapot((255, 255, 255))
    y, x = np.mgrid[0:420, 0:420]
    bricks = np.where(((x // 60 + y // 30) % 2 == 0)[..., None], (190, 180, 165), (160, 150, 140))
    busy = np.where(truth[..., None], picture, bricks).astype(np.uint8)
    engine = engines.load("cutout", "u2netp", models=MODELS, threads=1)
    assert engine.ready() == ""
    cut = engine.cut(busy)
    assert iou(cut.mask > 0.5, truth) > 0.85
    assert 0 < cut.confidence <= 1
    again = engine.cut(busy)
    assert np.array_equal(cut.mask, again.mask)


@pytest.mark.models
@needs_weights
def test_an_empty_picture_holds_no_product() -> None:
    engine = engines.load("cutout", "u2netp", models=MODELS, threads=1)
    cut = engine.cut(np.full((300, 300, 3), 200, np.uint8))
    assert cut.confidence < 0.7
    assert cut.notes


@pytest.mark.models
@needs_weights
@pytest.mark.parametrize(("ground", "sides"), [("plain", [192]), ("bricks", [192, 320])])
def test_a_plain_ground_takes_a_glance_a_busy_one_a_look_at_the_crop(
    ground: str, sides: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino")
    picture, truth = teapot((226, 224, 220))
    if ground == "bricks":
        y, x = np.mgrid[0:420, 0:420]
        odd = ((x // 60 + y // 30) % 2 == 0)[..., None]
        bricks = np.where(odd, (190, 180, 165), (160, 150, 140))
        picture = np.where(truth[..., None], picture, bricks).astype(np.uint8)
    engine = engines.load("cutout", "u2netp", models=MODELS, threads=1)
    run, seen = engine._run, []

    def counted(tensor: np.ndarray) -> np.ndarray:
        seen.append(tensor.shape[-1])
        return run(tensor)

    monkeypatch.setattr(engine, "_run", counted)
    trial = matte.Trial(picture)
    cut = engine.cut(picture, trial.settled)
    found = trial.matte.alpha if trial.matte else cut.mask
    assert seen == sides
    assert iou(found > 0.5, truth) > (0.97 if ground == "plain" else 0.85)
