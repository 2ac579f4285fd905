"""Makes the sample photos: `python assets/sample/make_photos.py [NAME ...]`; see README.md."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from photo_kit import blocks, carried, home, kitchen  # noqa: E402
from photo_kit.grounds import GROUNDS  # noqa: E402
from photo_kit.shapes import at  # noqa: E402
from photo_kit.studio_room import (  # noqa: E402
    Light,
    Mood,
    Part,
    Shot,
    View,
    develop,
    render,
    save,
    size_of,
)

WARM, COOL = (1.0, 0.93, 0.84), (0.9, 0.96, 1.0)
MOODS = {
    "soft": Mood(  # three soft boxes in a white room
        (
            Light(-48, 42, 3.2, 2.2, 2.2, 7.5),
            Light(65, 25, 3.5, 1.0, 2.8, 4.0),
            Light(10, 82, 3.4, 2.6, 2.6, 2.6),
        ),
        exposure=0.97,
    ),
    "window": Mood(  # a tall window on the left, a lamp-lit room on the right
        (
            Light(-72, 30, 3.4, 0.95, 2.0, 17.0, COOL),
            Light(-42, 30, 3.4, 0.95, 2.0, 17.0, COOL),
            Light(80, 40, 4.0, 2.0, 2.0, 3.5, WARM),
        ),
        room=(0.34, 0.32, 0.30),
        exposure=1.0,
    ),
    "above": Mood(  # for what lies flat: light from the left and right, none in the camera's way
        (
            Light(-90, 38, 3.6, 2.4, 2.4, 11.0),
            Light(90, 55, 4.0, 2.4, 2.4, 3.5, WARM),
        ),
        room=(0.42, 0.42, 0.43),
        exposure=0.9,
    ),
}


PLAIN = View()


@dataclass(frozen=True)
class Plan:
    """A photo as data: the product, how it stands, the ground, the light and the camera."""

    product: Callable[..., list[Part]]
    options: tuple[Any, ...] = ()
    turn: float = 0
    ground: str = "paper"
    mood: str = "soft"
    view: View = PLAIN
    hung: float | None = None  # what lies is hung up, its middle at this height in cm


PHOTOS = {
    "bottle-green": Plan(kitchen.bottle, ("#2f5d48",)),
    "bottle-green-2": Plan(
        kitchen.bottle, ("#2f5d48",), 18, "kitchen", "window", View(12, 24, 0.68, 0.02)
    ),
    "bottle-sand": Plan(kitchen.bottle, ("#c0ab88",)),
    "bottle-blue": Plan(kitchen.bottle, ("#26364f",)),
    "candle": Plan(home.candle, (), 0, "desk", "window", View(14, 24, 0.56, 0.03)),
    "lamp": Plan(home.lamp, (), 14, "paper", "soft", View(8, 18, 0.8)),
    "headphones-black": Plan(
        carried.headphones, ("#222325", "#1b1b1c"), 35, "paper", "soft", View(10)
    ),
    "headphones-ivory": Plan(
        carried.headphones, ("#d8ccb6", "#8f7556", "#b39a6b"), -32, "desk", "window",
        View(12, 24, 0.66, 0.02),
    ),
    "tote": Plan(carried.tote, (), 0, "boards", "above", View(84, 22, 0.86)),
    "tote-2": Plan(
        carried.tote, ((44.0, 44.0),), 0, "rail", "window", View(3, 20, 0.84), hung=29.4
    ),
    "powerbank": Plan(carried.powerbank, (), 0, "terrazzo", "above", View(38, 22, 0.8)),
    "box": Plan(home.box, (), -30, "pale boards", "window", View(20, 24, 0.72)),
    "mug-white": Plan(
        kitchen.mug, ("#e2d9c8", "#b9a98f"), -25, "gingham", "window", View(18, 24, 0.6, 0.025)
    ),
    "mug-white-2": Plan(kitchen.mug, ("#e2d9c8", "#b9a98f"), -60, "paper", "soft", View(32)),
    "mug-blue": Plan(kitchen.mug, ("#5b7186", "#3c4d5e"), -25, "paper", "soft", View(18)),
    "teapot": Plan(kitchen.teapot, (), 8, "linen", "window", View(16, 22, 0.72, 0.015)),
    "honey": Plan(kitchen.honey, (), 0, "paper", "soft", View(10, 24, 0.64, 0.03)),
    "cream": Plan(home.cream, (), 0, "tiles", "window", View(18, 22, 0.58, 0.015)),
    "blocks": Plan(blocks.blocks, (), -14, "warm paper", "soft", View(14, 20, 0.84)),
    "wallet-brown": Plan(
        carried.wallet, ("#8f5528", "#dcb98a"), 16, "pale boards", "above", View(48, 22, 0.68)
    ),
    "wallet-green": Plan(
        carried.wallet, ("#2f4f40", "#b9ad8a"), 16, "paper", "soft", View(44, 20, 0.72)
    ),
}  # fmt: skip


def take(name: str, side: int, samples: int) -> Shot:
    plan = PHOTOS[name]
    place = at(turn=plan.turn)
    if plan.hung is not None:
        place = at(z=plan.hung, tilt=90)
    parts = [p.moved(place) for p in plan.product(*plan.options)]
    ground = GROUNDS[plan.ground](size_of(parts))
    return Shot(parts, ground, MOODS[plan.mood], plan.view)


def main() -> None:
    """Renders the named photos, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PHOTOS))
    parser.add_argument("--side", type=int, default=1200, help="pixels (1200)")
    parser.add_argument(
        "--samples", type=int, default=8, help="light paths per pixel, in eights (8)"
    )
    parser.add_argument("--out", type=Path, default=HERE / "photos")
    options = parser.parse_args()
    for name in options.names or PHOTOS:
        start = time.monotonic()
        picture = develop(
            render(take(name, options.side, options.samples), options.side, options.samples)
        )
        size = save(picture, options.out / f"{name}.jpg")
        print(f"{name}: {size // 1000} kB, {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
