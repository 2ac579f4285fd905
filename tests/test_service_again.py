"""One field is written anew by a wish; the rest stays, and nothing is stored unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.errors import DeniedError, InputError
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
