"""CPU seconds for each step from a photo to its pictures, and beside the bare mask network.

    python benchmarks/imaging.py PHOTOS_FOLDER [--models DIR] [--count 20] [--side 2000]

Prints medians over the photos, the share of each step, and as ratios of one run: the whole cut-out
over the bare network run as often, and the whole chain over Pillow alone (open, resize, write).
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import defaultdict
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image

from studio import engines, settings
from studio.engines import Scene
from studio.imaging import compose, encode, fidelity, fit, matte, measure, opening, shot
from studio.imaging.shadow import Stage

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


class Clock:
    """Adds up CPU seconds of this process by step."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = defaultdict(list)

    def __call__(self, step: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        done = work()
        self.spent[step].append(time.process_time() - start)
        return done


def chain(data: bytes, cutter: Any, scenes: Any, side: int, clock: Clock) -> float:
    """One photo to white main picture, scene and four crops. Returns changed product pixels."""
    opened = clock("open", lambda: opening.read(data))
    cut = clock("network", lambda: cutter.cut(opened.rgb))
    soft = clock("matte", lambda: matte.refine(opened.rgb, cut.mask))
    clock("edge colours", lambda: matte.foreground(opened.rgb, soft.alpha))
    made = shot.from_mask("", opened, cut.mask, cut.confidence, cut.notes)
    placed = clock("place", lambda: fit.centred(made.cut, side, side, 0.87))
    white = clock("on white", lambda: compose.on_white(placed))
    file, _ = clock("encode", lambda: encode.encode(white, "JPEG", 10_000_000))
    clock("measure", lambda: (measure.white(measure.decode(file)), fidelity.prove(white, placed)))
    stage = Stage()
    standing = compose.stand(made.cut, 1200, 1200, stage)
    backdrop = clock("backdrop", lambda: scenes.backdrop(Scene(1200, 1200, look="kitchen_oak")))
    picture = clock("compose", lambda: compose.in_scene(standing, backdrop, stage))
    for size in (2000, 1200, 800, 600):
        crop = clock("crops", lambda s=size: fit.within(white, s, s))
        clock("encode", lambda c=crop: encode.encode(c, "JPEG", 10_000_000))
    return float(fidelity.prove(picture, standing).changed)


def pillow_alone(data: bytes, side: int) -> None:
    with Image.open(BytesIO(data)) as image:
        large = image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
        for size in (side, 1200, 800, 600):
            large.resize((size, size)).save(BytesIO(), "JPEG", quality=92)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--models", type=Path, default=settings.load().models)
    arguments.add_argument("--count", type=int, default=20)
    arguments.add_argument("--side", type=int, default=2000)
    given = arguments.parse_args()
    photos = sorted(p for p in given.folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    cutter = engines.load("cutout", "u2netp", models=given.models, threads=1)
    scenes = engines.load("scene", "backdrop")
    clock, changed, looks = Clock(), 0.0, 0
    bare = cutter._network  # the network without all that we do round it
    tensor = np.zeros((1, 3, 320, 320), np.float32)
    bare()(tensor)
    scenes.backdrop(Scene(1200, 1200, look="kitchen_oak"))
    for path in photos[: given.count]:
        data = path.read_bytes()
        changed += chain(data, cutter, scenes, given.side, clock)
        looks += 1
        clock("(bare network, once)", lambda: bare()(tensor))
        clock("(Pillow alone)", lambda d=data: pillow_alone(d, given.side))
    own = {k: v for k, v in clock.spent.items() if not k.startswith("(")}
    total = sum(map(sum, own.values()))
    print(f"{looks} photos; CPU seconds, one thread")
    for step, seconds in clock.spent.items():
        share = "" if step.startswith("(") else f"{sum(seconds) / total:6.0%}"
        print(f"  {step:22} median {median(seconds):7.3f}  {share}")
    network = median(clock.spent["network"]) / median(clock.spent["(bare network, once)"])
    pillow = total / sum(clock.spent["(Pillow alone)"])
    print(f"  whole chain {total / looks:.2f} s a photo, {60 * looks / total:.1f} photos a minute")
    print(f"  cut-out network / bare network: {network:.2f} (two passes: 2.0 is nothing added)")
    print(f"  whole chain / Pillow alone: {pillow:.1f}")
    print(f"  product pixels changed: {changed:.0f}")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
