"""Jobs on a real Ray cluster of two nodes on this machine: same listings, and a node that dies."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from ray_nodes import NODES, Cluster

from studio.errors import SetupError
from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

if find_spec("ray") is None:  # to import it here would fix its settings before they are made
    pytest.skip("ray is not installed: pip install studio[ray]", allow_module_level=True)

MEI = Actor(name="mei", role=Role.MERCHANT)
CHANNEL = "shopify"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster(20_000 + os.getpid() % 20_000)
    try:
        made.begin()
        yield made
    finally:
        made.end()


@pytest.fixture
def driver(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """This process finds the cluster, as `studio job start --runner ray` would."""
    for name, value in cluster.driver.items():
        monkeypatch.setenv(name, value)
    return cluster


def studio_of(home: Path, count: int) -> Studio:
    made = Studio(Settings(home=home, models=home, copy_engine="template", ocr_engine=""))
    lines = ["sku,title,material,price,currency"]
    lines += [f"A{n:03},Stoneware mug M{n},stoneware,9.50,USD" for n in range(count)]
    home.mkdir(parents=True, exist_ok=True)
    (home / "goods.csv").write_text("\n".join(lines) + "\n", "utf-8")
    made.import_catalog([home / "goods.csv"], MEI)
    return made


def texts(studio: Studio) -> dict[str, str]:
    return {one.id: one.text.model_dump_json() for one in studio.all_listings(MEI)}


def test_the_cluster_makes_what_this_process_makes(driver: Cluster, tmp_path: Path) -> None:
    here, there = studio_of(tmp_path / "here", 40), studio_of(tmp_path / "there", 40)
    here.work_job(here.start_job(MEI, channel=CHANNEL, pictures=False).id, MEI)
    job = there.start_job(MEI, channel=CHANNEL, pictures=False)
    assert there.work_job(job.id, MEI, runner="ray").counts == {"done": 40}
    drop = lambda text: text.split('"made"')[0]  # noqa: E731 - seconds differ
    assert {k: drop(v) for k, v in texts(there).items()} == {
        k: drop(v) for k, v in texts(here).items()
    }
    here.close()
    there.close()


def test_a_node_that_dies_costs_nothing_but_time(
    driver: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.jobs.LATER", (0.1, 0.2))
    studio = studio_of(tmp_path / "home", 300)
    job = studio.start_job(MEI, channel=CHANNEL, pictures=False)
    told: list[str] = []

    def on_item(key: str, reason: str) -> None:
        told.append(key)
        if len(told) == 40:
            threading.Thread(target=driver.kill, args=(NODES[0],)).start()

    done = studio.work_job(job.id, MEI, runner="ray", on_item=on_item)
    assert done.state == "done", [i.reason for i in studio.job_items(job.id, MEI, state="failed")]
    assert done.counts == {"done": 300}
    made = [e for e in _events(studio) if e.kind == "generated"]
    assert len(made) == len({e.listing for e in made}) == 300  # none lost, none twice
    tries = [item.tries for item in studio.job_items(job.id, MEI, limit=300)]
    assert max(tries) >= 2  # the node had some in hand
    studio.close()


def _events(studio: Studio) -> list:
    found, after = [], 0
    while page := studio.store.events(after=after, limit=500).items:
        found += page
        after = page[-1].number
    return found


def test_without_a_token_nothing_is_sent(
    driver: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_AUTH_MODE")
    studio = studio_of(tmp_path / "home", 2)
    job = studio.start_job(MEI, channel=CHANNEL, pictures=False)
    with pytest.raises(SetupError, match="anybody"):
        studio.work_job(job.id, MEI, runner="ray")
    left = studio.job(job.id, MEI)
    assert (left.state, left.counts) == ("paused", {"pending": 2})
    studio.close()


def test_a_stranger_is_not_let_in(cluster: Cluster) -> None:
    """The cluster itself refuses a driver that has another token."""
    env = {**cluster.env, "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_ADDRESS": cluster.address}
    code = "import ray; ray.init(address='auto'); print('inside', ray.nodes())"
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode != 0
    assert "inside" not in done.stdout
