"""What the settings name reaches the pictures: credentials, enlarging, cutting, relighting."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import picture_keys
import pytest
from PIL import Image
from test_photographer import Shop, bottle

from studio import engines
from studio.engines import Scene
from studio.errors import SetupError
from studio.imaging import measure
from studio.schema import Slot
from studio.service import Studio
from studio.settings import Settings

WHITE = Slot(name="main", kind="white", width=1200, height=1200, min_px=300)


def kit(home: Path, **settings: Any) -> Any:
    return Studio(Settings(home=home, models=home, **settings)).kit


def test_with_a_key_in_the_settings_every_picture_is_signed(tmp_path: Path) -> None:
    pytest.importorskip("c2pa")
    from studio.imaging import credentials

    key, chain, _ = picture_keys.make(tmp_path)
    tools = kit(tmp_path, c2pa_key=str(key), c2pa_certificate=str(chain))
    slots = (WHITE, Slot(name="own", kind="photo", width=400, height=300, format="PNG"))
    done = Shop(bottle()).shoot(slots=slots, signer=tools.signer)
    assert len(done.pictures) == 2
    for picture in done.pictures:
        seal = credentials.read(done.blobs[picture.sha256], picture.mime)
        assert seal is not None
        assert (seal.state, seal.title, seal.made_from) == ("Valid", picture.slot, 1)
    with pytest.raises(SetupError, match="cannot be read"):
        kit(tmp_path, c2pa_key=str(tmp_path / "none.pem"), c2pa_certificate=str(chain))


def test_a_small_product_is_enlarged_by_the_engine_that_is_set(tmp_path: Path) -> None:
    plain = Shop(bottle()).shoot(slots=(WHITE,))
    tools = kit(tmp_path, upscale_engine="plain")
    done = Shop(bottle()).shoot(slots=(WHITE,), upscale=tools.upscale)
    one, other = plain.pictures[0], done.pictures[0]
    assert other.width > one.width, "the slot's own size is reached"
    assert other.measured["scale"] > one.measured["scale"] > 1, "told as it is"
    assert "picture.small" in {f.rule for f in done.findings}
    assert not other.may_alter
    assert other.measured["product_changed"] == 0
    assert kit(tmp_path).upscale is None


class Doubling:
    """An engine that says of itself that it invents."""

    name, model, alters = "doubling", "esr", True

    def ready(self) -> str:
        return ""

    def enlarge(self, image: np.ndarray, width: int, height: int) -> np.ndarray:
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_NEAREST)


def test_what_an_inventing_network_enlarged_is_marked(tmp_path: Path) -> None:
    done = Shop(bottle()).shoot(slots=(WHITE,), upscale=Doubling())
    assert done.pictures[0].may_alter
    large = Shop(bottle(side=480)).shoot(slots=(WHITE,), upscale=engines.load("upscale", "plain"))
    assert not large.pictures[0].may_alter


@pytest.mark.parametrize(("width", "height"), [(400, 400), (300, 400), (400, 200)])
def test_a_photo_is_cut_to_the_slot_round_its_product(width: int, height: int) -> None:
    wide = cv2.copyMakeBorder(
        cv2.imdecode(np.frombuffer(bottle(), np.uint8), 1), 0, 0, 300, 60, cv2.BORDER_REPLICATE
    )
    data = cv2.imencode(".png", wide)[1].tobytes()
    slot = Slot(name="own", kind="photo", width=width, height=height, min_px=100, format="PNG")
    done = Shop(data).shoot(slots=(slot,))
    picture = done.pictures[0]
    shown = measure.decode(done.blobs[picture.sha256])
    green = (shown[..., 1].astype(int) - shown[..., 0] > 30).astype(np.uint8)
    if width <= height:
        assert picture.width / picture.height == pytest.approx(width / height, rel=0.02)
    x, y, w, h = cv2.boundingRect(green)
    assert x > 0
    assert y > 0
    assert x + w < picture.width
    assert y + h < picture.height, "the whole bottle, with air round it"


class Relit:
    """Stands for the relighting engine: its picture holds the product, in another light."""

    name, model, ai, around, alters = "relight", "sd15 + fc", "generated", True, True

    def ready(self) -> str:
        return ""

    def backdrop(self, scene: Scene, **_: Any) -> Any:
        mask = scene.options["mask"][..., None]
        warm = np.clip(scene.options["image"] * np.array((1.15, 1.0, 0.8)), 0, 255)
        return (warm * mask + 120 * (1 - mask)).astype(np.uint8)


def test_a_relit_picture_shows_the_map_and_is_marked() -> None:
    slot = Slot(name="scene", kind="scene", width=600, height=600, min_px=300, required=False)
    done = Shop(bottle()).shoot(Relit(), slots=(slot,))
    picture = done.pictures[0]
    assert picture.may_alter
    assert picture.measured["product_changed"] > 0
    assert picture.measured["product_delta_max"] > 3
    assert "picture.changed" in {f.rule for f in done.findings}
    with Image.open(BytesIO(done.blobs[picture.sha256])) as image:
        assert image.size == (picture.width, picture.height)


@pytest.mark.parametrize("look", ["wall_studio", "wall_light"])
def test_a_whole_product_before_a_bare_wall_is_shown_whole(look: str) -> None:
    """Such walls have no floor in the frame: they are for products that the photo cuts off."""
    slot = Slot(name="scene", kind="scene", width=600, height=600, min_px=300, format="PNG")
    shop = Shop(bottle())
    done = shop.shoot(slots=(slot,), options={"look": look})
    shown = measure.decode(done.blobs[done.pictures[0].sha256]).astype(int)
    green = (shown[..., 1] - shown[..., 0] > 30) & (shown[..., 0] < 60)
    _, y, _, h = cv2.boundingRect(green.astype(np.uint8))
    assert y > 60
    assert y + h < 540
    assert done.pictures[0].measured["product_changed"] == 0


class Round:
    """Stands for an engine that paints round the placed product, with a shadow of its own."""

    name, model, ai, around = "diffusers", "sd15 inpainting", "generated", True

    def ready(self) -> str:
        return ""

    def backdrop(self, scene: Scene, **_: Any) -> Any:
        return np.full((scene.height, scene.width, 3), 170, np.uint8)


@pytest.mark.parametrize(("around", "shaded"), [(True, False), (False, True)])
def test_what_was_painted_round_a_product_gets_no_second_shadow(around: bool, shaded: bool) -> None:
    slot = Slot(name="scene", kind="scene", width=600, height=600, min_px=300, format="PNG")
    engine = Round()
    engine.around = around  # type: ignore[misc]
    done = Shop(bottle()).shoot(engine, slots=(slot,), markets=("US",))
    shown = measure.decode(done.blobs[done.pictures[0].sha256]).astype(int)
    x, y, w, h = cv2.boundingRect((shown[..., 1] - shown[..., 0] > 20).astype(np.uint8))
    shown[max(0, y - 8) : y + h + 8, max(0, x - 8) : x + w + 8] = 170  # the bottle itself
    assert bool((np.abs(shown - 170) > 3).any()) == shaded


def test_the_visible_mark_follows_the_markets_that_are_meant() -> None:
    from test_photographer import Generated

    slot = Slot(name="scene", kind="scene", width=600, height=600, min_px=300)
    for markets, marked in ((("CN",), True), (("US",), False), ((), False)):
        done = Shop(bottle()).shoot(Generated(), slots=(slot,), markets=markets)
        assert ("ai_mark" in done.pictures[0].measured) == marked
