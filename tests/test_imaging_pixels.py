"""Matte, placing, composing, proof, measures: on pictures whose right answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from studio.errors import InputError
from studio.imaging import compose, encode, fidelity, fit, halo, judge, matte, measure, planes
from studio.imaging.shadow import Stage, reflection, shade
from studio.schema import Slot

Rgb = tuple[int, int, int]


def photo(
    ground: Rgb = (246, 246, 246), colour: Rgb = (40, 110, 60), side: int = 400
) -> tuple[np.ndarray, np.ndarray]:
    """(a ring with a pattern on a plain ground, its true matte), drawn at 8x and averaged."""
    large = np.zeros((side * 8, side * 8), np.uint8)
    cv2.circle(large, (side * 4, side * 4), side * 3, 255, -1)
    cv2.circle(large, (side * 4, side * 4), side, 0, -1)
    alpha = cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    stripes = 1 + 0.2 * np.sin(np.arange(side) / 5.0)[None, :, None]
    product = np.clip(np.array(colour, np.float32) * stripes, 0, 255)
    mixed = product * alpha[..., None] + np.array(ground) * (1 - alpha[..., None])
    return np.broadcast_to(mixed, (side, side, 3)).round().astype(np.uint8), alpha


def soft(alpha: np.ndarray, sigma: float = 6) -> np.ndarray:
    """What a network would give: the truth, blurred."""
    return cv2.GaussianBlur(alpha, (0, 0), sigma)


def cut_out(rgb: np.ndarray, alpha: np.ndarray) -> fit.CutOut:
    return fit.CutOut(halo.foreground(rgb, alpha), alpha, rgb)


@pytest.mark.parametrize("ground", [(246, 246, 246), (255, 255, 255), (222, 210, 196)])
def test_a_plain_ground_is_solved_almost_exactly(ground: Rgb) -> None:
    rgb, truth = photo(ground)
    found = matte.refine(rgb, soft(truth))
    assert found.ground == "plain"
    assert np.abs(found.alpha - truth).mean() < 0.002
    assert np.abs(found.alpha - truth).max() < 0.35
    assert found.alpha[200, 200] == 0, "the hole in the ring is a hole"


def test_a_hole_that_the_network_dropped_by_mistake_is_filled() -> None:
    rgb, truth = photo()
    holed = soft(truth)
    holed[60:110, 180:220] = 0.1  # the network lost a part of the ring
    assert matte.refine(rgb, holed).alpha[80, 200] == 1


@pytest.mark.parametrize(("ground", "open_"), [((240, 240, 238), True), ((255, 255, 255), False)])
def test_a_look_through_a_handle_is_ground_though_the_network_filled_it(
    ground: Rgb, open_: bool
) -> None:
    """Just the ground's colour, where a white part of the product could not pass for it."""
    picture = np.full((500, 500, 3), ground, np.uint8)
    cv2.rectangle(picture, (120, 230), (380, 450), (40, 60, 120), -1)
    cv2.ellipse(picture, (250, 230), (90, 120), 0, 180, 360, (40, 60, 120), 16)
    mask = np.zeros((500, 500), np.float32)
    cv2.rectangle(mask, (120, 230), (380, 450), 1.0, -1)
    cv2.ellipse(mask, (250, 230), (98, 128), 0, 180, 360, 1.0, -1)
    found = matte.refine(picture, mask)
    assert found.ground == "plain"
    assert (found.alpha[180, 250] < 0.5) == open_
    assert found.alpha[110, 250] > 0.5


def test_a_shadow_seen_through_a_handle_is_ground() -> None:
    picture = np.full((500, 500, 3), 236, np.uint8)
    cv2.ellipse(picture, (250, 250), (110, 110), 0, 20, 160, (178, 178, 178), -1)
    picture = cv2.GaussianBlur(picture, (0, 0), 6)
    cv2.rectangle(picture, (60, 120), (180, 400), (40, 60, 120), -1)
    mask = np.zeros((500, 500), np.float32)
    cv2.rectangle(mask, (60, 120), (180, 400), 1.0, -1)
    for drawn, colour in ((picture, (40, 60, 120)), (mask, (1.0,))):
        cv2.ellipse(drawn, (180, 250), (150, 110), 0, -90, 90, colour, 30)
    found = matte.refine(picture, soft(mask, 2))
    assert found.ground == "plain"
    assert not (found.alpha[200:300, 200:280] > 0.1).any()
    assert (found.alpha[mask == 1] > 0.5).mean() > 0.98


