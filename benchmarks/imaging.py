"""CPU seconds for each step from a photo to its pictures, beside what others need for the same.

    python benchmarks/imaging.py PHOTOS_FOLDER [--models DIR] [--count 60] [--side 2000]
                                 [--sheet FILE.png] [--flat 1000]

For each photo: cut out, white main picture, one scene on a kept backdrop, four smaller sizes, all
written and measured, in one thread. In the same run, on the same photo: the bare network through
onnxruntime, rembg's own remove() on the same weights, and Pillow alone for resizing and writing.
The cut-out is compared as a whole: a photo's bytes to those of a PNG with alpha, a session kept,
photos that bring their own alpha left out. rembg does it as it comes, and with edges freed of the
ground as ours are: `decontaminate`, and, on every tenth, alpha matting.
`--sheet` draws every photo beside its pictures, to be looked at; `--flat N` goes on over the photos
until N were made, and tells the memory every 100.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from statistics import fmean, median
from typing import Any

import cv2
import numpy as np
import psutil
from PIL import Image

from studio import engines, settings
from studio.engines import Scene, weights
from studio.errors import StudioError
from studio.imaging import compose, encode, fidelity, fit, halo, matte, measure, opening
from studio.imaging.encode import encode as written
from studio.imaging.shadow import Stage
from studio.imaging.shot import Shot
from studio.photographer.photos import cut_out

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
CROPS = {1600: 0, 1200: 0, 800: 1600, 600: 1200}  # from the white picture (0) or a larger one
PICTURES = 2 + len(CROPS)
STEPS: tuple[tuple[Any, str, str], ...] = (
    (opening, "read", "open"),
    (matte.Trial, "settled", "matte"),
    (matte, "refine", "matte"),
    (halo, "foreground", "edge colours"),
    (fit, "centred", "place"),
    (compose, "stand", "place"),
    (compose, "on_white", "on white"),
    (compose, "in_scene", "scene"),
    (fit, "within", "resize"),
    (encode, "encode", "write"),
    (measure, "decode", "measure"),
    (measure, "white", "measure"),
    (fidelity, "prove", "measure"),
)
sizes: dict[str, list[int]] = defaultdict(list)  # of the PNGs of either
CUT = ("open", "network", "matte", "edge colours", "cut-out")


class Clock:
    """CPU and wall seconds by step, without those of the steps inside it."""

    def __init__(self) -> None:
        self.cpu: dict[str, list[float]] = defaultdict(list)
        self.wall: dict[str, float] = defaultdict(float)
        self._inner: list[tuple[float, float]] = []

    def __call__(self, step: str, work: Callable[[], Any]) -> Any:
        self._inner.append((0.0, 0.0))
        cpu, wall = spent(), time.perf_counter()
        try:
            return work()
        finally:
            cpu, wall = spent() - cpu, time.perf_counter() - wall
            inside = self._inner.pop()
            self.cpu[step].append(cpu - inside[0])
            self.wall[step] += wall - inside[1]
            if self._inner:
                outer = self._inner[-1]
                self._inner[-1] = (outer[0] + cpu, outer[1] + wall)

    def watch(self, owner: Any, name: str, step: str) -> None:
        """Count the calls of a function under a step from now on."""
        work = getattr(owner, name)
        setattr(owner, name, lambda *a, **k: self(step, lambda: work(*a, **k)))

    def sum(self, *steps: str) -> float:
        return sum(sum(self.cpu[step]) for step in steps)


def spent() -> float:
    """CPU seconds of this process and of its picture decoders."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    waiting = [psutil.Process(child.pid).cpu_times() for child in opening._idle]
    children = ended.ru_utime + ended.ru_stime + sum(t.user + t.system for t in waiting)
    return time.process_time() + children


@dataclass
class Seen:
    """What came of the photos. `tiles`: for the contact sheet."""

    made: int = 0
    failed: list[str] = field(default_factory=list)
    doubted: list[str] = field(default_factory=list)
    impure: list[str] = field(default_factory=list)  # whole products whose white is not 255
    changed: int = 0
    tiles: list[Any] = field(default_factory=list)


def chain(data: bytes, cutter: Any, scenes: Any, side: int) -> tuple[Shot, Any, Any, int, bool]:
    """A photo's pictures: (shot, white, scene, changed product pixels, is the white pure)."""
    shot = cut_out(opening.read(data), cutter)
    placed = fit.centred(shot.cut, side, side, 0.87)
    white = compose.on_white(placed)
    file, _ = encode.encode(white, "JPEG", 10_000_000)
    measured = measure.white(measure.decode(file))
    changed = fidelity.prove(white, placed).changed
    stage = Stage()
    standing = compose.stand(shot.cut, 1200, 1200, stage)
    backdrop = scenes.backdrop(Scene(1200, 1200, look="kitchen_oak"))
    scene = compose.in_scene(standing, backdrop, stage)
    encode.encode(scene, "JPEG", 10_000_000)
    changed += fidelity.prove(scene, standing).changed
    held = {0: white}
    for size, larger in CROPS.items():
        held[size] = fit.within(held[larger], size, size)
        encode.encode(held[size], "JPEG", 10_000_000)
    pure = measured["border_white"] == 1 and measured["fill"] >= 0.85
    return shot, white, scene, changed, pure or shot.cropped


