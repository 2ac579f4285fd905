"""Looking for nudity: off by default; where it is on, photos and pictures are scored and told.

Nobody should keep such pictures as test data, so a network that takes red for nudity stands in;
what the shipped one is fed, and what it makes of usual products, is tested with its own weights.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from test_photographer import SLOTS, Shop, bottle
from test_picture_sizes import field, text, varint
from trust_making import MEI, studio_in

from studio import engines, settings
from studio.engines import weights
from studio.errors import EngineError, SetupError
from studio.service import photo_check

ROOT = Path(__file__).parents[1]


def network(path: Path) -> Path:
    """An ONNX file that takes red pictures for unsafe: softmax(mean(x) @ w), N x H x W x 3."""
    shares = np.array([[0, -0.2], [0, -0.2], [0, 0.3]], "<f4")  # blue, green, red
    mean = text(1, "x") + text(2, "m") + text(4, "ReduceMean")
    mean += text(5, text(1, "axes") + field(8, 0, varint(1)) + field(8, 0, varint(2))
                 + field(20, 0, varint(7)))  # fmt: skip
    mean += text(5, text(1, "keepdims") + field(3, 0, varint(0)) + field(20, 0, varint(2)))
    times = text(1, "m") + text(1, "w") + text(2, "y") + text(4, "MatMul")
    soft = text(1, "y") + text(2, "z") + text(4, "Softmax")
    soft += text(5, text(1, "axis") + field(3, 0, varint(1)) + field(20, 0, varint(2)))
    held = field(1, 0, varint(3)) + field(1, 0, varint(2)) + field(2, 0, varint(1)) + text(8, "w")
    graph = text(1, mean) + text(1, times) + text(1, soft) + text(2, "g")
    graph += text(5, held + text(9, shares.tobytes()))
    for number, name, sizes in ((11, "x", ("n", 224, 224, 3)), (12, "z", ("n", 2))):
        dims = b"".join(
            text(1, text(2, s) if isinstance(s, str) else field(1, 0, varint(s))) for s in sizes
        )
        kind = text(2, text(1, field(1, 0, varint(1)) + text(2, dims)))
        graph += text(number, text(1, name) + kind)
    path.write_bytes(field(1, 0, varint(6)) + text(7, graph) + text(8, field(2, 0, varint(10))))
    return path


def plain(colour: tuple[int, int, int]) -> Any:
    return np.full((300, 400, 3), colour, np.uint8)


def red_bottle() -> bytes:
    out = BytesIO()
    image = Image.new("RGB", (480, 480), (250, 250, 250))
    ImageDraw.Draw(image).rectangle((130, 30, 350, 450), fill=(200, 20, 20))
    image.save(out, "PNG")
    return out.getvalue()


def test_it_is_off_unless_it_is_set(tmp_path: Path) -> None:
    assert settings.Settings(home=tmp_path).unsafe_engine == ""
    assert studio_in(tmp_path).kit.unsafe is None
    done = Shop(red_bottle()).shoot()
    assert not any("unsafe" in p.measured for p in done.pictures)


def test_colours_reach_the_network_in_its_order(tmp_path: Path) -> None:
    look = engines.load("unsafe", "opennsfw", file=network(tmp_path / "red.onnx"), threads=1)
    assert look.score(plain((230, 20, 20))) > 0.9
    assert look.score(plain((20, 20, 230))) < 0.1
    framed = plain((230, 20, 20))
    framed[:, :20] = framed[:, -20:] = (20, 20, 230)
    assert look.score(framed) > 0.9, "only the middle is seen"


def test_a_picture_that_shows_it_blocks_and_the_others_do_not(tmp_path: Path) -> None:
    look = engines.load("unsafe", "opennsfw", file=network(tmp_path / "red.onnx"), threads=1)
    done = Shop(red_bottle()).shoot(unsafe=look, slots=SLOTS[:1])
    (found,) = (f for f in done.findings if f.rule == "picture.unsafe")
    assert found.field == "pictures.main"
    assert found.severity.value == "high"
    assert done.pictures[0].measured["unsafe"] > 0.7
    assert "裸露" in found.message["zh"]
    green = Shop(bottle()).shoot(unsafe=look, slots=SLOTS[:1])
    assert green.pictures[0].measured["unsafe"] < 0.7
    assert green.findings == ()


def test_the_stored_photos_are_looked_through(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(red_bottle())
    (tmp_path / "b.png").write_bytes(bottle())
    (tmp_path / "goods.csv").write_text("id,title,image\np1,Red,a.png\np2,Tea,b.png\n", "utf-8")
    file = network(tmp_path / "red.onnx")
    studio = studio_in(
        tmp_path, unsafe_engine="opennsfw", options={"unsafe_opennsfw": {"file": str(file)}}
    )
    studio.import_catalog([tmp_path / "goods.csv"], MEI, images=tmp_path)
    told = [(p, f.rule) for p, f in photo_check.check(studio, MEI)]
    assert [t for t in told if t[1] != "photo.small"] == [("p1", "photo.unsafe")]
    file.unlink()
    lost = studio_in(
        tmp_path, unsafe_engine="opennsfw", options={"unsafe_opennsfw": {"file": str(file)}}
    )
    with pytest.raises(SetupError, match="no file"):
        list(photo_check.check(lost, MEI))


def test_without_weights_nothing_passes_unlooked_at(tmp_path: Path) -> None:
    look = engines.load("unsafe", "opennsfw", models=tmp_path)
    assert "studio models pull opennsfw" in look.ready()
    done = Shop(bottle()).shoot(unsafe=look, slots=SLOTS[:1])
    assert done.pictures == ()
    assert "picture.failed" in {f.rule for f in done.findings}
    assert "studio models pull opennsfw" in done.findings[0].advice["en"]
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(SetupError, match="could not be opened"):
        engines.load("unsafe", "opennsfw", file=broken).score(plain((9, 9, 9)))
    from test_picture_sizes import network as enlarging

    with pytest.raises(EngineError, match="failed"):
        engines.load("unsafe", "opennsfw", file=enlarging(tmp_path / "x.onnx")).score(
            plain((9, 9, 9))
        )


@pytest.mark.models
def test_usual_products_score_low() -> None:
    models = settings.Settings().models
    if weights.find("opennsfw", models) is None:
        pytest.skip("the weights are not here: studio models pull opennsfw")
    look = engines.load("unsafe", "opennsfw", models=models, threads=1)
    photos = sorted((ROOT / "assets" / "sample" / "photos").glob("*.jpg"))
    scores = [look.score(np.asarray(Image.open(p).convert("RGB"))) for p in photos]
    assert len(scores) > 15
    assert max(scores) < 0.25, dict(zip(photos, scores, strict=True))
    skin = look.score(plain((224, 172, 140)))
    assert skin > look.score(plain((60, 110, 90))), "bare skin's colour alone scores higher"
