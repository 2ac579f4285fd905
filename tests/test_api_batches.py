"""Catalogs in, jobs, and exports out over HTTP: a real server, and a token as programs have it."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from shops_serving import TOKEN, ShopifyShop
from ui_serving import ADA, Server, upload

from studio.schema import Actor, Role

pytest_plugins = ("shop_beside",)
RUI = Actor(name="rui", role=Role.REVIEWER)


def program(server: Server, user: str, scope: Role) -> httpx.Client:
    text = server.studio.new_token(user, scope, ADA).text
    headers = {"authorization": f"Bearer {text}"}
    return httpx.Client(base_url=f"{server.url}/api", headers=headers, timeout=60)


@pytest.fixture(scope="module")
def mei(server: Server) -> Iterator[httpx.Client]:
    with program(server, "mei", Role.MERCHANT) as client:
        yield client


def ended(client: httpx.Client, id: str) -> Any:
    for _ in range(600):
        job = client.get(f"/jobs/{id}").json()
        if job["state"] in ("done", "failed"):
            return job
        time.sleep(0.1)
    raise AssertionError(job)


def test_a_table_with_its_picture_is_imported(
    server: Server, mei: httpx.Client, tmp_path: Path
) -> None:
    files = [("files", (path.name, path.read_bytes())) for path in upload(tmp_path)]
    report = mei.post("/imports", files=files)
    assert report.status_code == 201
    assert (report.json()["products"], report.json()["rows"]) == (2, 2)
    assert [issue["line"] for issue in report.json()["issues"]] == [3]
    assert server.studio.product("VASE-1", ADA).photos[0].sha256
    with program(server, "vic", Role.VIEWER) as viewer:
        assert viewer.post("/imports", files=files).status_code == 403


@pytest.mark.parametrize("name", ["..", "a/..", "\u202egnp.csv", "x" * 300])
def test_a_file_whose_name_is_none_is_refused(mei: httpx.Client, name: str) -> None:
    answer = mei.post("/imports", files=[("files", (name, b"sku,title\nA,B\n"))])
    assert answer.status_code in (400, 422)
    assert "Traceback" not in answer.text


def test_a_name_that_leads_elsewhere_stays_in_its_folder(
    server: Server, mei: httpx.Client, tmp_path: Path
) -> None:
    name = "../../../../../../../../../../../../tmp/escaped-by-name.csv"
    answer = mei.post("/imports", files=[("files", (name, b"sku,title\nESC-1,Escaped\n"))])
    assert answer.status_code == 201
    assert not Path("/tmp/escaped-by-name.csv").exists()
    assert server.studio.product("ESC-1", ADA).title == "Escaped"


def test_a_job_is_estimated_sampled_and_finished(server: Server, mei: httpx.Client) -> None:
    wish = {"channel": "etsy", "pictures": False, "wanted": {"search": "-1"}, "limit": 3}
    plan = mei.post("/jobs/estimate", json=wish).json()
    assert (plan["items"], plan["why"], plan["seconds"]) == (3, {"new": 3}, None)
    assert mei.get("/jobs").json() == []
    sample = mei.post("/jobs", json={**wish, "sample": 1})
    assert sample.status_code == 201
    done = ended(mei, sample.json()["id"])
    assert (done["counts"], done["args"]["of"]) == ({"done": 1}, 3)
    rest = mei.post(f"/jobs/{done['id']}/rest").json()
    assert ended(mei, rest["id"])["counts"] == {"done": 2}
    items = mei.get(f"/jobs/{rest['id']}/items", params={"state": "done"}).json()["items"]
    assert len({item["key"] for item in items}) == 2
    assert mei.post("/jobs/none/resume").status_code == 404
    assert mei.post(f"/jobs/{rest['id']}/explode").status_code == 404
    with program(server, "rui", Role.REVIEWER) as reviewer:
        assert reviewer.post("/jobs", json=wish).status_code == 403
        assert len(reviewer.get("/jobs").json()) == 2


def test_what_was_approved_is_exported_and_fetched(
    server: Server, mei: httpx.Client, tmp_path: Path
) -> None:
    studio = server.studio
    made = server.make("TWO-1")
    studio.submit(made.id, revision=made.revision, actor=ADA)
    studio.approve(made.id, revision=made.revision, actor=RUI)
    sent = mei.post("/exports/shopify").json()
    assert (sent["listings"], sent["changed"]) == ([made.id], [])
    assert str(studio.settings.home) not in str(sent)  # no path of the server's
    file = tmp_path / "shopify.zip"
    file.write_bytes(mei.get(sent["zip"].removeprefix("/api")).content)
    assert any(name.endswith(".csv") for name in zipfile.ZipFile(file).namelist())
    assert mei.post("/exports/none").status_code == 404
    assert mei.post("/verify").json() == []
    assert "shopify" in {channel["id"] for channel in mei.get("/channels").json()}


def test_an_export_is_sent_to_the_shop_of_the_settings(
    server: Server, mei: httpx.Client, shop: ShopifyShop
) -> None:
    """Runs after the export: first shown, then written, then the same."""
    wish = {"to": "shopify"}
    shown = mei.post("/exports/shopify/send", json=wish).json()
    assert shown["counts"] == {"change": 1}
    [item] = shown["items"]
    assert item["key"].startswith("TWO-1/")
    assert item["changes"][0]["before"] == "Old title"
    assert not shop.written
    sent = mei.post("/exports/shopify/send", json=wish | {"write": True}).json()
    assert sent["counts"] == {"sent": 1}
    assert shop.products[item["there"]]["title"] == item["changes"][0]["after"]
    assert mei.post("/exports/shopify/send", json=wish).json() == {
        "counts": {"same": 1},
        "items": [],
    }
    assert TOKEN not in str((shown, sent))
    kinds = {event.kind for event in server.studio.store.events(after=0, limit=500)}
    assert {"send begun", "send ended"} <= kinds


@pytest.mark.parametrize("place", ["/tmp/elsewhere", "s3://bucket/folder", "", "amazon"])
def test_over_the_network_an_export_goes_to_no_other_place(mei: httpx.Client, place: str) -> None:
    answer = mei.post("/exports/shopify/send", json={"to": place, "write": True})
    assert answer.status_code == 422
    assert not Path("/tmp/elsewhere").exists()


def test_who_may_not_export_may_not_send(server: Server, mei: httpx.Client) -> None:
    with program(server, "rui", Role.REVIEWER) as reviewer:
        for channel in ("shopify", "none"):
            answer = reviewer.post(f"/exports/{channel}/send", json={"to": "shopify"})
            assert answer.status_code == 403
    assert mei.post("/exports/none/send", json={"to": "shopify"}).status_code == 404
    assert mei.post("/exports/etsy/send", json={"to": "shopify"}).status_code == 404
