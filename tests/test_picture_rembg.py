"""The user's own model through rembg: the real u2netp file, as rembg runs it and as we do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_imaging_cutout import MODELS, iou, needs_weights, teapot

from studio import engines
from studio.errors import InputError, NotFoundError, SetupError

pytest.importorskip("rembg")


def engine(**options: Any) -> Any:
    return engines.load("cutout", "rembg", **{"models": MODELS, "threads": 1, **options})


def photo() -> tuple[np.ndarray, np.ndarray]:
    """The teapot before tiles."""
    picture, truth = teapot((255, 255, 255))
    y, x = np.mgrid[0:420, 0:420]
    tiles = np.where(((x // 60 + y // 30) % 2 == 0)[..., None], (190, 180, 165), (160, 150, 140))
    return np.where(truth[..., None], picture, tiles).astype(np.uint8), truth


@pytest.mark.models
@needs_weights
@pytest.mark.filterwarnings("ignore")
def test_one_model_gives_one_mask_through_rembg_and_bare() -> None:
    picture, truth = photo()
    ours = engines.load("cutout", "u2netp", models=MODELS, threads=1, runtime="onnxruntime")
    theirs = engine(model="u2netp")
    assert theirs.ready() == ""
    for one, other in (
        (theirs._look(picture), ours._look(picture)),
        (theirs.cut(picture).mask, ours.cut(picture).mask),
    ):
        assert iou(one > 0.5, other > 0.5) > 0.985
        assert np.abs(one - other).mean() < 0.01
    cut = theirs.cut(picture)
    assert cut.mask.dtype == np.float32
    assert cut.mask.shape == truth.shape
    assert iou(cut.mask > 0.5, truth) > 0.85
    assert cut.confidence == pytest.approx(ours.cut(picture).confidence, abs=0.05)
    assert cut.confidence > 0.7
    assert (theirs.name, theirs.model) == ("rembg", "u2netp")


@pytest.mark.models
@needs_weights
@pytest.mark.filterwarnings("ignore")
def test_a_file_of_the_users_own_is_taken_where_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "tuned.onnx"
    file.write_bytes((MODELS / "u2netp" / "u2netp.onnx").read_bytes())
    one = engine(model="u2netp", file=file, models=tmp_path)
    assert one.model == "u2netp (tuned)"
    picture, truth = photo()
    assert iou(one.cut(picture).mask > 0.5, truth) > 0.85
    empty = one.cut(np.full((300, 300, 3), 200, np.uint8))
    assert empty.confidence < 0.7
    assert empty.notes


def test_nothing_is_fetched_unasked_and_what_is_missing_is_said(tmp_path: Path) -> None:
    missing = engine(models=tmp_path)
    assert "isnet-general-use.onnx" in missing.ready()
    assert "fetch" in missing.ready()
    with pytest.raises(SetupError, match="isnet-general-use"):
        missing.cut(photo()[0])
    assert "no file" in engine(file=tmp_path / "none.onnx").ready()
    assert engine(models=tmp_path, fetch=True).ready() == ""
    with pytest.raises(InputError, match="colour"):
        engine(colour="red")


def test_a_model_that_may_not_be_used_for_business_is_not_run_unasked(tmp_path: Path) -> None:
    file = tmp_path / "bria.onnx"
    file.write_bytes(b"weights")
    assert "licence" in engine(model="bria-rmbg", file=file).ready()
    assert engine(model="bria-rmbg", file=file, licensed=True).ready() == ""
    for remote in ("atlascloud", "sam"):
        assert "no mask" in engine(model=remote, fetch=True).ready()


@pytest.mark.filterwarnings("ignore")
def test_a_broken_file_and_an_unknown_name_are_told(tmp_path: Path) -> None:
    file = tmp_path / "u2netp.onnx"
    file.write_bytes(b"no onnx")
    with pytest.raises(SetupError, match="could not be opened"):
        engine(model="u2netp", file=file).cut(photo()[0])
    with pytest.raises(NotFoundError, match="u2nett") as told:
        engine(model="u2nett", file=file).cut(photo()[0])
    assert "u2netp" in told.value.hint
