"""Drawn backdrops: every look, the same for the same seed, light where it says it comes from."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import numpy as np
import pytest

from studio import engines
from studio.engines import Scene, scenery
from studio.engines.backdrop import look as looks
from studio.errors import EngineError, InputError, NotFoundError

BLUE = ((40, 90, 200), (230, 230, 230))
RED = ((200, 50, 40), (230, 230, 230))


def drawn(look: str, seed: int = 1, palette: tuple = BLUE, side: int = 160) -> np.ndarray:
    engine = engines.load("scene", "backdrop")
    return engine.backdrop(Scene(side, side, seed=seed, look=look, palette=palette))


@pytest.mark.parametrize("name", looks.names())
def test_every_look_draws_a_picture_that_is_neither_flat_nor_blown(name: str) -> None:
    picture = drawn(name)
    assert picture.shape == (160, 160, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 4
    assert (picture == 255).all(axis=2).mean() < 0.05
    bright = {"light": (150, 245), "mid": (90, 225), "dark": (15, 110)}[looks.load(name).tone]
    assert bright[0] < picture.mean() < bright[1]
    title = looks.load(name).title
    assert title["en"]
    assert title["zh"]


def test_one_seed_is_one_picture_and_another_seed_is_another() -> None:
    assert np.array_equal(drawn("marble_window", 3), drawn("marble_window", 3))
    assert not np.array_equal(drawn("marble_window", 3), drawn("marble_window", 4))


def test_kept_backdrops_are_not_changed_by_those_who_paint_on_them() -> None:
    engine = engines.load("scene", "backdrop")
    scene = Scene(80, 80, seed=1, look="sweep", palette=BLUE)
    first = engine.backdrop(scene)
    first[:] = 0
    assert engine.backdrop(scene).mean() > 100


def test_the_light_comes_from_its_side() -> None:
    for seed, brighter in ((0, "left"), (1, "right")):
        picture = drawn("wall_studio", seed).astype(float)
        left, right = picture[:, :60].mean(), picture[:, -60:].mean()
        assert (left > right) == (brighter == "left")


def test_a_palette_tints_the_set() -> None:
    blue, red = drawn("podium_arch").mean(axis=(0, 1)), drawn("podium_arch", palette=RED)
    red = red.mean(axis=(0, 1))
    assert blue[2] > blue[0]
    assert red[0] > red[2]


def test_progress_is_told_and_cancel_stops() -> None:
    engine, told, stop = engines.load("scene", "backdrop"), [], threading.Event()
    engine.backdrop(Scene(64, 64, look="sweep"), on_step=lambda a, b: told.append((a, b)))
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)
    stop.set()
    with pytest.raises(EngineError, match="cancelled"):
        engine.backdrop(Scene(65, 65, look="sweep"), cancel=stop)


def test_an_unknown_look_names_its_neighbours() -> None:
    with pytest.raises(NotFoundError, match="marbel"):
        drawn("marbel_window")


def test_a_users_own_look_is_found_and_its_mistakes_are_all_told(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "scene"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        'title: {en: Mine, zh: 我的}\nwords: x\nfloor: {material: paper, tone: {hex: "#ff0000"}}\n',
        "utf-8",
    )
    engine = engines.load("scene", "backdrop", searched=(tmp_path,))
    picture = engine.backdrop(Scene(64, 64, look="mine"))
    assert picture[..., 0].mean() > 3 * picture[..., 1].mean()
    (folder / "bad.yaml").write_text("title: 3\nflor: {}\n", "utf-8")
    with pytest.raises(InputError) as caught:
        engine.backdrop(Scene(64, 64, look="bad"))
    assert all(word in str(caught.value) for word in ("title", "flor", "floor", "bad.yaml"))


@pytest.mark.parametrize(
    ("texts", "group"),
    [
        (("Kitchen > Appliances", ""), "kitchen"),
        (("", "不锈钢保温杯 500ml"), "drink"),
        (("箱包", "真皮手提包"), "bag"),
        (("", "Wireless headphones"), "electronics"),
        (("", "Spangled thing"), ""),  # "pan" inside a word is no pan
        (("", "USB charger for laptops"), "electronics"),
    ],
)
def test_the_group_is_told_from_words(texts: tuple[str, str], group: str) -> None:
    assert scenery.group_of(texts) == group


@pytest.mark.parametrize(
    ("group", "tall", "lying"),
    [("shoe", 0.6, False), ("shoe", 1.3, True), ("bag", 1.7, False), ("clothing", 0.7, True)],
)
def test_a_pair_of_shoes_seen_from_above_lies(group: str, tall: float, lying: bool) -> None:
    assert scenery.lies(group, tall) == lying


def test_each_group_and_posture_has_a_look_and_neighbours_differ() -> None:
    for group in (*scenery.groups(), ""):
        for lying, cropped in ((False, False), (True, False), (False, True)):
            look = scenery.choose(
                group, seed=0, key="a", lying=lying, cropped=cropped, brightness=0.5
            )
            assert (look.lying, look.cropped) == (lying, cropped)
            assert not look.season
    chosen = {
        scenery.choose(
            "beauty", seed=0, key=str(i), lying=False, cropped=False, brightness=0.5
        ).name
        for i in range(30)
    }
    assert len(chosen) >= 4


def test_black_products_are_kept_off_dark_sets_and_generated_ones_need_no_stand() -> None:
    for key in map(str, range(40)):
        dark = scenery.choose(
            "electronics", seed=0, key=key, lying=False, cropped=False, brightness=0.1
        )
        assert dark.tone != "dark"
        free = scenery.choose(
            "beauty", seed=0, key=key, lying=False, cropped=False, brightness=0.5, drawn=False
        )
        assert free.podium is None


def test_looks_name_groups_that_exist() -> None:
    for name in looks.names():
        assert set(looks.load(name).fits) <= set(scenery.groups()), name


def test_prompts_ask_for_an_empty_set_and_take_no_orders_from_a_title() -> None:
    look = looks.load("marble_window")
    for group in (*scenery.groups(), ""):
        prompt, negative = scenery.words(look, group, "{{ 7*7 }} (masterpiece:9) <lora:x>")
        assert "marble" in prompt
        assert "empty" in prompt
        assert "49" not in prompt
        assert "<" not in prompt
        assert "people" in negative
        assert "text" in negative


def test_every_prompt_fits_into_what_clip_reads() -> None:
    """CLIP reads 77 tokens, its two marks among them. Its own vocabulary made 60 of the longest of
    these prompts, and nowhere more than 1.07 a word or mark; 1.1 is taken here."""
    longest = 0
    for name in looks.names():
        look = looks.load(name)
        for group in (*scenery.groups(), ""):
            for text in scenery.words(look, group, "Stoneware mug"):
                longest = max(longest, len(re.findall(r"[a-z]+|[^\sa-z]", text.lower())))
    assert longest > 40
    assert longest * 1.1 + 2 <= 77


@pytest.mark.parametrize(
    "hostile",
    ["{% for a in title %}{% for b in title %}x{% endfor %}{% endfor %}", "{{ 'x' * 10**9 }}"],
)
def test_a_users_mood_is_taken_but_may_not_run_on(hostile: str, tmp_path: Path) -> None:
    mood = tmp_path / "prompts" / "scene" / "bag.j2"
    mood.parent.mkdir(parents=True)
    mood.write_text("a harbour {{ 'at noon' if not lying }}")
    look = looks.load("marble_window")
    prompt, _ = scenery.words(look, "bag", "Bag", (tmp_path,))
    assert "a harbour at noon" in prompt
    assert "marble" in prompt
    mood.write_text(hostile)
    with pytest.raises(InputError, match="scene prompt is wrong"):
        scenery.words(look, "bag", "Bag", (tmp_path,))
