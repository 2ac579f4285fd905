"""`studio check`: unknown categories, hints beside violations, broken lines, exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.compliance import likeness
from studio.errors import NotFoundError
from studio.schema import Severity
from studio.service.checking import Checker, Looked
from studio.settings import Settings

CHECKER = Checker(Settings())
CLAIM = "This night cream fades scars and cures eczema."
HINT = "一瓶下去，化验单上的箭头都不见了。"  # reads like a claim; no rule names its words
PLAIN = "Blue mug, 350 ml."


def run(*arguments: str, home: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "studio", "--home", str(home / "home"), "check", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
        **more,
    )


def rows(done: subprocess.CompletedProcess[str]) -> dict[Any, dict[str, Any]]:
    return {row["id"]: row for row in map(json.loads, done.stdout.splitlines())}


def written(folder: Path, *items: object) -> str:
    path = folder / "in.jsonl"
    lines = [item if isinstance(item, str) else json.dumps(item) for item in items]
    path.write_text("\n".join(lines), "utf-8")
    return str(path)


# --- categories -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "near"),
    [("cosmetix", "cosmetics"), ("Suplement", "supplement"), ("real estat", "real_estate")],
)
def test_a_misspelt_category_is_refused_with_the_near_ones(words: str, near: str) -> None:
    with pytest.raises(NotFoundError) as error:
        CHECKER.text(CLAIM, "US", words)
    assert words in error.value.message
    assert near in error.value.hint


@pytest.mark.parametrize(
    "words",
    [
        *("Home > Kitchen > Mugs", "cosmetic", "Electronics", "tool", "real-estate", "面部护肤"),
        *("化妝品", "medical devices", "Ｆｏｏｄ", ""),
    ],
)
def test_words_of_a_catalog_that_mean_one_of_ours_are_taken(words: str) -> None:
    assert CHECKER.text(PLAIN, "US", words).notes == ()


@pytest.mark.parametrize("words", ["Musical Instruments > Guitars", "boots", "office", "乐器"])
def test_goods_that_no_rule_is_for_are_noted_and_not_refused(words: str) -> None:
    looked = CHECKER.text(CLAIM, "US", words)
    (note,) = looked.notes
    assert words in note["en"]
    assert words in note["zh"]
    assert [f.rule for f in looked.findings] == [f.rule for f in CHECKER.text(CLAIM, "US").findings]


def test_a_category_brings_its_rules() -> None:
    def rules(category: str) -> set[str]:
        return {
            f.rule
            for f in CHECKER.text("月经不调的人睡前喝一杯，活血助眠", "cn", category).findings
        }

    assert rules("alcohol") - rules("")
    assert rules("白酒") == rules("alcohol")


def test_a_name_tells_the_category_where_the_catalogs_word_does_not() -> None:
    item = {"id": 1, "text": PLAIN, "category": "new in", "attributes": {"product": "Shampoo"}}
    assert CHECKER.item(item).notes == ()
    assert CHECKER.item(item | {"attributes": {}}).notes


def test_on_the_command_line(tmp_path: Path) -> None:
    refused = run("--text", PLAIN, "--category", "cosmetix", home=tmp_path)
    assert refused.returncode == 2
    assert "cosmetics" in refused.stderr
    noted = run("--text", PLAIN, "--category", "Musical Instruments", home=tmp_path)
    assert noted.returncode == 0
    assert "Musical Instruments" in noted.stderr
    bare = run("--text", PLAIN, "--market", "us", home=tmp_path)
    assert (bare.returncode, bare.stderr) == (0, "")
    assert "--category" in bare.stdout


# --- verdicts -------------------------------------------------------------------------------------


def test_what_only_reads_like_a_claim_is_a_hint_and_still_among_the_findings(
    tmp_path: Path,
) -> None:
    """A scorer counts the findings of an item; the verdict tells people what they are."""
    items = [
        {"id": "plain", "text": PLAIN, "jurisdiction": "US"},
        {"id": "hint", "text": HINT, "jurisdiction": "CN", "category": "food"},
        {"id": "both", "text": HINT + "全网销量第一。", "jurisdiction": "CN", "category": "food"},
        {"id": "claim", "text": CLAIM, "jurisdiction": "US", "category": "cosmetix"},
    ]
    done = run("--jsonl", written(tmp_path, *items), home=tmp_path)
    assert done.returncode == 0, done.stderr
    found = rows(done)
    assert {id: row["verdict"] for id, row in found.items()} == {
        "plain": "clean",
        "hint": "hint",
        "both": "violation",
        "claim": "violation",
    }
    (hint,) = found["hint"]["findings"]
    assert (hint["rule"], hint["severity"]) == (likeness.RULE, Severity.LOW)
    assert HINT[hint["start"] : hint["end"]] == hint["match"]
    assert all(f["id"] != "CATEGORY" for row in found.values() for f in row["findings"])
    assert "cosmetics" in found["claim"]["notes"][0]
    assert "notes" not in found["plain"]


# --- what cannot be read --------------------------------------------------------------------------


def test_a_line_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    items = (
        {"id": 1, "text": CLAIM, "jurisdiction": "Atlantis"},
        '{"id": 2, "text"',
        "[" * 100_000,
        {"text": "no id"},
        {"id": 5, "text": None},
        {"id": 6, "text": CLAIM, "jurisdiction": "US"},
    )
    done = run("--jsonl", written(tmp_path, *items), home=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    for number in range(1, 6):
        assert f"in.jsonl:{number}" in done.stderr
    assert "ATLANTIS" in done.stderr
    found = rows(done)
    assert found.keys() == {1, 6}
    assert (found[1]["verdict"], found[1]["findings"]) == ("unread", [])
    assert found[6]["verdict"] == "violation"


def test_half_characters_and_separators_of_lines_in_a_text_go_out_as_they_came(
    tmp_path: Path,
) -> None:
    texts = ["全网最好的\ud83d杯子", "全网最好的\u2028杯子", "\u202e全网最好的\u202c杯子"]
    items = [{"id": i, "text": t, "jurisdiction": "CN"} for i, t in enumerate(texts)]
    source = tmp_path / "in.jsonl"
    lines = [json.dumps(item, ensure_ascii=item["id"] == 0) for item in items]
    source.write_text("\r\n".join(lines), "utf-8")
    target = tmp_path / "out.jsonl"
    done = run("--jsonl", str(source), "--out", str(target), home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = target.read_bytes().decode("utf-8", "surrogatepass").split("\n")
    found = [json.loads(line) for line in told if line]
    for text, row in zip(texts, found, strict=True):
        assert row["verdict"] == "violation"
        for finding in row["findings"]:
            assert text[finding["start"] : finding["end"]] == finding["match"]
    assert run("--jsonl", str(source), home=tmp_path).returncode == 0


# --- exit status ----------------------------------------------------------------------------------


def test_what_must_not_go_out_ends_with_status_one(tmp_path: Path) -> None:
    grave = run("--text", CLAIM, "--market", "US", home=tmp_path)
    assert grave.returncode == 1, grave.stderr
    hint = run("--text", HINT, "--market", "CN", "--category", "food", home=tmp_path)
    assert hint.returncode == 0
    assert "1 findings, 1 of them hints" in hint.stdout or "1 条问题" in hint.stdout
    assert "Exit status 1" in run("--help", home=tmp_path).stdout


def test_of_a_looked_at_text_notes_are_no_findings() -> None:
    assert CHECKER.text(PLAIN, "US", "office") == Looked(
        [], None, CHECKER.text(PLAIN, "US", "office").notes
    )


ORGANIC = {"id": 1, "text": "Certified organic cotton by GOTS.", "jurisdiction": "US"}
PAPER = {"type": "certificate", "title": "GOTS organic cotton"}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"on": "gestern"}, "gestern"),
        ({"attributes": ["350 ml"]}, "350 ml"),
        ({"evidence": [PAPER | {"valid_until": "31.13.2030"}]}, "31.13.2030"),
        ({"text": "容量2升", "attributes": {"容量": "1.5"}, "jurisdiction": "CN"}, "1.5"),
    ],
)
def test_what_of_an_item_cannot_be_read_is_told(more: dict[str, Any], told: str) -> None:
    notes = CHECKER.item(ORGANIC | more).notes
    assert any(told in note["en"] and told in note["zh"] for note in notes), notes


def test_what_can_be_read_is_not_told() -> None:
    item = ORGANIC | {"on": "2026-11-22", "attributes": {"capacity": "500-600 ml, or 1 l"}}
    assert CHECKER.item(item | {"evidence": PAPER | {"valid_until": "2030-12-31"}}).notes == ()


def test_a_paper_that_carries_a_sentence_leaves_no_hint_of_it() -> None:
    bare, proved = ORGANIC, ORGANIC | {"evidence": [PAPER], "attributes": {"material": "organic"}}
    assert CHECKER.item(bare).findings
    assert CHECKER.item(proved).findings == []


@pytest.mark.parametrize("mark", ["\0", "\x1f", "\x7f", "\u202e", "\u200f", "\u2066", "\ufeff"])
def test_what_nobody_sees_parts_no_word(mark: str) -> None:
    for text, market in (("全网最好的杯子", "CN"), ("the best mug ever", "US")):
        (plain, *_), hidden = CHECKER.text(text, market).findings, mark.join(text)
        found = CHECKER.text(hidden, market).findings
        assert plain.rule != likeness.RULE
        assert plain.rule in {f.rule for f in found}
        assert all(hidden[f.start : f.end] == f.match for f in found)


def test_half_a_character_parts_no_word() -> None:
    text = "全网最\ud83d好的杯子"
    (found,) = CHECKER.text(text, "CN").findings
    assert found.rule != likeness.RULE
    assert text[found.start : found.end] == found.match


@pytest.mark.parametrize("first", ["①", "❶", "⑴", "⒈", "１", "𝟏"])
def test_figures_in_circles_and_brackets_are_figures(first: str) -> None:
    text = f"全国销量第{first}的毛巾"
    found = CHECKER.text(text, "CN").findings
    assert "ABS.RANK" in {f.id for f in found if f.rule != likeness.RULE}
    assert all(text[f.start : f.end] == f.match for f in found)
