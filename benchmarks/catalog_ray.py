"""A job on two nodes of a Ray cluster beside the same job in one process, and a node killed.

    python benchmarks/catalog_ray.py [--items 500]

Needs `pip install "studio[ray]"`. The nodes share this machine, with one processor each, so this
measures what a cluster costs, not what it gains. CPU ms: of the process that works on the job. The
last job loses a node at a fifth of its items: lost, doubled and the tries are counted in the
record.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from ray_nodes import NODES, Cluster

from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

MEI = Actor(name="mei", role=Role.MERCHANT)
CHANNEL = "ebay"


def catalog(home: Path, items: int) -> Studio:
    """A store with that many products, none of which has a listing."""
    home.mkdir()
    (home / "goods.csv").write_text(
        "sku,title,material,price,currency\n"
        + "".join(f"A{n:05},Stoneware mug M{n},stoneware,9.50,USD\n" for n in range(items)),
        "utf-8",
    )
    made = Studio(Settings(home=home, models=home, copy_engine="template", ocr_engine=""))
    made.import_catalog([home / "goods.csv"], MEI)
    return made


def measure(name: str, home: Path, items: int, runner: str, lose: Cluster | None = None) -> None:
    """One job, and what the record says of it."""
    studio = catalog(home, items)
    job = studio.start_job(MEI, channel=CHANNEL, pictures=False)
    told: list[str] = []

    def on_item(key: str, reason: str) -> None:
        told.append(key)
        if lose is not None and len(told) == items // 5:
            threading.Thread(target=lose.kill, args=(NODES[0],)).start()

    begun = time.perf_counter(), time.process_time()
    done = studio.work_job(job.id, MEI, runner=runner, on_item=on_item)
    wall, cpu = time.perf_counter() - begun[0], time.process_time() - begun[1]
    made, after = Counter[str](), 0
    while page := studio.store.events(after=after, limit=1000).items:
        made.update(event.listing for event in page if event.kind == "generated")
        after = page[-1].number
    tries = Counter(item.tries for item in studio.job_items(job.id, MEI, limit=items))
    studio.close()
    again = sum(count for number, count in tries.items() if number > 1)
    print(
        f"| {name} | {done.state} | {wall:.1f} | {1000 * cpu / items:.2f} | {items - len(made)} "
        f"| {made.total() - len(made)} | {again} | {os.getloadavg()[0]:.1f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=500)
    items = parser.parse_args().items
    folder = Path(tempfile.mkdtemp(prefix="studio-ray-"))
    cluster = Cluster(20_000 + os.getpid() % 20_000)
    print(f"{items} items")
    print("| runner | job | wall s | CPU ms an item | lost | doubled | tried again | load |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    try:
        measure("local", folder / "local", items, "local")
        cluster.begin()
        os.environ.update(cluster.driver)
        measure("ray, 2 nodes", folder / "ray", items, "ray")
        measure("ray, a node killed", folder / "killed", items, "ray", lose=cluster)
    finally:
        cluster.end()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