def pillow_alone(data: bytes, side: int) -> None:
    """The same photo opened, brought to the same sizes and written, by Pillow."""
    with Image.open(BytesIO(data)) as image:
        large = image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    large.save(BytesIO(), "JPEG", quality=92, subsampling=0)
    for size in (1200, *CROPS):
        small = large.resize((size, size), Image.Resampling.LANCZOS)
        small.save(BytesIO(), "JPEG", quality=92, subsampling=0)


def cut_file(shot: Shot) -> bytes:
    """The cut-out as a PNG of the photo's size."""
    clear = compose.on_nothing(shot.cut.rgb, shot.cut.alpha)
    return written(clear, "PNG", 100_000_000)[0]


def peers(models: Path, clock: Clock) -> Callable[[bytes, Shot, int, float], None]:
    """Runs what we are compared with on one photo that took us `cut` seconds to cut out."""
    import onnxruntime

    path = weights.find("u2netp", models)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    bare = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    tensor = np.random.default_rng(1).standard_normal((1, 3, 320, 320)).astype(np.float32)
    given, wanted = bare.get_inputs()[0].name, bare.get_outputs()[0].name
    session, remove = rembg(path)

    def run(data: bytes, shot: Shot, side: int, cut: float) -> None:
        clock("(bare network)", lambda: bare.run([wanted], {given: tensor}))
        clock("(Pillow alone)", lambda: pillow_alone(data, side))
        if not remove or shot.opened.alpha is not None:
            return
        clock("(our PNG)", lambda: sizes["ours"].append(len(cut_file(shot))))
        clock.cpu["(our cut-out)"].append(cut + clock.cpu["(our PNG)"][-1])
        clock("(rembg)", lambda: sizes["rembg"].append(len(remove(data, session=session))))
        clock("(rembg, edges freed)", lambda: remove(data, session=session, decontaminate=True))
        if len(clock.cpu["(rembg)"]) % 10 == 1:
            clock("(rembg, matting)", lambda: remove(data, session=session, alpha_matting=True))

    return run


def rembg(path: Path | None) -> tuple[Any, Any]:
    """(session on our file, remove), or (None, None) without rembg."""
    try:
        import onnxruntime
        from rembg import remove
        from rembg.sessions.u2netp import U2netpSession
    except ImportError:
        return None, None
    kind = type("Ours", (U2netpSession,), {"download_models": lambda *_, **__: str(path)})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return kind("u2netp", options, providers=["CPUExecutionProvider"]), remove


