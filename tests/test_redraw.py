"""A poster's words are edited: it blocks until it is drawn again, and only it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from trust_making import EVE, MEI, RUI, studio_in

from studio.errors import DeniedError, NotFoundError, StateError
from studio.service import Studio

ROW = (
    "商品编号,商品标题,品牌,类目,价格,币种,材质,容量,图片\n"
    "C1,霁窑 马克杯 350毫升,霁窑,家居 > 杯子,39.00,CNY,陶瓷,350毫升,c1.jpg\n"
)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    (tmp_path / "goods.csv").write_text(ROW, "utf-8")
    image = Image.new("RGB", (900, 900), (246, 246, 246))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((330, 160, 570, 780), 60, fill=(40, 90, 160))
    image.save(tmp_path / "c1.jpg", quality=92)
    made = studio_in(tmp_path)
    made.import_catalog([tmp_path / "goods.csv"], actor=MEI, images=tmp_path)
    yield made
    made.close()


def made(studio: Studio, channel: str) -> str:
    tasks, _ = studio.plan(MEI, channel=channel, locale="zh-CN")
    done = studio.generate(tasks, MEI)
    assert done.failed == ()
    return done.made[0]


def test_an_edited_headline_blocks_until_the_poster_is_drawn_again(studio: Studio) -> None:
    id = made(studio, "xiaohongshu")
    first = studio.listing(id, MEI)
    assert [p.slot for p in first.pictures] == ["main", "white", "poster"]
    assert first.text.extra["poster_headline"] == "马克杯 350毫升"
    assert first.text.origin["extra.poster_headline"] == "facts"

    edited = studio.edit(
        id, {"extra.poster_headline": "早餐的那只杯子"}, revision=first.revision, actor=MEI
    )
    assert "picture.outdated" in {f.rule for f in edited.findings}
    studio.submit(id, revision=edited.revision, actor=MEI)
    with pytest.raises(StateError, match="finding"):
        studio.approve(id, revision=edited.revision, actor=RUI)
    studio.withdraw(id, revision=edited.revision, actor=MEI)

    with pytest.raises(DeniedError):
        studio.redraw(id, revision=edited.revision, actor=EVE)
    with pytest.raises(NotFoundError, match="nothing"):
        studio.redraw(id, ["nothing"], revision=edited.revision, actor=MEI)
    with pytest.raises(StateError):
        studio.redraw(id, revision=first.revision, actor=MEI)
    drawn = studio.redraw(id, revision=edited.revision, actor=MEI)
    assert "picture.outdated" not in {f.rule for f in drawn.findings}
    old, new = ({p.slot: p.sha256 for p in x.pictures} for x in (first, drawn))
    assert list(old) == list(new)
    assert {slot for slot in old if old[slot] != new[slot]} == {"poster"}
    assert drawn.text.extra["poster_headline"] == "早餐的那只杯子"
    assert studio.redraw(id, revision=drawn.revision, actor=MEI) == drawn
    studio.submit(id, revision=drawn.revision, actor=MEI)
    assert studio.approve(id, revision=drawn.revision, actor=RUI).approved == drawn.revision


def test_the_rules_read_a_posters_words_before_anybody_sees_it(studio: Studio) -> None:
    id = made(studio, "xiaohongshu")
    first = studio.listing(id, MEI)
    edited = studio.edit(
        id, {"extra.poster_headline": "全网销量第一"}, revision=first.revision, actor=MEI
    )
    assert "extra.poster_headline" in {f.field for f in edited.findings if f.blocks}


def test_a_detail_page_stands_in_its_own_columns(studio: Studio, tmp_path: Path) -> None:
    import csv

    id = made(studio, "pinduoduo")
    listing = studio.listing(id, MEI)
    detail = [p for p in listing.pictures if p.slot.startswith("detail-")]
    assert detail
    assert all(p.height <= 1500 and p.width == 750 and p.size <= 1_000_000 for p in detail)
    studio.submit(id, revision=listing.revision, actor=MEI)
    studio.approve(id, revision=listing.revision, actor=RUI)
    folder = tmp_path / "out"
    studio.export("pinduoduo", folder, MEI)
    (table,) = folder.rglob("*.csv")
    (row,) = csv.DictReader(table.open(encoding="utf-8-sig", newline=""))
    assert [v for k, v in row.items() if k.startswith("详情图")][: len(detail)] == [
        next(str(f.relative_to(folder)) for f in folder.rglob(f"*{p.slot}.jpg")) for p in detail
    ]
    assert not [k for k in row if "poster" in k]
    assert studio.verify(RUI, folder) == []


def test_another_scene_and_the_first_one_chosen_back(studio: Studio) -> None:
    id = made(studio, "shopify")
    first = studio.listing(id, MEI)
    kept, scene = first.pictures
    assert (kept.slot, scene.slot) == ("main", "scene")
    second = studio.redraw(id, ["scene"], revision=1, actor=MEI, another=True)
    assert second.pictures[0] == kept
    third = studio.redraw(id, ["scene"], revision=2, actor=MEI, another=True)
    shas = [one.pictures[1].sha256 for one in (first, second, third)]
    assert len(set(shas)) == 3
    assert [p.sha256 for p in studio.variants(id, EVE)["scene"]] == [shas[1], shas[0]]
    assert "main" not in studio.variants(id, EVE)
    edited = studio.edit(id, {"title": "霁窑 马克杯"}, revision=3, actor=MEI)
    back = studio.choose(id, "scene", shas[0], MEI, revision=edited.revision)
    assert (back.pictures, back.text, back.revision) == (first.pictures, edited.text, 5)
    assert studio.events(RUI, listing=id).items[-1].detail["fields"] == ["pictures.scene"]
    with pytest.raises(DeniedError):
        studio.choose(id, "scene", shas[1], EVE, revision=5)
    with pytest.raises(NotFoundError):  # of another slot
        studio.choose(id, "main", shas[1], MEI, revision=5)
    with pytest.raises(StateError):
        studio.choose(id, "scene", shas[1], MEI, revision=4)
    assert studio.verify(RUI) == []
