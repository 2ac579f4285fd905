"""One field is written anew by a wish; the rest stays, and nothing is stored unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from test_copy_openai import Server

from studio.errors import DeniedError, EngineError, InputError
from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

MEI = Actor(name="mei", role=Role.MERCHANT)
EVE = Actor(name="eve", role=Role.VIEWER)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    (tmp_path / "goods.csv").write_text(
        "sku,title,brand,category,price,currency,material,capacity,weight,care,dimensions,warranty,"
        "features,description\n"
        "B1,Norvale Bottle,Norvale,Home > Bottles,19.90,USD,Steel,500 ml,310 g,Hand wash,"
        "7 x 7 x 24 cm,2 years,Double wall; screw cap,"
        "A bottle for the desk. It stands well on a table. The cap closes with one turn.\n",
        "utf-8",
    )
    made = Studio(
        Settings(home=tmp_path / "home", models=tmp_path / "models", copy_engine="template")
    )
    made.import_catalog([tmp_path / "goods.csv"], actor=MEI)
    tasks, _ = made.plan(MEI, channel="shopify", pictures=False)
    made.generate(tasks, MEI)
    yield made
    made.close()


def test_shorter_is_shorter_and_nothing_is_stored(studio: Studio) -> None:
    (listing,) = studio.listings(MEI)
    change = studio.again(listing.id, "description", "shorter", MEI)
    assert change.before == listing.text.description
    assert 0 < len(change.after) < len(change.before)
    assert studio.listing(listing.id, MEI) == listing


def test_what_no_fact_carries_is_told_and_not_invented(studio: Studio) -> None:
    (listing,) = studio.listings(MEI)
    change = studio.again(listing.id, "description", "mention the lid", MEI)
    assert "lid" in change.detail
    assert "lid" not in change.after


def test_an_unknown_field_and_a_viewer_are_refused(studio: Studio) -> None:
    (listing,) = studio.listings(MEI)
    with pytest.raises(InputError, match="no text named"):
        studio.again(listing.id, "nothing", "shorter", MEI)
    with pytest.raises(DeniedError):
        studio.again(listing.id, "title", "shorter", EVE)


@pytest.fixture
def served(studio: Studio, tmp_path: Path) -> Iterator[tuple[Studio, Server]]:
    """The same studio with an OpenAI-compatible server that says its words one by one."""
    words = ("It is made of steel ", "and ", "holds 500 ml.")
    server = Server(lambda handler, _: handler.stream(*words, pause=0.3))
    Thread(target=server.serve_forever, daemon=True).start()
    made = Studio(
        Settings(
            home=tmp_path / "home",
            models=tmp_path / "models",
            copy_engine="openai",
            openai_url=server.url,
            openai_model="m",
        )
    )
    yield made, server
    made.close()
    server.shutdown()
    server.server_close()


def test_the_words_are_seen_as_they_come(served: tuple[Studio, Server]) -> None:
    studio, _ = served
    (listing,) = studio.listings(MEI)
    seen: list[str] = []
    change = studio.again(listing.id, "description", "simple", MEI, on_text=seen.append)
    assert seen == ["It is made of steel ", "and ", "holds 500 ml."]
    assert change.after == "".join(seen)


def test_it_can_be_stopped_between_two_words(served: tuple[Studio, Server]) -> None:
    studio, server = served
    (listing,) = studio.listings(MEI)
    stop = Event()
    with pytest.raises(EngineError, match="stopped on request"):
        studio.again(
            listing.id, "description", "simple", MEI, on_text=lambda _: stop.set(), cancel=stop
        )
    assert server.dropped.wait(5)
    assert studio.listing(listing.id, MEI) == listing
