"""The fairness packs on labelled sentences, and the panel's counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.compliance import load
from studio.compliance.fairness import Piece, counted, found
from studio.compliance.items import context_of
from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings
from studio.ui import words

RULES = load()
DATA = Path(__file__).parent / "data"
ORDINARY = Path(__file__).parents[1].parent / "shared/data/copy"
ADA = Actor(name="ada", role=Role.ADMIN)
EVE = Actor(name="eve", role=Role.VIEWER)


def slights(text: str, lang: str) -> bool:
    context = context_of({"lang": lang, "jurisdiction": "CN" if lang == "zh" else "UK"})
    findings = RULES.check({"description": text}, context)
    return any(f.id == "SOC.DISCRIM" and not f.cleared for f in findings)


def labelled() -> list[dict[str, str]]:
    files = [DATA / f"fairness_{n}.jsonl" for n in (1, 2, 3)]
    return [json.loads(line) for f in files for line in f.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(("lang", "least"), [("zh", 0.80), ("en", 0.80)])
def test_slights_are_found_and_plain_mentions_of_people_are_not(lang: str, least: float) -> None:
    items = [i for i in labelled() if i["lang"] == lang]
    bad = [i for i in items if i["label"] == "violation"]
    hits = [i for i in bad if slights(i["text"], lang)]
    assert len(bad) == 70
    assert len(hits) / len(bad) >= least
    assert [i["text"] for i in items if i["label"] == "clean" and slights(i["text"], lang)] == []


def test_ordinary_copy_is_left_alone() -> None:
    if not ORDINARY.is_dir():
        pytest.skip("the shared copy is not here")
    for lang in ("zh", "en"):
        for line in (ORDINARY / f"{lang}.jsonl").read_text("utf-8").splitlines():
            item = json.loads(line)
            assert not slights(f"{item['title']}. {item['text']}", lang), item["text"]


# --- the panel ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "groups", "themes"),
    [
        ("a warm coat for women and men", {"women", "men"}, set()),
        ("a pretty dress for little girls", {"girls"}, {"looks"}),
        ("boyfriend jeans in washed blue", set(), set()),
        ("a roller blind, 90 cm", set(), set()),
        ("女士显瘦连衣裙", {"women"}, {"looks"}),
        ("男士商务公文包", {"men"}, {"work"}),
        ("女儿墙防水涂料", set(), set()),
        ("老人防滑拖鞋", {"older"}, {"help"}),
        ("mankind and womankind", set(), set()),
    ],
)
def test_what_a_sentence_is_about(sentence: str, groups: set[str], themes: set[str]) -> None:
    got_groups, got_themes = found(sentence)
    assert (set(got_groups), set(got_themes)) == (groups, themes)


def catalog(pretty: int, plain: int) -> list[Piece]:
    women = [Piece(f"w{i}", "title", "A pretty coat for women") for i in range(pretty)]
    men = [Piece(f"m{i}", "text", "A coat for men. It is blue.") for i in range(plain)]
    return [*women, *men, Piece("x", "title", "A kettle")]


def test_counts_shares_and_places() -> None:
    panel = counted(catalog(10, 30))
    assert panel.listings == 41
    assert panel.sentences == 10 + 60 + 1
    women, men = panel.groups
    assert (women.id, women.listings, women.places) == ("women", 10, {"title": 10})
    assert (men.id, men.sentences, men.places) == ("men", 30, {"text": 30})
    assert women.share == pytest.approx(10 / 41)
    (looks,) = women.themes
    assert (looks.share, looks.whole) == (1.0, 0.25)
    assert looks.words == (("pretty", 10),)
    assert looks.notable
    assert men.themes == ()


def test_few_sentences_and_equal_shares_are_not_notable() -> None:
    (few,) = counted(catalog(5, 30)).groups[0].themes
    assert not few.notable
    alike = [Piece(f"m{i}", "title", "A pretty coat for men") for i in range(10)]
    groups = counted([*catalog(10, 0), *alike]).groups
    assert not any(t.notable for g in groups for t in g.themes)


def test_the_panel_of_a_studio_reads_listings_and_own_texts(tmp_path: Path) -> None:
    studio = Studio(
        Settings(
            home=tmp_path / "home", models=tmp_path, copy_engine="template", cutout_engine="plain"
        )
    )
    table = tmp_path / "shop.csv"
    table.write_text(
        "sku,title,description,price,currency\n"
        "A1,Coat for women,A pretty coat.,9,USD\nB1,Kettle,Boils water.,9,USD\n",
        "utf-8",
    )
    studio.import_catalog([table], ADA, locale="en-US")
    (women,) = studio.fairness(EVE).groups
    assert (women.listings, women.places) == (1, {"source": 1})
    assert women.share == 0.5
    tasks, _ = studio.plan(ADA, channel="shopify", pictures=False)
    studio.generate(tasks, ADA)
    panel = studio.fairness(EVE)
    assert panel.listings == 2
    assert panel.groups[0].places["title"] >= 1
    assert studio.fairness(EVE, search="kettle").groups == ()
    for language in ("en", "zh"):
        page = words.part("fairness", language, panel=panel, search="<b>")
        assert panel.groups[0].name[language] in page
        assert "<b>" not in page
    studio.close()