def tile(number: int, shot: Shot, white: Any, scene: Any) -> Any:
    """The photo, the white picture and the scene side by side, with what was thought of them."""
    photo = shot.opened.rgb
    scale = 230 / max(photo.shape[:2])
    canvas = np.full((254, 720, 3), 255, np.uint8)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas[: small.shape[0], : small.shape[1]] = small
    for left, picture in ((238, white), (476, scene)):
        size = (234, 234)
        canvas[:234, left : left + 234] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    word = " DOUBTED" if shot.doubtful else ""
    word += " cropped" if shot.cropped else ""
    line = f"{number} {shot.matte.ground} {shot.confidence:.2f}{word}"
    colour = (200, 0, 0) if shot.doubtful else (0, 0, 0)
    cv2.putText(canvas, line, (4, 249), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
    return canvas


def sheet(tiles: list[Any], path: Path) -> None:
    rows = [tiles[i : i + 2] for i in range(0, len(tiles), 2)]
    blank = np.full_like(tiles[0], 255)
    Image.fromarray(np.vstack([np.hstack([*row, blank][:2]) for row in rows])).save(path)


def memory() -> int:
    """This process's resident memory now, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") >> 20


def told(clock: Clock, seen: Seen) -> Iterator[str]:
    own = [step for step in clock.cpu if not step.startswith("(")]
    total, count = clock.sum(*own), max(1, seen.made)
    yield f"{seen.made} photos, {len(seen.failed)} without a product; one thread; seconds a photo:"
    for step in sorted(own, key=lambda s: -clock.sum(s)):
        cpu, wall = clock.sum(step) / count, clock.wall[step] / count
        yield f"  {step:14} CPU {cpu:6.3f}  wall {wall:6.3f}  {clock.sum(step) / total:5.0%}"
    for step in (s for s in clock.cpu if s.startswith("(")):
        spent = clock.cpu[step]
        yield f"  {step:14} CPU {sum(spent) / len(spent):6.3f}  median {median(spent):.3f}"
    minute = 60 * PICTURES * count / total
    yield f"whole chain {total / count:.2f} CPU s a photo; {minute:.0f} pictures a minute and core"
    yield f"network / bare network through onnxruntime  {ratio(clock, 'network', '(bare network)')}"
    yield f"looks a photo  {len(clock.cpu['network']) / count:.2f}"
    if clock.cpu["(rembg)"]:
        ours = clock.cpu["(our cut-out)"]
        for peer in ("(rembg)", "(rembg, edges freed)"):
            theirs = clock.cpu[peer]
            one, other = median(ours), median(theirs)
            yield f"photo to PNG, medians {one:.2f} s / {peer} {other:.2f} s  {one / other:.2f}"
            one, other = fmean(ours), fmean(theirs)
            yield f"photo to PNG, means {one:.2f} s / {peer} {other:.2f} s  {one / other:.2f}"
            less = sum(a < b for a, b in zip(ours, theirs, strict=True))
            yield f"quicker than {peer} on {less} of {len(ours)} photos"
        matting = clock.cpu["(rembg, matting)"]
        some = fmean(ours[::10]) / fmean(matting)
        yield f"photo to PNG / (rembg, matting) on {len(matting)}  {some:.2f}"
        yield f"bytes of the PNGs / rembg's  {sum(sizes['ours']) / sum(sizes['rembg']):.2f}"
    yield f"whole chain / Pillow alone  {total / clock.sum('(Pillow alone)'):.1f}"
    yield f"product pixels changed: {seen.changed}"
    yield f"white pictures of whole products that are not pure or filled: {seen.impure or 'none'}"
    yield f"doubted: {', '.join(seen.doubted) or 'none'}"
    yield f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB"


def ratio(clock: Clock, one: str, other: str) -> str:
    return f"{clock.sum(one) / clock.sum(other):.2f}"


def flat(photos: list[Path], count: int, make: Callable[[bytes], Any]) -> None:
    """Memory over many photos."""
    for number in range(1, count + 1):
        make(photos[number % len(photos)].read_bytes())
        if number % 100 == 0:
            print(f"{number} photos: {memory()} MB", flush=True)


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":  # read when a library loads; it holds for all
        os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        os.execv(sys.executable, [sys.executable, *sys.argv])
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--models", type=Path, default=settings.load().models)
    arguments.add_argument("--count", type=int, default=60)
    arguments.add_argument("--side", type=int, default=2000)
    arguments.add_argument("--sheet", type=Path)
    arguments.add_argument("--flat", type=int, default=0)
    given = arguments.parse_args()
    photos = sorted(p for p in given.folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    step = max(1.0, len(photos) / given.count)
    photos = [photos[int(i * step)] for i in range(min(given.count, len(photos)))]
    cv2.setNumThreads(1)
    cutter = engines.load("cutout", "u2netp", models=given.models, threads=1)
    scenes = engines.load("scene", "backdrop")
    chain(photos[0].read_bytes(), cutter, scenes, given.side)  # loads what is loaded once
    if given.flat:
        flat(photos, given.flat, lambda data: chain(data, cutter, scenes, given.side))
        return
    clock, seen = Clock(), Seen()
    beside = peers(given.models, clock)
    watched(clock, cutter)
    for number, path in enumerate(photos):
        data, before = path.read_bytes(), clock.sum(*CUT)
        try:
            made = clock("rest", lambda d=data: chain(d, cutter, scenes, given.side))
        except StudioError as error:
            seen.failed.append(f"{number} {path.name}: {error}")
            continue
        keep(seen, number, made, bool(given.sheet))
        beside(data, made[0], given.side, clock.sum(*CUT) - before)
    print("\n".join(told(clock, seen)))
    if given.sheet:
        sheet(seen.tiles, given.sheet)


def watched(clock: Clock, cutter: Any) -> None:
    for owner, name, step in STEPS:
        clock.watch(owner, name, step)
    clock.watch(sys.modules[__name__], "cut_out", "cut-out")
    clock.watch(cutter, "_run", "network")


def keep(seen: Seen, number: int, made: tuple[Shot, Any, Any, int, bool], tiled: bool) -> None:
    shot, white, scene, changed, pure = made
    seen.made += 1
    seen.changed += changed
    seen.doubted += [str(number)] if shot.doubtful else []
    seen.impure += [] if pure else [str(number)]
    if tiled:
        seen.tiles.append(tile(number, shot, white, scene))


if __name__ == "__main__":
    main()
