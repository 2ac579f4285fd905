"""A job with pictures: threads of one process beside several processes that share the job.

    python benchmarks/job_pictures.py PHOTOS_FOLDER [--models DIR] [--items 40] [--rounds 3]

Each item is a listing of its own with one photo: cut out, the channel's pictures drawn and written,
texts from the phrase bank, saved. Items are claimed four at a time, so that two processes both have
some of a small job. Two at a time throughout: two threads of one process, whose networks take one
core each or all of them, or two processes of one thread. In turn, in one run; medians. Wall seconds
say something on a quiet machine only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from studio import jobs
from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

ADA = Actor(name="ada", role=Role.ADMIN)
CHANNEL = "shopify"
# name: processes, workers of each, threads of each network (0: all cores)
WAYS = {
    "1 process, 1 thread": (1, 1, 1),
    "1 process, 2 threads": (1, 2, 1),
    "1 process, 2 threads, networks on all cores": (1, 2, 0),
    "2 processes, 1 thread each": (2, 1, 1),
}


def opened(home: Path, models: Path, workers: int, threads: int) -> Studio:
    return Studio(Settings(home=home, models=models, copy_engine="template", ocr_engine="",
                           workers=workers, threads=threads))  # fmt: skip


def work(home: str, models: str, job: str, workers: str, threads: str) -> None:
    jobs.BATCH = 4
    studio = opened(Path(home), Path(models), int(workers), int(threads))
    begun = time.perf_counter(), time.process_time()
    studio.work_job(job, ADA)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)  # decoders of photos
    print(json.dumps({
        "wall": time.perf_counter() - begun[0],
        "cpu": time.process_time() - begun[1] + children.ru_utime + children.ru_stime,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }))  # fmt: skip


def once(photos: list[Path], models: Path, items: int, way: tuple[int, int, int]) -> list[float]:
    """Wall seconds, CPU seconds an item, and MB of all processes at their peaks."""
    processes, workers, threads = way
    with tempfile.TemporaryDirectory(prefix="studio-job-") as folder:
        home = Path(folder) / "home"
        studio = opened(home, models, workers, threads)
        rows = [f"P{n:03},Mug {n},stoneware,{photo.name}"
                for n, photo in enumerate(islice(cycle(photos), items))]  # fmt: skip
        table = Path(folder) / "goods.csv"
        table.write_text("\n".join(["sku,title,material,image", *rows]) + "\n", "utf-8")
        studio.import_catalog([table], ADA, images=photos[0].parent)
        job = studio.start_job(ADA, channel=CHANNEL)
        command = [sys.executable, __file__, "work", str(home), str(models), job.id,
                   str(workers), str(threads)]  # fmt: skip
        begun = time.perf_counter()
        running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(processes)]
        told = [json.loads(one.communicate()[0].splitlines()[-1]) for one in running]
        wall = time.perf_counter() - begun
        counts = studio.job(job.id, ADA).counts
        assert counts == {"done": items}, counts
    return [wall, sum(one["cpu"] for one in told) / items, sum(one["peak"] for one in told)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--models", type=Path, default=Path(os.environ.get("STUDIO_MODELS", ".")))
    parser.add_argument("--items", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    photos = sorted(p for p in asked.photos.iterdir() if p.suffix in (".jpg", ".png"))
    taken: dict[str, list[list[float]]] = {name: [] for name in WAYS}
    for _ in range(asked.rounds):
        for name, way in WAYS.items():
            taken[name].append(once(photos, asked.models, asked.items, way))
            print(name, [round(one, 2) for one in taken[name][-1]], flush=True)
    print(f"| {asked.items} listings, medians of {asked.rounds} | wall s | CPU s an item | MB |")
    print("|---|---|---|---|")
    for name, rows in taken.items():
        wall, cpu, peak = (median(column) for column in zip(*rows, strict=True))
        print(f"| {name} | {wall:.1f} | {cpu:.2f} | {peak:.0f} |")
    print(f"load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(*sys.argv[2:])
    else:
        main()
