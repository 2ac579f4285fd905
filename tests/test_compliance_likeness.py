"""The reader of likeness: it speaks only where no rule did, and says little."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import checks, compliance
from studio.compliance import likeness
from studio.compliance.items import context_of
from studio.compliance.shelf import Loaded
from studio.schema import Context, Finding, Severity

DATA = Path(__file__).parent / "data"
RULES = compliance.load()
ZH = Context(language="zh", markets=("CN",), category="food")
EN = Context(language="en", markets=("US", "EU"), category="home")


def found(text: str, context: Context) -> list[Finding]:
    _, findings = checks.read({"description": text}, context, RULES)
    return [f for f in findings if not f.cleared]


@pytest.mark.parametrize("language", likeness.LANGUAGES)
def test_it_was_learnt_from_the_sentences_that_are_here(language: str) -> None:
    """Who changes a set learns anew: python benchmarks/likeness.py learn"""
    told = json.loads(likeness.content(language))["learnt_from"]
    assert len(told) > 20
    for name, digest in told.items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest()[:16] == digest, name


def of_topic(topic: str, context: Context) -> list[Loaded]:
    rules = RULES.in_force(date.today(), context.markets)
    return [each for each in rules if each.rule.taxonomy == topic]


def based(rule: Loaded) -> bool:
    return any(rule.basis.get(market) for market in (*ZH.markets, *EN.markets))


def unseen() -> list[tuple[str, str, Context]]:
    lines = (DATA / "likeness_unseen.jsonl").read_text("utf-8").splitlines()
    return [
        (item["text"], item["topic"], ZH if item["lang"] == "zh" else EN)
        for item in map(json.loads, lines)
    ]


def test_a_claim_that_no_rule_names_is_shown_as_what_it_reads_like() -> None:
    """Own sentences that it was not learnt from and no rule finds; kept so that they stay seen."""
    claims = [(text, topic, context) for text, topic, context in unseen() if topic]
    assert len(claims) >= 10
    for text, topic, context in claims:
        (first, *more) = found(text, context)
        assert (first.rule, first.severity) == (likeness.RULE, Severity.LOW), text
        assert first.id == topic, text
        assert text[first.start : first.end] == first.match
        assert first.match
        assert any(f.basis for f in (first, *more)) == any(map(based, of_topic(topic, context)))
        assert set(first.message) == set(first.advice) == {"en", "zh"}
        assert not first.blocks


def test_innocent_sentences_with_the_same_words_stay_alone() -> None:
    innocent = [(text, context) for text, topic, context in unseen() if not topic]
    assert len(innocent) >= 10
    assert [text for text, context in innocent if found(text, context)] == []


def test_where_a_rule_spoke_or_cleared_it_says_nothing() -> None:
    (text,) = (text for text, _, _ in unseen() if text.startswith("孩子吃了它"))
    assert {f.rule for f in found(text, ZH)} == {likeness.RULE}
    spoken = found("全网销量第一，" + text, ZH)
    assert spoken
    assert likeness.RULE not in {f.rule for f in spoken}
    _, cleared = checks.read({"description": "不能治感冒，" + text}, ZH, RULES)
    assert [f for f in cleared if f.cleared]
    assert likeness.RULE not in {f.rule for f in cleared}


def test_a_market_without_the_topic_hears_nothing() -> None:
    (text,) = (text for text, topic, _ in unseen() if topic == "SOC.SUPERSTITION")
    assert found(text, ZH)
    assert not found(text, ZH.model_copy(update={"markets": ("US",)}))


def test_nothing_is_cut_for_a_likeness_without_a_person() -> None:
    for text, topic, context in unseen():
        if topic:
            texts = {
                "description": f"{text}这是第二句。" if context is ZH else f"{text} It is blue."
            }
            _, findings = checks.examine(texts, context, RULES)
            assert all(not f.safe for f in findings if f.rule == likeness.RULE)
            assert checks.mended(texts, findings, context, RULES) == texts


def test_numbers_are_all_alike_and_case_and_stops_do_not_count() -> None:
    zh, en = likeness.load("zh"), likeness.load("en")
    assert zh.read("每天喝3包就见效") == zh.read("每天喝30包就见效")
    assert zh.read("每天喝3包就见效。") == zh.read("每天喝3包就见效")
    assert en.read("all of it gone in 3 days") == en.read("all of it gone in 10 days")
    assert min(zh.read("每天喝3包就见效")[0], en.read("all of it gone in 3 days")[0]) > -10


def test_on_sentences_of_others_it_finds_what_rules_miss() -> None:
    """400 by an author who knew neither rules nor sets; never learnt from. Balanced accuracy,
    first read: 0.935 in Chinese and 0.905 in English; by the rules alone 0.885 and 0.840."""
    for language, least in (("zh", 0.92), ("en", 0.89)):
        right: dict[bool, list[bool]] = {True: [], False: []}
        for line in (DATA / f"unseen_{language}.jsonl").read_text("utf-8").splitlines():
            item = json.loads(line)
            wrong = item["label"] == "violation"
            _, findings = checks.read({item["field"]: item["text"]}, context_of(item), RULES)
            right[wrong].append(any(not f.cleared for f in findings) == wrong)
        assert sum(sum(each) / len(each) for each in right.values()) / 2 >= least


def test_the_digest_of_the_rules_covers_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likeness, "content", lambda language: b"other")
    assert compliance.load().digest != RULES.digest


@pytest.mark.parametrize("language", likeness.LANGUAGES)
def test_a_score_is_the_sum_of_the_weights_of_the_runs_over_the_root_of_their_number(
    language: str,
) -> None:
    """Reckoned run by run, without the automaton."""
    reader, positive = likeness.load(language), 0
    for text, _, context in unseen():
        if context.language == language:
            line = likeness.line_of(text.lower(), language)
            runs = [run for run in reader.weights if likeness.spelt(run, language) in line]
            size = 100 * likeness.size_of(line, language)
            wanted = reader.bias + sum(reader.weights[run] for run in runs) / size
            leans = dict.fromkeys(range(len(reader.topics)), 0)
            for run in runs:
                told = reader.leanings.get(run, ())
                for number, much in zip(told[::2], told[1::2], strict=True):
                    leans[number] += much
            best = max(leans, key=lambda number: leans[number])
            score, topic = reader.read(text.lower())
            if wanted > 0:
                wanted, positive = wanted + leans[best] / size, positive + 1
                assert topic == reader.topics[best]
            assert score == pytest.approx(wanted, abs=1e-9)
    assert positive >= 5


def test_a_label_is_not_read_and_not_shown() -> None:
    zh, en = likeness.load("zh"), likeness.load("en")
    text = "it likes the air dry and mild, out of the sun"
    for label in ("climate: ", "good to know: "):
        assert likeness.unlabelled(label + text, "en").strip() == text
        assert en.read(label + text) == en.read(text)
    assert zh.read("镜头一:一瓶下去,化验单上的箭头都不见了") == zh.read(
        "一瓶下去,化验单上的箭头都不见了"
    )
    (text,) = (text for text, _, _ in unseen() if text.startswith("孩子吃了它"))
    (hint,) = found("镜头一：" + text, ZH)
    assert "镜头" not in hint.match
    assert hint.start >= 4


def test_a_sentence_that_happens_to_hold_a_colon_is_read_whole() -> None:
    for text in ("it says one thing and one thing only: buy", "at 10:30 we open the doors"):
        assert likeness.unlabelled(text, "en") == text
    assert likeness.unlabelled("我们想说的其实只有一句:它好用", "zh").startswith("我们")


def test_the_more_sentences_a_text_has_the_surer_a_hint_must_be() -> None:
    """A text of twenty sentences has twenty chances to be misread."""
    text = next(text for text, topic, context in unseen() if topic and context is ZH)
    score, _ = likeness.load("zh").read(text.rstrip("。"))
    spare = score - likeness.load("zh").bar
    filler = "杯身是蓝色的陶瓷，杯口有一道白边。"
    few, many = 1, math.ceil(math.exp(spare)) + 1
    assert [f.match for f in found(filler * few + text, ZH)] or spare < math.log(few + 1)
    assert found(filler * many + text, ZH) == []
    short = "蓝色。" * (2 * many)  # what is too short to be read is no chance
    assert [f.rule for f in found(short + text, ZH)] == [likeness.RULE]


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    for language in likeness.LANGUAGES:
        reader = likeness.load(language)
        score, topic = reader.read(text)
        assert not topic or (score > 0 and topic in reader.topics)
        place = reader.clause(text)
        assert place is None or 0 <= place[0] < place[1] <= len(text)
    for number, like in likeness.of([text, "镜头一:" + text], likeness.load("zh").topics):
        assert 0 <= like.start < like.end <= len(text) + 4 * number


def test_a_long_text_is_read_once() -> None:
    text = "这个小东西陪你过冬，" * 20_000
    assert len(found(text, ZH)) < 600
