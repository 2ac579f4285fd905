"""Packs: all mistakes of a broken one are told with lines; the shipped ones have none."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from studio.compliance import load, mistakes
from studio.compliance.lexicon import inflected
from studio.compliance.pattern import Pattern, PatternError, needs
from studio.compliance.tree import parsed
from studio.errors import InputError
from studio.schema import Context

RULES = load()
DAY = date(2027, 3, 16)
RULE = """\
pack: mine
markets: [CN]
lexicons: {shiny: 闪闪 亮晶晶}
rules:
- id: MY.SHINY
  taxonomy: ABS.GUARANTEE
  find: ['{shiny}{~4}一百年']
  clear: [negated]
  message: {zh: 不可以, en: no}
  cases:
    hit: [闪闪发光一百年]
    clear: [不会闪闪发光一百年]
"""


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load([folder])
    return caught.value.message


def test_the_shipped_packs_have_no_mistakes() -> None:
    assert mistakes.find(RULES.shelf, RULES.shelf.sources) == []


def test_what_is_printed_as_a_basis_says_where_it_was_read() -> None:
    assert all(law.source for law in RULES.shelf.laws.values())
    cited = {n for r in RULES.rules for names in r.basis.values() for n in names}
    assert cited <= set(RULES.shelf.laws)


def test_a_users_rule_works_without_python(tmp_path: Path) -> None:
    rules = load([write(tmp_path, RULE)])
    found = rules.check({"title": "亮晶晶的一百年"}, Context(markets=("CN",)))
    assert "MY.SHINY" in {f.rule for f in found}


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = RULE.replace("ABS.GUARANTEE", "ABS.GARANTEE").replace("[negated]", "[negatd]")
    text = text.replace("'{shiny}{~4}一百年'", "'{shinny}x', '[unclosed', '\\d+'")
    told = refused(write(tmp_path, text))
    assert "mine.yaml:6: no taxonomy id named 'ABS.GARANTEE'" in told
    assert "known: ABS.GUARANTEE" in told
    assert "mine.yaml:7: '{shinny}x': no lexicon named 'shinny'" in told
    assert "mine.yaml:7: '[unclosed': not a usable expression" in told
    assert "mine.yaml:7: '\\\\d+': holds no word" in told
    assert "mine.yaml:8: no condition named 'negatd'" in told


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("  find:", "  finds:", 7, "finds"),
        ("markets: [CN]", "markets: [ZZ]", 2, "markets"),
        ("  message: {zh: 不可以, en: no}", "  message: {zh: 不可以}", 9, "no message in 'en'"),
        ("lexicons: {shiny: 闪闪 亮晶晶}", "lexicons: {shiny: 闪闪, shiny: x}", 3, "stands twice"),
        ("id: MY.SHINY", "id: CN.SUPERLATIVE.MOST", 5, "is taken"),
        ("  clear: [negated]", "  from: 2027-01-01\n  until: 2026-01-01", 9, "is after until"),
        ("  clear: [negated]", "  categories: [foood]", 8, "no category named 'foood'"),
        ("  clear: [negated]", "  basis: [cn-ad-99]", 8, "no law named 'cn-ad-99'"),
        ("  clear: [negated]", "  clear: [{left: '(?=x)'}]", 8, "not a usable expression"),
        ("  find:", "  kind: claim\n  finds: 1\n  find:", 8, "finds"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    told = refused(write(tmp_path, RULE.replace(old, new)))
    assert any(f"mine.yaml:{line}:" in t and words in t for t in told.splitlines()), told


@pytest.mark.parametrize(
    ("what", "own"),
    [
        ("lexicon", "lexicons: {{{name}: 闪闪}}"),
        ("condition", "conditions: {{{name}: {{left: 闪闪}}}}"),
        ("law", "laws: {{{name}: {{law: 某法}}}}"),
        ("category", "categories: {{{name}: 某类}}"),
    ],
)
def test_a_name_of_another_pack_is_taken(tmp_path: Path, what: str, own: str) -> None:
    key = own.partition(":")[0]
    source = next(s for s in RULES.shelf.sources if getattr(s.pack, key))
    name = next(iter(getattr(source.pack, key)))
    told = refused(write(tmp_path, f"pack: mine\n{own.format(name=name)}\n"))
    taken = f"{source.file}:{source.line(key, name)}"
    assert f"mine.yaml:2: the {what} {name!r} is taken ({taken})" in told


def test_a_name_of_two_own_packs_is_told_with_both_places(tmp_path: Path) -> None:
    write(tmp_path, "pack: a\nlexicons: {shiny: 闪闪}\n", "a.yaml")
    told = refused(write(tmp_path, "pack: b\n\nlexicons: {shiny: 亮}\n", "b.yaml"))
    assert f"b.yaml:3: the lexicon 'shiny' is taken ({tmp_path / 'a.yaml'}:2)" in told


@pytest.mark.parametrize("find", [r"'闪闪[^\W]{1,4}'", r"'\b闪闪'"])
def test_what_re2_reads_otherwise_is_told(tmp_path: Path, find: str) -> None:
    told = refused(write(tmp_path, RULE.replace("'{shiny}{~4}一百年'", find)))
    assert "mine.yaml:7:" in told
    assert "Chinese" in told


@pytest.mark.parametrize("text", ["pack: [", "- a\n- b", "\ttabs: 1", "just words"])
def test_what_is_no_pack_is_told(tmp_path: Path, text: str) -> None:
    assert "mine.yaml:" in refused(write(tmp_path, text))


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(b"pack: \xff\xfe")
    assert "not UTF-8" in refused(tmp_path)


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        load([tmp_path / "none"])


# --- patterns ---


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("最{a}", [{"最"}, {"好", "佳"}]),
        ("最(?:好|佳)的?", [{"最"}, {"好", "佳"}]),
        ("(?:x|最好)y?", []),
        ("ab?cd", [{"cd"}]),
        (r"\d+%", [{"%"}]),
        ("carbon neutral", [{"carbon neutral"}]),
        ("carbon +neutral", [{"carbon "}, {"neutral"}]),
        ("carbon ?neutral", [{"carbon"}, {"neutral"}]),
        ("eco-?friendly(?: and| or) plastic-free", [{"friendly"}, {" plastic free"}]),
        ("(?:fda|ce)认证", [{"fda", "ce"}, {"认证"}]),
        ("[最醉]好", [{"最", "醉"}, {"好"}]),
        ("{b}漆", [{"eco friendly", "vegan"}, {"漆"}]),
        ("(?:find out|buy)漆", [{"find out", "buy"}, {"漆"}]),
    ],
)
def test_a_pattern_knows_what_a_match_must_hold(source: str, expected: list[set[str]]) -> None:
    found = [set(n) for n in needs(source, {"a": ("好", "佳"), "b": ("eco friendly", "vegan")})]
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))


@pytest.mark.parametrize(
    "text", ["an eco friendly toy", "an eco-friendly toy", "eco - no", "an ecofriendly toy"]
)
def test_a_blank_in_a_term_is_also_a_hyphen(tmp_path: Path, text: str) -> None:
    pack = RULE.replace("闪闪 亮晶晶", "eco_friendly").replace("{shiny}{~4}一百年", "{shiny}")
    found = load([write(tmp_path, pack)]).judged({"title": text}, Context(markets=("CN",)))
    mine = [f.match for each in found for f in each if f.rule == "MY.SHINY"]
    assert mine == [words for words in ("eco friendly", "eco-friendly") if words in text]


def test_an_unknown_lexicon_is_an_error() -> None:
    with pytest.raises(PatternError, match="nowhere"):
        _ = Pattern("{nowhere}x", {}).regex


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("cure+", ("cure", "cures", "cured", "curing")),
        ("treat+", ("treat", "treats", "treated", "treating")),
        ("remedy+", ("remedy", "remedies", "remedied", "remedying")),
        ("stop+", ("stop", "stops", "stopped", "stopping")),
        ("c++", ("c+",)),
    ],
)
def test_english_verbs_are_inflected(verb: str, forms: tuple[str, ...]) -> None:
    assert inflected(verb)[: len(forms)] == forms or verb == "c++"


# --- YAML ---


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", {"a": "no"}),
        ("a: true", {"a": True}),
        ("a: 'true'", {"a": "true"}),
        (
            "a: [1, -2, 3.5, 2027-03-16, '7', 1.2.3, 007]",
            {"a": [1, -2, 3.5, DAY, "7", "1.2.3", "007"]},
        ),
        ("a:\nb: ~", {"a": None, "b": None}),
        ("a: &words [x, y]\nb: *words", {"a": ["x", "y"], "b": ["x", "y"]}),
        ("a: >-\n  one\n  two", {"a": "one two"}),
        ("", None),
    ],
)
def test_yaml_is_read_as_packs_mean_it(text: str, value: object) -> None:
    assert parsed(text).value == value


def test_yaml_keeps_the_line_of_every_part() -> None:
    tree = parsed("a: 1\nb:\n- x\n- c: 2\n  d: 3\na: 4\n")
    assert tree.lines[("b",)] == 2
    assert tree.lines[("b", 1, "d")] == 5
    assert tree.doubled == [(6, "a")]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "a: *nowhere",
        "? [a]\n: b",
        "a: 1\n---\nb: 2",
        "a: 2027-13-45",
        "[" * 5000,
        "a: !!python/object:os.system x\n--- y",
    ],
    ids=["cycle", "unknown alias", "odd key", "two documents", "no day", "deep", "tag"],
)
def test_yaml_that_is_no_pack_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    assert "mine.yaml:" in refused(write(tmp_path, text))


def test_listing_the_rules_compiles_nothing() -> None:
    fresh = load()
    assert fresh.in_force(DAY, ("CN",))
    assert not fresh._indexes
    assert not any("regex" in vars(p) for r in fresh.rules for p in r.patterns)
