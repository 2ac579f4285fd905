"""Which photo is taken, and its cut-out."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from studio.errors import StudioError
from studio.photographer.job import Job
from studio.schema import Product

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.engines import Cut, CutoutEngine
    from studio.imaging.opening import Opened
    from studio.imaging.shot import Shot

_GLIMPSE = 640  # px in which a photo is looked at again
_TRIES = 4  # photos that are looked at before the best of them is taken
_kept: OrderedDict[tuple[str, ...], Shot] = OrderedDict()  # a product goes to many channels
_kept_lock = threading.Lock()


def best(job: Job) -> tuple[Shot | None, StudioError | None]:
    """The first photo that cuts out well, else the best of the first few; or (None, why)."""
    chosen: Shot | None = None
    problem: StudioError | None = None
    for sha in _photos(job.product):
        job.check()
        try:
            shot = _shot(job, sha)
        except StudioError as error:
            job.check()
            problem = problem or error
            continue
        if _worth(shot) >= 0.7:
            return shot, None
        if chosen is None or _worth(shot) > _worth(chosen):
            chosen = shot
    return chosen, problem


def _looked_at_again(engine: CutoutEngine, opened: Opened, made: Shot, cut: Cut) -> Shot:
    """The shot with a doubt where the engine finds another product in the photo with a mirrored
    margin round it. On a varied ground colours cannot bear a mask out, but a real product is found
    again (IoU above 0.93 on real photos); a room or a shop front is not (below 0.25). A third of a
    side is the margin in which even a coarse look loses a shop front."""
    import cv2
    import numpy as np

    from studio.imaging import fit, shot

    photo = fit.within(opened.rgb, _GLIMPSE, _GLIMPSE)
    height, width = photo.shape[:2]
    y, x = height // 3, width // 3
    framed = cv2.copyMakeBorder(photo, y, y, x, x, cv2.BORDER_REFLECT_101)
    first = cv2.resize(cut.mask, (width, height), interpolation=cv2.INTER_AREA) > 0.5

    def found(mask: NDArray[np.float32]) -> bool:
        again = mask[y : y + height, x : x + width] > 0.5
        return bool((again & first).sum() >= 0.8 * (again | first).sum())

    if found(engine.cut(np.asarray(framed, np.uint8), found).mask):
        return made
    notes = (*cut.notes, "another look at the photo finds another product")
    return shot.from_mask(made.sha256, opened, cut.mask, min(cut.confidence, 0.5), notes)


def _enlarged(job: Job, made: Shot) -> Shot:
    """The shot with a small product brought to the size from which buyers can zoom in."""
    import cv2
    import numpy as np

    from studio.imaging import fit

    longest = max(made.cut.box[2:])
    if job.upscale is None or longest >= fit.ZOOM:
        return made
    scale = min(4.0, fit.ZOOM / longest)
    height, width = (round(side * scale) for side in made.cut.alpha.shape)
    source = job.upscale.enlarge(made.cut.source, width, height)
    rgb = job.upscale.enlarge(made.cut.rgb, width, height)
    alpha = cv2.resize(made.cut.alpha, (width, height), interpolation=cv2.INTER_CUBIC)
    cut = fit.CutOut(rgb, np.asarray(np.clip(alpha, 0, 1), np.float32), source)
    return replace(made, cut=cut, enlarged=scale)


def _worth(shot: Shot) -> float:
    """Confidence, less where the product does not show whole."""
    return shot.confidence * (0.75 if shot.cropped else 1.0)


def _photos(product: Product) -> list[str]:
    """sha256 of the stored photos, the product's own before the variants', each once."""
    photos = [*product.photos, *(p for v in product.variants for p in v.photos)]
    return list(dict.fromkeys(p.sha256 for p in photos if p.sha256))[:_TRIES]


def _shot(job: Job, sha: str) -> Shot:
    """The cut-out of a photo; the last few are kept, since channels ask for them one by one."""
    from studio.imaging import opening

    engine = job.cutout
    larger = (job.upscale.name, job.upscale.model) if job.upscale else ("", "")
    mended = job.mask(sha)
    key = (sha, engine.name, engine.model, *larger, sha256(mended).hexdigest())
    with _kept_lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    name = next((p.ref for p in job.product.photos if p.sha256 == sha), sha[:12])
    opened = opening.read(job.photo(sha), name)
    made = _enlarged(job, cut_out(opened, engine, sha, name, mended))
    with _kept_lock:
        _kept[key] = made
        while len(_kept) > 3:
            _kept.popitem(last=False)
    return made


def cut_out(
    opened: Opened, engine: CutoutEngine, sha: str = "", name: str = "", mended: bytes = b""
) -> Shot:
    """The photo's product with its matte and its doubts; by the `mended` mask where there is one.
    Raises InputError where there is no product."""
    from studio.imaging import brushed, matte, opening, shot

    if mended:
        alpha = brushed.read(mended, opened.rgb.shape)
        return shot.from_edited(sha, opened, alpha, sha256(mended).hexdigest())
    if opened.alpha is not None:
        return shot.from_alpha(sha, opened)
    trial = matte.Trial(opened.rgb)
    cut = engine.cut(opened.rgb, trial.settled)
    if not (cut.mask > 0.5).any():
        raise opening.refused("nothing", name)
    made = shot.from_mask(sha, opened, cut.mask, cut.confidence, cut.notes, trial.matte)
    if made.matte.ground == "varied" and shot.DOUBTFUL <= made.confidence < shot.SURE:
        made = _looked_at_again(engine, opened, made, cut)
    return made
