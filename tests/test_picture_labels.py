"""What proves a picture that a model may have altered: a map of changes, the label read again."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image
from test_photographer import Shop

from studio import engines
from studio.engines import Scene
from studio.imaging import fidelity
from studio.photographer import labels
from studio.schema import Picture, Slot

SLOT = Slot(name="scene", kind="scene", width=700, height=700, min_px=300, format="PNG")


def tin() -> bytes:
    """A dark green tin with its name on it, on white."""
    photo = np.full((700, 700, 3), 252, np.uint8)
    cv2.rectangle(photo, (150, 120), (550, 600), (50, 80, 40), -1)
    cv2.putText(photo, "JASMINE", (185, 300), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (245, 245, 245), 6)
    cv2.putText(photo, "250 g", (260, 420), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (245, 245, 245), 6)
    out = BytesIO()
    Image.fromarray(photo).save(out, "PNG")
    return out.getvalue()


class Repainting:
    """Stands for a model that hands back the product with another label, or in other light."""

    name, model, ai, around, alters = "relight", "sd15 + fc", "generated", True, True

    def __init__(self, words: str) -> None:
        self.words = words

    def ready(self) -> str:
        return ""

    def backdrop(self, scene: Scene, **_: Any) -> Any:
        mask = scene.options["mask"][..., None]
        made = scene.options["image"] * 0.97 * mask + 150 * (1 - mask)
        picture = made.astype(np.uint8)
        if self.words:
            y, x = (int(v) for v in np.argwhere(mask[..., 0] > 0.5).min(axis=0))
            wide = int((mask[..., 0] > 0.5).any(axis=0).sum())
            cv2.rectangle(picture, (x + 8, y + 8), (x + wide - 8, y + wide // 2), (50, 80, 40), -1)
            place = (x + wide // 10, y + wide // 2 - 30)
            cv2.putText(picture, self.words, place, 0, wide / 200, (245, 245, 245), 5)
        return picture


@pytest.mark.parametrize(("words", "lost"), [("", False), ("SAMPLE", True)])
def test_a_repainted_label_is_read_again_and_told(words: str, lost: bool) -> None:
    pytest.importorskip("rapidocr")
    reader = engines.load("ocr", "rapidocr", threads=1)
    done = Shop(tin()).shoot(Repainting(words), slots=(SLOT,), ocr=reader, markets=("US",))
    picture = done.pictures[0]
    assert picture.may_alter
    assert picture.proof is not None
    assert any("JASMINE" in line.upper() for line in picture.proof.before)
    rules = {f.rule: f for f in done.findings}
    assert ("picture.label" in rules) == lost
    if lost:
        assert "JASMINE" in rules["picture.label"].message["zh"].upper()
        assert rules["picture.label"].blocks


def test_the_map_shows_where_the_product_differs() -> None:
    done = Shop(tin()).shoot(Repainting("SAMPLE"), slots=(SLOT,), markets=("US",))
    picture = done.pictures[0]
    assert picture.proof is not None
    shown = np.asarray(Image.open(BytesIO(done.blobs[picture.proof.map])).convert("RGB"))
    assert shown.shape[:2] == (picture.height, picture.width)
    red = (shown[..., 0].astype(int) - shown[..., 1]) > 40
    columns = np.flatnonzero(red.any(axis=0))
    assert 0 < np.ptp(columns) < 0.8 * picture.width, "nothing beside the product is marked"
    assert len(done.blobs) == 2


def test_an_unaltered_picture_needs_no_map() -> None:
    done = Shop(tin()).shoot(slots=(SLOT,))
    assert done.pictures[0].proof is None
    assert len(done.blobs) == 1


def test_the_map_of_a_large_picture_keeps_a_single_wrong_pixel() -> None:
    far = np.zeros((2400, 1801), np.float32)
    far[2399, 1800] = 9
    proof = fidelity.Proof(1, 1, 9.0, 9.0, far)
    shown = fidelity.drawn(proof, np.full((2400, 1801, 3), 200, np.uint8))
    assert max(shown.shape) <= 1000
    assert (shown[..., 0].astype(int) - shown[..., 1] > 40).sum() == 1


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (["JASMINE TEA", "250 g"], ["Jasmine tea 250g"], []),
        (["茉莉花茶", "净含量 250 克"], ["茉莉花荼", "净含量250克"], []),
        (["JASMINE TEA"], ["JASMNE TEA"], []),
        (["JASMINE TEA", "250 g"], ["SAMPLE", "250 g"], ["JASMINE TEA"]),
        (["250 g"], ["500 g"], ["250 g"]),
        (["250 g"], [], ["250 g"]),
        (["1250 g net"], ["1350 g net"], ["1250 g net"]),
        (["50 g"], ["250 g"], ["50 g"]),
        (["---"], [], []),
    ],
)
def test_what_counts_as_lost(before: list[str], after: list[str], lost: list[str]) -> None:
    assert labels.lost(before, after) == lost


def test_a_picture_of_before_is_read_as_it_was_stored() -> None:
    old = {"slot": "main", "sha256": "0" * 64, "width": 9, "height": 9, "mime": "image/png"}
    held = Picture.model_validate({**old, "size": 3})
    assert held.proof is None
