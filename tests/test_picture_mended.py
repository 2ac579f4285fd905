"""A mended mask goes along to the workers of other machines: they cut out as this one does."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from studio.imaging import brushed
from studio.jobs.cluster import Cluster, Worker
from studio.pipeline import make_draft
from studio.schema import Actor, Draft, Role
from studio.service import Studio, kits
from studio.settings import Settings

MEI = Actor(name="mei", role=Role.MERCHANT)
SIDE = 640


def shop(folder: Path, *skus: str) -> Studio:
    """Products with a photo each: a dark rectangle, 300 wide and 400 high."""
    made = Studio(
        Settings(
            home=folder / "home",
            models=folder,
            copy_engine="template",
            cutout_engine="plain",
            ocr_engine="",
        )
    )
    lines = ["sku,title,material,price,currency,images"]
    for at, sku in enumerate(skus):
        photo = np.full((SIDE, SIDE, 3), 240, np.uint8)
        photo[120:520, 170:470] = (60, 70, 90 + at)
        Image.fromarray(photo).save(folder / f"{sku}.png")
        lines.append(f"{sku},Slate board {sku},slate,19.50,USD,{sku}.png")
    (folder / "goods.csv").write_text("\n".join(lines) + "\n", "utf-8")
    made.import_catalog([folder / "goods.csv"], MEI, images=folder)
    return made


def travelled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


def main_picture(draft: Draft) -> str:
    return next(p.sha256 for p in draft.pictures if p.slot == "main")


def test_a_worker_elsewhere_cuts_out_by_the_mended_mask(tmp_path: Path) -> None:
    studio = shop(tmp_path, "A1", "A2")
    tasks, _ = studio.plan(MEI, channel="shopify")
    mended, plain = sorted(tasks, key=lambda task: task.product.id)
    before = main_picture(make_draft(mended, studio.kit))
    upper = np.zeros((SIDE, SIDE), np.float32)
    upper[120:320, 170:470] = 1  # a person keeps the upper half
    photo = mended.product.photos[0].sha256
    studio.store.set_mask(photo, studio.media.put(brushed.write(upper)), MEI)

    crew = Cluster(studio.kit, studio.media.get, new=lambda: None)
    there = Worker(travelled(kits.for_worker(studio.settings)))
    batch = [mended, plain]
    assert set(crew.masks(batch)) == {photo}
    ended = travelled(there.make(*travelled((batch, crew.photos(batch), crew.masks(batch)))))
    drafts = {batch[number].product.id: draft for number, draft, _ in ended}
    here = make_draft(mended, studio.kit)
    assert main_picture(drafts["A1"]) == main_picture(here) != before
    assert drafts["A1"].pictures[0].made[0].engine == "edited"
    assert drafts["A2"].pictures[0].made[0].engine == "plain"

    # the next batch brings its own files and no mask of the last one
    studio.store.set_mask(photo, "", MEI)
    ((_, draft, _),) = there.make([mended], crew.photos([mended]), crew.masks([mended]))
    assert main_picture(draft) == before
    studio.close()
