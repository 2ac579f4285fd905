"""Learns what sentences read like (studio/compliance/likeness_*.json), and how well it does.

    python benchmarks/likeness.py measure     leaving out one author after the other
    python benchmarks/likeness.py learn       writes the weights

Learns from the labelled sentences in tests/data, from the cases of the rules and from what the
phrase bank says of the sample catalog, which is innocent: logistic
regression with an L2 penalty for claim or none, and a multinomial one for the topic. The bar is the
lowest score that at most SLIP of the innocent sentences of authors left out reach. The sentences of
../shared are never learnt from: they are what quality is measured on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from studio import catalog, channels, compliance, copywriter, engines
from studio.compliance import cases, likeness
from studio.compliance.likeness import LANGUAGES, Likeness
from studio.compliance.normal import plain
from studio.compliance.sentences import split
from studio.schema import Brief

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
OUT = ROOT / "studio" / "compliance"
SETS = ("compliance_heldout*.jsonl", "heldout_en*.jsonl", "written_*.jsonl")
ALONE = tuple(f"written_{kind}{lang}" for kind in ("", "ordinary_") for lang in LANGUAGES)
PARTS = 4
PENALTY = 0.1
LEAST = 2  # sentences that must have a run
SLIP = {  # share of the innocent, of ordinary copy
    "en": {"": 0.01, "written_ordinary": 0.04},
    "zh": {"": 0.012, "written_ordinary": 0.042},
}
KEPT = 12_000  # runs that are kept, those that weigh most
LEANINGS = 3  # topics kept for a run
CASE = 0.7  # the weight of a rule's case: they are many and alike
ORDINARY = 0.3  # that of ordinary shop copy, so that lively words alone are no claim
OWN = ("social", "qa", "highlights")  # fields of the sample
FOLDS = 5
# What facts decide is the claim ledger's, how a title is built the channel's, and who is spoken of
# how the fairness pack's: a likeness is no help there.
OTHERS = ("FACT.", "PLAT.TITLE", "SOC.DISCRIM")


class Row(NamedTuple):
    """A sentence. `topic` is "" where it is innocent; `weight`: how much it counts."""

    author: str
    text: str
    topic: str
    weight: float = 1.0


def labelled(language: str) -> list[Row]:
    """The sentences of all authors, and the cases of the rules."""
    rows = [row for path in sets() for row in written(path, language)]
    rows += own(language)
    rules = compliance.load()
    for trial in cases.trials(rules):
        found = rules.check({trial.field: trial.text}, trial.context, trial.claims)
        innocent = all(finding.cleared or finding.rule == likeness.RULE for finding in found)
        if (trial.hit or innocent) and not trial.loaded.rule.taxonomy.startswith(OTHERS):
            topic = trial.loaded.rule.taxonomy if trial.hit else ""
            parts = split(plain(trial.text).text)
            if likeness.language_of(trial.text) == language and (innocent or len(parts) == 1):
                rows += [Row("cases", part.text, topic, CASE) for part in parts]
    return rows


def own(language: str) -> Iterator[Row]:
    """What the phrase bank says of the sample catalog: facts, and nothing else."""
    locale = {"en": "en-US", "zh": "zh-CN"}[language]
    channel = channels.load("shopify")
    brief = Brief(channel=channel.id, locale=locale, fields=OWN)
    files = sorted((ROOT / "assets" / "sample").glob("products*.csv"))
    for product in catalog.read(files).products:
        copy = copywriter.write(product, brief, channel, engines.load("copy", "template"))
        for _, text in copy.parts():
            for part in split(plain(text).text):
                if likeness.language_of(part.text) == language:
                    yield Row("own", part.text, "", ORDINARY)


def sets() -> list[Path]:
    return sorted(path for pattern in SETS for path in DATA.glob(pattern))


def written(path: Path, language: str) -> Iterator[Row]:
    """The sentences of a set; of an item with a claim only those that hold its words. A set that
    is the only one of its kind is left out in parts, never as a whole."""
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        item = json.loads(line)
        author = f"{path.stem} {number % PARTS}" if path.stem.startswith(ALONE) else path.stem
        if item["lang"] != language:
            continue
        view, spans = plain(item["text"]), item.get("spans", ())
        wrong = item["label"] == "violation"
        for part in split(view.text):
            start, end = view.span(part.start, part.end)
            over = [topic for first, last, topic, *_ in spans if first < end and last > start]
            if not wrong:
                ordinary = "ordinary" in author
                yield Row(author, part.text, "", ORDINARY if ordinary else 1.0)
            elif over or not spans:
                topic = over[0] if over else item["id"]
                if not topic.startswith(OTHERS):
                    yield Row(author, part.text, topic)


class Table:
    """Sentences as rows of a matrix: 1/size for each known run."""

    def __init__(self, rows: Sequence[Row], language: str) -> None:
        bare = (likeness.unlabelled(row.text, language) for row in rows)
        lines = [likeness.line_of(text, language) for text in bare]
        each = [runs_of(line, language) for line in lines]
        times = Counter(run for runs in each for run in runs)
        known = sorted(run for run, count in times.items() if count >= LEAST)
        self.place = {run: at for at, run in enumerate(known)}
        ends, places, values = [0], list[int](), list[float]()
        for line, runs in zip(lines, each, strict=True):
            mine = [self.place[run] for run in sorted(runs) if run in self.place]
            places += mine
            values += [1 / likeness.size_of(line, language)] * len(mine)
            ends.append(len(places))
        self.matrix = csr_matrix((values, places, ends), shape=(len(rows), len(self.place)))


def runs_of(line: str, language: str) -> set[str]:
    """The distinct runs of a line: see `likeness.spelt`."""
    if language == "zh":
        return {line[at : at + size] for size in (1, 2, 3) for at in range(len(line) - size + 1)}
    words = line.split()
    runs = {" ".join(words[at : at + n]) for n in (1, 2, 3) for at in range(len(words) - n + 1)}
    letters = ((w, n, at) for w in words for n in (4, 5) for at in range(len(w) - n + 1))
    return runs | {"#" + word[at : at + size] for word, size, at in letters}


def weighed(table: Table, rows: Sequence[Row]) -> tuple[np.ndarray, float]:
    """(weight of each run, bias) of claim or none."""
    sign = np.array([1.0 if row.topic else -1.0 for row in rows])
    count = np.array([row.weight for row in rows])

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (table.matrix @ p[:-1] + p[-1])
        slope = -sign * count / (1 + np.exp(margin))
        inner = table.matrix.T @ slope + PENALTY * p[:-1]
        total = (np.logaddexp(0, -margin) * count).sum() + PENALTY / 2 * (p[:-1] ** 2).sum()
        return float(total), np.append(inner, slope.sum())

    found = minimize(loss, np.zeros(table.matrix.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return found[:-1], float(found[-1])


def leaning(table: Table, rows: Sequence[Row]) -> tuple[tuple[str, ...], np.ndarray]:
    """(topics, how much each run speaks for each of them)."""
    wrong = [at for at, row in enumerate(rows) if row.topic]
    topics = tuple(sorted({rows[at].topic for at in wrong}))
    matrix = table.matrix[wrong]
    truth = np.zeros((len(wrong), len(topics)))
    truth[range(len(wrong)), [topics.index(rows[at].topic) for at in wrong]] = 1

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        w = p.reshape(-1, len(topics))
        z = matrix @ w
        z -= z.max(axis=1, keepdims=True)
        share = np.exp(z)
        share /= share.sum(axis=1, keepdims=True)
        total = -np.log((share * truth).sum(axis=1) + 1e-12).sum() + PENALTY / 2 * (p**2).sum()
        return float(total), (matrix.T @ (share - truth) + PENALTY * w).ravel()

    start = np.zeros(matrix.shape[1] * len(topics))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 40}).x
    return topics, found.reshape(-1, len(topics))


def learnt(rows: Sequence[Row], language: str, bar: float = 0.0) -> Likeness:
    """The reader that these sentences teach."""
    table = Table(rows, language)
    weights, bias = weighed(table, rows)
    kept = set(np.argsort(-abs(weights))[:KEPT].tolist())
    names, lean = leaning(table, rows)
    runs = {run: at for run, at in table.place.items() if at in kept}
    return Likeness(
        language=language,
        bar=bar,
        bias=round(bias, 3),
        topics=names,
        weights={run: round(100 * weights[at]) for run, at in runs.items()},
        leanings={run: _most(lean[at]) for run, at in runs.items()},
    )


def _most(lean: np.ndarray) -> list[int]:
    best = [int(at) for at in np.argsort(-lean)[:LEANINGS] if lean[at] > 0.05]
    return [x for at in best for x in (at, round(100 * lean[at]))]


def left_out(rows: Sequence[Row], language: str) -> list[tuple[Row, float]]:
    """Each sentence with the score by a reader that saw nothing of its author."""
    told: list[tuple[Row, float]] = []
    authors = sorted({row.author for row in rows} - {"cases", "own"})
    for fold in range(FOLDS):
        out = set(authors[fold::FOLDS])
        reader = learnt([row for row in rows if row.author not in out], language)
        told += [(row, reader.read(row.text)[0]) for row in rows if row.author in out]
    return told


def bar_of(told: Sequence[tuple[Row, float]], language: str) -> float:
    """The lowest score that at most SLIP of the innocent reach."""
    bars = []
    for kind, share in SLIP[language].items():
        mine = [
            score
            for row, score in told
            if not row.topic and row.author.startswith("written_ordinary") == bool(kind)
        ]
        bars.append(sorted(mine, reverse=True)[int(share * len(mine))])
    return round(max(bars) + 0.01, 2)


def measure(language: str) -> float:
    """The bar; prints what of each author's claims is seen above it."""
    told = left_out(labelled(language), language)
    bar = bar_of(told, language)
    print(f"| {language}: author left out | claims | seen | innocent | flagged |")
    print("|---|---|---|---|---|")
    for author in [*sorted({row.author for row, _ in told}), "all"]:
        mine = [(row, score) for row, score in told if author in (row.author, "all")]
        claims = [score >= bar for row, score in mine if row.topic]
        clean = [score >= bar for row, score in mine if not row.topic]
        shares = [f"{sum(x) / len(x):.3f}" if x else "" for x in (claims, clean)]
        print(f"| {author} | {len(claims)} | {shares[0]} | {len(clean)} | {shares[1]} |")
    print(f"bar {bar}", flush=True)
    return bar


def learn(language: str) -> None:
    """Writes the reader of a language."""
    bar = measure(language)
    reader = learnt(labelled(language), language, bar)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in sets()}
    content: dict[str, Any] = {
        "learnt_from": digests,
        "bar": bar,
        "bias": reader.bias,
        "topics": reader.topics,
        "weights": reader.weights,
        "leanings": {run: lean for run, lean in reader.leanings.items() if lean},
    }
    file = OUT / f"likeness_{language}.json"
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    file.write_text(text + "\n", "utf-8")
    print(f"{file.name}: {len(reader.weights):,} runs, {file.stat().st_size / 1e3:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("deed", choices=["measure", "learn"])
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    asked = parser.parse_args()
    for language in asked.language or LANGUAGES:
        {"measure": measure, "learn": learn}[asked.deed](language)


if __name__ == "__main__":
    main()
