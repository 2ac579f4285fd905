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
    assert words in note.message["en"]
    assert words in note.message["zh"]
    assert note.cleared
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
