"""The processes that benchmarks/faults.py kills: what they acknowledge is out at once.

python benchmarks/faults_parts.py PART HOME ARGUMENT
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from studio.errors import StateError, StudioError
from studio.schema import Actor, Role, State
from studio.service import Studio
from studio.settings import Settings

ADA = Actor(name="ada", role=Role.ADMIN)
MEI = Actor(name="mei", role=Role.MERCHANT)
RUI = Actor(name="rui", role=Role.REVIEWER)
CHANNEL = "shopify"


def opened(home: Path) -> Studio:
    return Studio(Settings(home=home, models=home, copy_engine="template", ocr_engine="",
                           cutout_engine="plain", solo=False))  # fmt: skip


def catalog(path: Path, items: int) -> Path:
    lines = ["sku,title,material,colour,price,currency"]
    lines += [
        f"F{i:04},Stoneware mug M{i},stoneware,blue,{i % 90 + 1}.50,USD" for i in range(items)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def said(what: str) -> None:
    """An acknowledgement: it is out of this process before the next thing is done."""
    os.write(1, f"{what}\n".encode())


# --- the processes that are killed -------------------------------------------------------------


def work(home: Path, job: str) -> None:
    """Makes the rest of a job."""
    studio = opened(home)
    studio.work_job(job, MEI, on_item=lambda id, reason: said(f"made {id} {reason}"))


def edit(home: Path, tag: str) -> None:
    """Two editors and a reviewer at once, on the same forty listings."""
    studio = opened(home)
    ids = [one.id for one in studio.listings(ADA, limit=40).items]

    def one(name: str, role: Role) -> None:
        actor, dice, turn = Actor(name=name, role=role), random.Random(f"{tag}{name}"), 0
        while True:
            turn += 1
            id, title = dice.choice(ids), f"Mug of {name} {tag} {turn}"
            try:
                seen = studio.listing(id, actor)
                if role is Role.MERCHANT:
                    if seen.state is State.DRAFT and dice.random() < 0.4:
                        studio.submit(id, revision=seen.revision, actor=actor)
                    else:
                        studio.edit(id, {"title": title}, revision=seen.revision, actor=actor)
                        said(f"edited {id} {title}")
                elif seen.state is State.SUBMITTED:
                    done = studio.approve(id, revision=seen.revision, actor=actor)
                    said(f"approved {id} {done.revision}")
            except StateError:
                continue  # somebody else was quicker

    people = [("mei", Role.MERCHANT), ("bo", Role.MERCHANT), ("rui", Role.REVIEWER)]
    for person in people:
        threading.Thread(target=one, args=person, daemon=True).start()
    signal.pause()


def fill(home: Path, limit: str) -> None:
    """Edits until a file may grow no further: what a full disk looks like to a program."""
    import resource

    studio = opened(home)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    id = studio.listings(ADA, limit=1).items[0].id
    for turn in range(100_000):
        seen = studio.listing(id, MEI)
        title = f"Mug full {limit} {turn}"
        studio.edit(id, {"title": title}, revision=seen.revision, actor=MEI)
        said(f"edited {id} {title}")


PARTS: dict[str, Callable[[Path, str], None]] = {"work": work, "edit": edit, "fill": fill}

if __name__ == "__main__":
    try:
        PARTS[sys.argv[1]](Path(sys.argv[2]), sys.argv[3])
    except StudioError as error:
        sys.stderr.write(str(error))
        sys.exit(3)
