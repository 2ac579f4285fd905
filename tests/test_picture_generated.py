"""A diffusion model's sets through the whole studio: from a catalog row to a listing's pictures,
their proof and marks, what is told meanwhile, a stop, and who may approve them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import diffusion_making
import pytest
from PIL import Image, ImageDraw
from trust_making import MEI, RUI, studio_in

from studio import review
from studio.engines.diffusion import files
from studio.service import Studio

pytestmark = pytest.mark.filterwarnings("ignore")
ROW = (
    "商品编号,商品标题,品牌,类目,价格,币种,材质,容量,图片\n"
    "C1,霁窑 马克杯 350毫升,霁窑,家居 > 杯子,39.00,CNY,陶瓷,350毫升,c1.jpg\n"
)
TINY = {"side": 96, "steps": 3, "dtype": "float32", "threads": 1}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("diffusion")
    diffusion_making.make(base)
    return base


@pytest.fixture
def open_(tmp_path: Path, weights: Path) -> Iterator[Any]:
    """A studio with one product and the engine that is named, with its options."""
    (tmp_path / "goods.csv").write_text(ROW, "utf-8")
    image = Image.new("RGB", (900, 900), (246, 246, 246))
    ImageDraw.Draw(image).rounded_rectangle((330, 160, 570, 780), 60, fill=(40, 90, 160))
    image.save(tmp_path / "c1.jpg", quality=92)
    held: list[Studio] = []

    def opened(engine: str, model: str, **options: Any) -> Studio:
        made = studio_in(
            tmp_path,
            scene_engine=engine,
            scene_model=str(weights / model),
            options={f"scene_{engine}": {**TINY, **options}},
        )
        held.append(made)
        made.import_catalog([tmp_path / "goods.csv"], actor=MEI, images=tmp_path)
        return made

    yield opened
    for studio in held:
        studio.close()


def generate(studio: Studio, **more: Any) -> Any:
    tasks, _ = studio.plan(MEI, channel="pinduoduo", locale="zh-CN")
    return studio.generate(tasks, MEI, **more)


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("plain", {}),
        ("lcm", {}),
        ("xl", {"inpaint": True}),
        ("inpaint", {"inpaint": True}),
        ("plain", {"controlnet": "controlnet"}),
        ("plain", {"ip_adapter": "ip-adapter", "ip_weights": "models/ip-adapter_tiny.safetensors"}),
    ],
    ids=["text", "few steps", "xl round the product", "inpaint", "controlnet", "ip-adapter"],
)
def test_each_kind_of_model_goes_the_whole_way(
    open_: Any, weights: Path, model: str, options: dict[str, Any], tmp_path: Path
) -> None:
    given = {k: str(weights / v) if k in ("controlnet", "ip_adapter") else v
             for k, v in options.items()}  # fmt: skip
    studio, told = open_("diffusers", model, **given), []
    done = generate(studio, on_step=lambda step, text: told.append((step, text)))
    assert done.failed == ()
    listing = studio.listing(done.made[0], MEI)
    assert [p.slot for p in listing.pictures][:2] == ["main", "scene"]
    scene = listing.pictures[1]
    assert (scene.width, scene.height, scene.ai) == (800, 800, "composite")
    assert scene.measured["product_changed"] == 0
    assert scene.measured["product_pixels"] > 5000
    assert scene.measured["ai_mark"] >= 0.05, "in China people must see it"
    assert not scene.may_alter
    painted = scene.made[-1]
    assert (painted.engine, painted.model.split(" + ")[0]) == ("diffusers", model)
    assert "no people" in painted.prompt or "empty" in painted.prompt
    assert [text for step, text in told if step == "pictures" and text.startswith("scene ")] == [
        f"scene {n}/3" for n in (1, 2, 3)
    ]
    _marked(studio.media.get(scene.sha256), tmp_path)
    assert listing.pictures[0].ai == "none"


def _marked(data: bytes, folder: Path) -> None:
    """By a reader that is not ours."""
    if not shutil.which("exiftool"):
        pytest.skip("exiftool is not installed")
    (folder / "scene.jpg").write_bytes(data)
    ran = subprocess.run(
        ["exiftool", "-j", "-G1", "scene.jpg"], cwd=folder, capture_output=True, check=True
    )
    told = json.loads(ran.stdout)[0]
    source = told["XMP-iptcExt:DigitalSourceType"]
    assert source.endswith("/compositeWithTrainedAlgorithmicMedia")
    block = json.loads(next(v for k, v in told.items() if k.endswith("AIGC") or "Aigc" in k))
    assert block["Label"] == "1"
    assert block["ContentProducer"]
    assert block["ProduceID"]


def test_a_stop_within_a_scene_leaves_nothing_half_made(open_: Any) -> None:
    studio, stop, told = open_("diffusers", "plain", steps=40), Event(), []

    def step(step: str, text: str) -> None:
        told.append(text)
        if text == "scene 2/40":
            stop.set()

    done = generate(studio, on_step=step, cancel=stop)
    assert done.made == ()
    assert "scene 2/40" in told
    assert "scene 5/40" not in told, "it stops within a step or two"
    again = generate(studio)
    assert len(again.made) == 1, "the same pipeline goes on working"


def test_a_relit_product_is_shown_with_its_map_and_never_approved_unseen(
    open_: Any, weights: Path
) -> None:
    offsets = weights / "ic-light" / "iclight_tiny_fc.safetensors"
    studio = open_("relight", "plain", relight=str(offsets))
    done = generate(studio)
    listing = studio.listing(done.made[0], MEI)
    scene = next(p for p in listing.pictures if p.slot == "scene")
    assert scene.may_alter
    assert scene.measured["product_delta_max"] > scene.measured["product_delta_mean"] > 0
    assert scene.proof is not None
    assert studio.media.get(scene.proof.map).startswith(b"\x89PNG")
    assert "picture.changed" in {f.rule for f in listing.findings}
    sent = studio.submit(listing.id, revision=listing.revision, actor=MEI)
    bare = sent.model_copy(update={"findings": ()})
    assert review.hurdle(bare, (), RUI) == "pictures", "its pictures alone are enough"
    kept = bare.model_copy(update={"pictures": listing.pictures[:1]})
    assert review.hurdle(kept, (), RUI) == ""


def test_the_tiny_models_are_such_as_users_have(weights: Path) -> None:
    """Saved in the standard layout, safetensors only."""
    for name in ("plain", "inpaint", "lcm", "xl"):
        assert files.problem(str(weights / name)) == ""
        assert not list((weights / name).rglob("*.bin"))