def test_folds_that_pass_through_the_grounds_colour_are_no_hole() -> None:
    """A pale shirt, shaded: in its middle it has just the colour of the ground behind it."""
    y, x = np.mgrid[0:400, 0:400].astype(np.float32)
    shade = 214 + 0.9 * np.maximum(np.hypot(x - 200, y - 200) - 60, 0)
    rgb = np.full((400, 400, 3), 214, np.uint8)
    inside = (np.abs(x - 200) < 120) & (np.abs(y - 200) < 150)
    rgb[inside] = np.clip(shade, 0, 255).astype(np.uint8)[inside, None]
    rgb += np.random.default_rng(4).integers(0, 7, rgb.shape[:2], np.uint8)[..., None]
    cv2.rectangle(rgb, (80, 50), (320, 350), (60, 60, 60), 6)
    found = matte.refine(rgb, soft(inside.astype(np.float32)))
    assert found.ground == "plain"
    assert (found.alpha[190:210, 190:210] == 1).all()


def test_a_soft_shadow_on_the_ground_is_not_product() -> None:
    rgb, truth = photo()
    shadow = np.zeros(truth.shape, np.float32)
    cv2.ellipse(shadow, (200, 362), (140, 14), 0, 0, 360, 1, -1)
    dark = 1 - 0.3 * cv2.GaussianBlur(shadow, (0, 0), 8)
    shaded = (rgb * np.where(truth > 0, 1, dark)[..., None]).astype(np.uint8)
    found = matte.refine(shaded, soft(truth))
    assert np.abs(found.alpha - truth)[350:].mean() < 0.01


def test_white_on_white_stays_whole() -> None:
    rgb, truth = photo((250, 250, 250), (246, 246, 245))
    found = matte.refine(rgb, soft(truth, 2))
    assert (found.alpha[truth == 1] > 0.9).mean() > 0.9
    assert found.alpha[truth == 0].mean() < 0.01


def test_a_busy_ground_is_called_varied_and_the_edge_is_sharpened() -> None:
    rgb, truth = photo()
    dice = np.random.default_rng(3)
    rough = cv2.resize(dice.integers(60, 255, (40, 40, 3)).astype(np.float32), (400, 400))
    busy = np.where(truth[..., None] > 0.5, rgb, rough).astype(np.uint8)
    found = matte.refine(busy, soft(truth, 3))
    assert found.ground == "varied"
    assert np.abs(found.alpha - truth).mean() < np.abs(soft(truth, 3) - truth).mean() / 8


def test_the_edge_colours_are_freed_of_the_ground() -> None:
    rgb, truth = photo((255, 255, 255), (20, 20, 20))
    own = halo.foreground(rgb, truth)
    edge = (truth > 0.3) & (truth < 0.9)
    assert rgb[edge].mean() > 60
    assert own[edge].mean() < 40
    assert (own[truth >= matte.SOLID] == rgb[truth >= matte.SOLID]).all()


@pytest.mark.parametrize("side", [130, 400, 1000])
def test_the_soft_edge_has_the_products_own_colours_at_any_scale(side: int) -> None:
    rgb, truth = photo((255, 255, 255), (200, 30, 30))
    placed = fit.centred(cut_out(rgb, truth), side, side, 0.9)
    edge = placed.soft & (placed.alpha[placed.part] > 0.2)
    assert edge.sum() > 100
    red, green, blue = np.percentile(placed.rgb[placed.part][edge], 95, axis=0)
    assert red > 150
    assert max(green, blue) < 60, "none of the white ground is left in them"
    assert not placed.rgb[placed.part][placed.alpha[placed.part] == 0].any()


