"""What the rules say, and single pieces made anew, over HTTP with a program's token."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from ui_serving import ADA, Server, serving

from studio.schema import Role


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("checks")) as running:
        yield running


@pytest.fixture(scope="module")
def mei(server: Server) -> Iterator[httpx.Client]:
    text = server.studio.new_token("mei", Role.MERCHANT, ADA).text
    headers = {"authorization": f"Bearer {text}"}
    with httpx.Client(base_url=f"{server.url}/api", headers=headers, timeout=60) as client:
        yield client


def test_a_text_is_tried_in_both_languages(mei: httpx.Client) -> None:
    for text, market, rule in (
        ("全网最好的杯子", "CN", "CN.SUPERLATIVE.MOST"),
        ("Clinically proven to cure insomnia.", "US", "EN.MED.DISEASE"),
    ):
        found = mei.post("/check", json={"text": text, "market": market}).json()
        assert any(rule in one["rule"] and not one["cleared"] for one in found), found
    assert mei.post("/check", json={"text": "A cup of blue glass.", "market": "US"}).json() == []
    assert mei.post("/check", json={"text": ""}).status_code == 422
    lost = mei.post("/check", json={"text": "A cup.", "market": "XX"})
    assert lost.status_code == 404
    assert "CN" in lost.json()["hint"]


def test_what_is_held_against_a_listing_is_proposed_mended_and_kept(
    server: Server, mei: httpx.Client
) -> None:
    listing = server.make("OK-1")
    change = {"title": "The best mug in the world 350 ml"}
    edited = server.studio.edit(listing.id, change, revision=listing.revision, actor=ADA)
    (proposed,) = mei.get(f"/proposed/{listing.id}").json()
    assert proposed["field"] == "title"
    assert "best" in proposed["before"]
    assert "best" not in proposed["after"]
    again = mei.post(f"/recheck/{listing.id}").json()
    assert [f["rule"] for f in again["findings"]] == [f.rule for f in edited.findings]
    kept = mei.post(f"/keep/{listing.id}", json={"revision": edited.revision}).json()
    assert kept["stale"] == ""
    late = mei.post(f"/keep/{listing.id}", json={"revision": edited.revision + 5})
    assert late.status_code == 409
    assert late.json()["hint"]


def test_a_field_is_written_anew_and_not_saved(server: Server, mei: httpx.Client) -> None:
    listing = server.make("TWO-1")
    change = mei.post(f"/again/title/{listing.id}", json={"hint": "shorter"}).json()
    assert (change["field"], change["before"]) == ("title", listing.text.title)
    assert change["after"] or change["note"]
    assert server.studio.listing(listing.id, ADA).text == listing.text
    assert mei.post(f"/again/nothing/{listing.id}", json={}).status_code == 422


def test_counts_and_the_panel_of_a_catalog(server: Server, mei: httpx.Client) -> None:
    listing = server.make("BAD-1")
    assert mei.get("/counts").json() == server.studio.counts(ADA)
    words = {"description": "A lamp for women and old people."}
    server.studio.edit(listing.id, words, revision=listing.revision, actor=ADA)
    panel = mei.get("/fairness", params={"search": "BAD-1"}).json()
    assert panel["listings"] == 1
    assert panel["groups"]
    assert mei.get("/fairness", params={"search": "OK-1"}).json()["groups"] == []


def test_a_viewer_reads_and_changes_nothing(server: Server) -> None:
    listing = server.make("OK-1")
    text = server.studio.new_token("vic", Role.VIEWER, ADA).text
    headers = {"authorization": f"Bearer {text}"}
    with httpx.Client(base_url=f"{server.url}/api", headers=headers, timeout=60) as vic:
        assert vic.post("/check", json={"text": "A cup."}).status_code == 200
        assert vic.get("/counts").status_code == 200
        for path, body in (
            ("again/title", {}),
            ("keep", {"revision": 1}),
            ("redraw", {"revision": 1}),
        ):
            assert vic.post(f"/{path}/{listing.id}", json=body).status_code == 403, path
