"""A limit that a channel has announced: stored listings are told of it before its day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import yaml
from trust_making import EVE, MEI, approve, filled, studio_in

from studio import data

BEFORE, DAY = date(2027, 2, 28), date(2027, 3, 1)


def test_a_shorter_title_is_told_of_each_stored_listing_from_its_day_on(tmp_path: Path) -> None:
    """The titles here have 22 and 18 characters; from the day on 20 are left. What was approved
    and exported is told of too, with a text that fits."""
    spec = yaml.safe_load((data.folder("templates") / "export" / "shopify.yaml").read_text("utf-8"))
    spec["fields"]["title"]["max"] = {"value": 20, "effective": DAY, "before": 255}
    own = tmp_path / "own" / "templates" / "export"
    own.mkdir(parents=True)
    (own / "shopify.yaml").write_text(yaml.safe_dump(spec, allow_unicode=True), "utf-8")
    studio = studio_in(tmp_path, extra=(tmp_path / "own",))
    out, other = filled(studio, tmp_path)
    texts = ("Norvale Bottle, 500 ml", "Norvale Mug 350 ml")
    for id, title in zip((out, other), texts, strict=True):
        held = studio.listing(id, MEI)
        studio.edit(id, {"title": title}, revision=held.revision, actor=MEI)
    approve(studio, out)
    assert not list(studio.forecast(BEFORE, EVE))
    ((listing, findings),) = studio.forecast(DAY, EVE)
    assert listing.id == out
    (finding,) = findings
    assert (finding.rule, finding.field) == ("channel.shopify.title.max", "title")
    assert finding.suggestion
    assert len(finding.suggestion) <= 20
    assert studio.listing(out, MEI).text.title == texts[0]  # told, not changed
    studio.close()