def test_points_are_read_as_a_resize_would_read_them() -> None:
    plane = np.random.default_rng(4).random((20, 30, 3), np.float32)
    large = cv2.resize(plane, (75, 45), interpolation=cv2.INTER_LINEAR)
    y, x = np.divmod(np.arange(75 * 45), 75)
    found = planes.at(plane, (x + 0.5) * 30 / 75 - 0.5, (y + 0.5) * 20 / 45 - 0.5)
    assert np.abs(found.reshape(45, 75, 3) - large).max() < 0.02
    assert planes.at(plane, np.zeros(0), np.zeros(0)).shape == (0, 3)


@pytest.mark.parametrize("size", [180, 200])
def test_a_fine_weave_becomes_even_when_a_photo_is_made_much_smaller(size: int) -> None:
    weave = np.full((300, 300, 3), 60, np.uint8)
    weave[(np.indices((300, 300)).sum(axis=0) % 2) == 0] = 200
    small = fit.within(weave, size, size).astype(float)
    assert small.mean() == pytest.approx(130, abs=2)
    assert small.std() < 12, "stripes that the weave does not have"


def test_a_shadow_baked_into_alpha_is_left_out_but_glass_is_kept() -> None:
    alpha = np.zeros((200, 200), np.float32)
    alpha[20:120, 60:140] = 1
    alpha[40:60, 140:160] = 0.5  # joined to the solid part: glass
    alpha[160:180, 50:150] = 0.3  # apart and nowhere solid: a drawn shadow
    kept = matte.own_alpha(alpha)
    assert kept.alpha[170, 100] == 0
    assert kept.alpha[50, 150] == pytest.approx(0.5)
    assert kept.notes


@pytest.mark.parametrize(("width", "height"), [(800, 800), (600, 800), (1000, 500)])
@pytest.mark.parametrize("fill", [0.6, 0.87])
def test_the_main_picture_measures_as_asked(width: int, height: int, fill: float) -> None:
    rgb, truth = photo((230, 230, 230))
    placed = fit.centred(cut_out(rgb, truth), width, height, fill)
    picture = compose.on_white(placed)
    data, _ = encode.encode(picture, "JPEG", 10**7)
    found = measure.white(measure.decode(data))
    assert found["border_white"] == 1.0
    assert found["fill"] == pytest.approx(fill, abs=0.012)
    assert found["off_centre"] < 0.01
    assert measure.background(measure.decode(data), placed.alpha) == 1.0


def test_what_the_photo_cuts_off_stays_at_that_edge() -> None:
    rgb, truth = photo()
    half = fit.CutOut(rgb[:200], truth[:200], rgb[:200])
    assert half.cropped == (False, False, False, True)
    placed = fit.centred(half, 500, 500, 0.8)
    assert placed.box[1] + placed.box[3] == 500
    picture = compose.on_white(placed)
    assert (picture[0] == 255).all()
    assert (picture[-1] < 250).any()


@pytest.mark.parametrize("lying", [False, True])
@pytest.mark.parametrize("side", [220, 900])
def test_no_product_pixel_changes_in_a_scene(lying: bool, side: int) -> None:
    rgb, truth = photo()
    stage = Stage(lying=lying, reflect=0.2)
    placed = compose.stand(cut_out(rgb, truth), side, side, stage)
    ground = np.random.default_rng(1).integers(90, 200, (side, side, 3), np.uint8)
    picture = compose.in_scene(placed, ground, stage)
    proof = fidelity.prove(picture, placed)
    assert proof.compared > 1000
    assert proof.changed == 0
    assert proof.largest == 0


def test_the_proof_finds_a_repainted_spot() -> None:
    rgb, truth = photo()
    placed = fit.centred(cut_out(rgb, truth), 400, 400, 0.8)
    picture = compose.on_white(placed)
    x, y, width, _ = placed.box
    spot = np.s_[y + 20 : y + 26, x + width // 2 : x + width // 2 + 6]
    picture[spot] = 255 - picture[spot]
    proof = fidelity.prove(picture, placed)
    assert proof.changed == 36
    assert proof.map[spot].min() > 10
    assert not proof.kept


def test_delta_is_the_cie_one() -> None:
    grey, white = np.full((1, 1, 3), 119, np.uint8), np.full((1, 1, 3), 255, np.uint8)
    assert fidelity.delta(white, white)[0, 0] == 0
    assert fidelity.delta(grey, white)[0, 0] == pytest.approx(50, abs=0.6)  # L* 50 and 100


def test_a_shadow_lies_away_from_the_light_and_softens_with_distance() -> None:
    rgb, truth = photo()
    placed = compose.stand(cut_out(rgb, truth), 600, 600, Stage())
    left = shade(placed, Stage(light=(-0.6, -0.4, 0.7)))
    right = shade(placed, Stage(light=(0.6, -0.4, 0.7)))
    x, _, width, _ = placed.box
    below = np.s_[450:515]
    assert left[below, x + width :].sum() > 2 * left[below, :x].sum()
    assert right[below, :x].sum() > 2 * right[below, x + width :].sum()
    foot = placed.box[1] + placed.box[3]
    assert left[foot - 3 : foot + 3, 300].max() > 0.5, "it touches the ground"
    assert left[20:60].max() < 0.02


def test_a_reflection_is_the_product_upside_down() -> None:
    rgb, truth = photo()
    stage = Stage(reflect=0.5)
    placed = compose.stand(cut_out(rgb, truth), 600, 600, stage)
    foot = placed.box[1] + placed.box[3]
    _, strength = reflection(placed, stage)
    assert strength[foot + 10, 300] > 0.1
    assert strength[foot + 10, 300] > strength[foot + 40, 300]
    assert strength[: foot - 40].max() < 0.01


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
def test_the_file_fits_and_is_as_good_as_it_can_be(format: encode.Format) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (300, 300, 3), np.uint8)
    full, best = encode.encode(noise, format, 10**7)
    limit = int(len(full) * 0.8)
    data, found = encode.encode(noise, format, limit)
    assert len(data) <= limit < len(full)
    assert found["quality"] < best["quality"]
    assert data == encode.encode(noise, format, limit)[0]


def test_what_cannot_fit_is_refused() -> None:
    noise = np.random.default_rng(5).integers(0, 255, (300, 300, 3), np.uint8)
    for format in ("JPEG", "PNG", "WEBP"):
        with pytest.raises(InputError, match="does not fit"):
            encode.encode(noise, format, 2_000)  # type: ignore[arg-type]


def test_sharpness_tells_a_blurred_product() -> None:
    rgb, truth = photo(side=600)
    dice = np.random.default_rng(2).integers(0, 60, (600, 600, 1))
    crisp = np.clip(rgb.astype(int) + dice, 0, 255).astype(np.uint8)
    blurred = cv2.GaussianBlur(crisp, (0, 0), 3)
    assert measure.sharpness(crisp, truth)["sharpness"] > 90
    assert measure.sharpness(blurred, truth)["sharpness"] < 25
    assert (
        measure.sharpness(blurred, truth)["detail"] < 12 < measure.sharpness(crisp, truth)["detail"]
    )


def test_the_palette_names_the_products_colours() -> None:
    rgb, truth = photo((255, 255, 255), (200, 30, 30))
    red, green, blue = measure.palette(rgb, truth)[0]
    assert red > 150 > 80 > max(green, blue)


def test_findings_are_made_from_measures() -> None:
    slot = Slot(name="main", fill_min=0.85, min_px=500)
    good = {"fill": 0.87, "border_white": 1.0, "sharpness": 300.0, "scale": 1.0}
    assert list(judge.judge(slot, good, (800, 800))) == []
    bad = {"fill": 0.6, "border_white": 0.9, "sharpness": 9.0, "scale": 3.0, "product_changed": 4.0}
    rules = {f.rule for f in judge.judge(slot, bad, (400, 400))}
    assert rules == {
        f"picture.{name}" for name in ("fill", "white", "soft", "small", "least", "changed")
    }
    found = next(judge.judge(slot, bad, (800, 800)))
    assert found.field == "pictures.main"
    assert "60%" in found.message["en"]
    assert "60%" in found.message["zh"]
    assert found.blocks
