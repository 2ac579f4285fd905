"""The checker: candidates, what clears them, and the findings that stay."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice

from studio.compliance import fixing, likeness
from studio.compliance.candidates import Hit, around, matches, placed
from studio.compliance.clearing import Candidate, Case, claimed, holds
from studio.compliance.index import Index, Plan
from studio.compliance.normal import View, decoded, plain
from studio.compliance.sentences import Sentence, split
from studio.compliance.shelf import Loaded, Shelf
from studio.compliance.sounds import Sounds
from studio.compliance.strongest import strongest
from studio.compliance.topics import Categories, unsorted
from studio.errors import NotFoundError
from studio.schema import Basis, Claim, Context, Finding, Severity

_PASSES = 4
_PLANS = 64  # kept selections of rules, by market, category, platform and day
_MOST = 500  # findings of one rule in one text; no listing has a tenth of it
_FIXES = 60  # findings of one text that get their rule's own rewrite
_INDEXES = 8  # kept automata, by the markets that are asked for


class Rules:
    """The compiled packs. `check` may be called from several threads."""

    def __init__(self, shelf: Shelf, sounds: Sounds, digest: str) -> None:
        self.shelf = shelf
        self.digest = digest
        self.rules = shelf.rules
        self._sounds = sounds
        self._priorities = {r.rule.id: r.rule.priority for r in self.rules} | {likeness.RULE: 0}
        self._categories = Categories(shelf.categories)
        self._plans: OrderedDict[tuple[object, ...], Plan] = OrderedDict()
        self._graven: dict[tuple[Loaded, str], tuple[Severity, tuple[Basis, ...]]] = {}
        self._indexes: OrderedDict[tuple[str, ...], Index] = OrderedDict()

    def know(self, markets: Iterable[str], category: str = "") -> None:
        """Refuses a market that no rule is for, and a misspelt category: silence there would read
        as a pass. Words of a catalog that are none of ours are no mistake: see `unsorted`."""
        known = {market for loaded in self.rules for market in loaded.markets}
        for market in markets:
            if market not in known:
                raise NotFoundError.of("market with rules", market, known)
        if not self._categories.named(category) and self._categories.near(category):
            raise NotFoundError.of("category with rules", category, self.shelf.categories)

    def unsorted(self, context: Context) -> Finding | None:
        """A note that no rule is for such goods, so that only the rules for all goods were tried.

        None where a category is known, or none was given.
        """
        if not context.category.strip() or self._categories.of(context):
            return None
        return unsorted(context.category, self._categories.near(context.category))

    def literals(self, markets: Sequence[str] = ()) -> tuple[str, ...]:
        """The words that the automaton of these markets looks for."""
        return self._index(tuple(markets)).literals

    def _index(self, markets: tuple[str, ...]) -> Index:
        """Made at the first check of a market: who only lists the rules does not wait for it."""
        index = self._indexes.get(markets)
        if index is None:
            index = Index(r for r in self.rules if not markets or set(r.markets) & set(markets))
            self._indexes[markets] = index
            while len(self._indexes) > _INDEXES:
                self._indexes.popitem(last=False)
        return index

    def behind(self, finding: Finding) -> Loaded | None:
        """The rule of a finding, or what stands for it; None when it is not one of these."""
        mine = [r for r in self.rules if r.rule.taxonomy == finding.id]
        if finding.rule == likeness.RULE and mine:
            return likeness.rule_of(finding.id, self.shelf.topics[finding.id], mine)
        return next((r for r in mine if r.rule.id == finding.rule), None)

    def in_force(self, on: date, markets: Sequence[str]) -> tuple[Loaded, ...]:
        """The rules that hold on a day in one of the markets."""
        return tuple(r for r in self.rules if _in_force(r, on) and set(r.markets) & set(markets))

    def check(
        self, texts: Mapping[str, str], context: Context, claims: Sequence[Claim] = ()
    ) -> tuple[Finding, ...]:
        """Findings for texts by field, in reading order; cleared candidates among them.

        One finding a place and market. Without markets all rules hold, each in its own markets.
        Offsets are code points.
        """
        ranks = self._priorities
        return tuple(
            f for each in self.judged(texts, context, claims) for f in strongest(each, ranks)
        )

    def judged(
        self, texts: Mapping[str, str], context: Context, claims: Sequence[Claim] = ()
    ) -> Iterator[list[Finding]]:
        """For each field what every rule says, also where findings overlap.

        Of one rule's findings in one text only the first _MOST are told.
        """
        case = Case(
            shelf=self.shelf,
            context=context,
            category=self._categories.of(context),
            on=context.on or date.today(),
            texts=[],
            claims=claims,
        )
        views = {field: plain(text) for field, text in texts.items() if text}
        case.texts = [view.text for view in views.values()]
        active = self._active(case)
        for field, view in views.items():
            sentences = split(view.text)
            hits = chain(
                self._phrases(field, view, sentences, active, case),
                self._claims(field, view, sentences, active, case),
                self._repeats(field, view, active),
            )
            found: list[Finding] = []
            times: Counter[str] = Counter()  # of each rule: none may hide another's findings
            for hit in hits:
                rule = hit.loaded.rule.id
                if times[rule] < _MOST:
                    mine = [*self._judge(hit, texts[field], case, len(found) < _FIXES)]
                    times[rule] += any(not f.cleared for f in mine)
                    found += mine
            proved = [c for c in case.claims_of(field) if c.carrier.startswith("evidence:")]
            spoken = {(f.start, f.end) for f in found} | {(c.start, c.end) for c in proved}
            alike = self._alike(field, view, sentences, active, spoken)
            for hit in islice(alike, _MOST // max(1, len(context.markets))):
                found += self._judge(hit, texts[field], case, False)
            yield found

    def mended(
        self, texts: Mapping[str, str], context: Context, claims: Sequence[Claim] = ()
    ) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
        """The texts with all safe edits made, and what is still found in them.

        An edit may bring a neighbour's edit into reach, so it goes on until nothing changes.
        Claims are offsets into the first texts and only hold for the first pass.
        """
        found = self.check(texts, context, claims)
        for _ in range(_PASSES):
            better = fixing.rewrite(texts, found)
            if better == texts:
                break
            texts, found = better, self.check(better, context)
        return texts, found

    # --- candidates ---

    def _active(self, case: Case) -> Plan:
        context = case.context
        key = (context.markets, case.category, context.platform, case.on)
        plan = self._plans.get(key)
        if plan is None:
            active = [r for r in self.rules if _applies(r, case)]
            plan = Plan(self._index(context.markets), active)
            self._plans[key] = plan
            while len(self._plans) > _PLANS:
                self._plans.popitem(last=False)
        return plan

    def _phrases(
        self, field: str, view: View, sentences: Sequence[Sentence], active: Plan, case: Case
    ) -> Iterator[Hit]:
        yield from self._scan(field, view, sentences, active, case)
        undone = decoded(view, self._sounds.read)
        if undone is None:
            return
        changed = [s for s in split(undone.text) if any(undone.altered[s.start : s.end])]
        for hit in self._scan(field, undone, changed, active, case):
            at = hit.candidate.sentence.start
            if undone.touches(at + hit.candidate.start, at + hit.candidate.end):
                yield hit

    def views(self, text: str) -> Iterator[View]:
        """The text as patterns see it: folded, and where it evades, with the evasion undone."""
        view = plain(text)
        yield view
        undone = decoded(view, self._sounds.read)
        if undone is not None:
            yield undone

    def _scan(
        self, field: str, view: View, sentences: Sequence[Sentence], active: Plan, case: Case
    ) -> Iterator[Hit]:
        encoded: dict[int, bytes] = {}
        for loaded, pattern, sentence in active.tried(sentences, field.split(".")[0]):
            words = encoded.get(sentence.start)
            if words is None:
                words = encoded[sentence.start] = sentence.text.encode()
            if pattern.regex.search(words) is not None:  # seldom, so the rest need not be quick
                for candidate in matches(pattern, sentence, words, field):
                    yield placed(loaded, candidate, view, case)

    def _claims(
        self, field: str, view: View, sentences: Sequence[Sentence], active: Plan, case: Case
    ) -> Iterator[Hit]:
        for claim in case.claims_of(field):
            for loaded, test in active.claims_of(claim.kind, claim.status):
                if not test.carrier or claimed(test, (claim,), case):
                    candidate = around(claim, view, sentences, field)
                    if candidate:
                        yield Hit(loaded, candidate, claim.start, claim.end, claim.carrier_text)

    def _repeats(self, field: str, view: View, active: Plan) -> Iterator[Hit]:
        for loaded in active.repeats:
            if loaded.fields and field.split(".")[0] not in loaded.fields:
                continue
            whole = Sentence(view.text, 0)
            for start, end in fixing.repeated(view.text, loaded.rule.times):
                yield Hit(loaded, Candidate(whole, start, end, field), *view.span(start, end))

    def _alike(
        self,
        field: str,
        view: View,
        sentences: Sequence[Sentence],
        active: Plan,
        spoken: Collection[tuple[int, int]],
    ) -> Iterator[Hit]:
        """What the sentences read like of which no rule said anything, not even a clearance, and
        that no paper was held against."""
        spans = [view.span(sentence.start, sentence.end) for sentence in sentences]
        silent = [
            sentence
            for sentence, (start, end) in zip(sentences, spans, strict=True)
            if not any(first < end and last > start for first, last in spoken)
        ]
        for number, like in likeness.of([each.text for each in silent], active.topics):
            sentence = silent[number]
            at = sentence.start
            place = Candidate(sentence, like.start, like.end, field)
            loaded = active.alike(like.topic, self.shelf.topics[like.topic])
            yield Hit(loaded, place, *view.span(at + like.start, at + like.end))

    # --- judgement ---

    def _judge(self, hit: Hit, text: str, case: Case, fixes: bool) -> Iterator[Finding]:
        """A finding for each market of the rule; cleared when one of its conditions holds.

        `fixes`: with the rule's own rewrite.
        """
        loaded = hit.loaded
        if not all(holds(c, hit.candidate, case) for c in loaded.when):
            return
        cleared = next((c for c in loaded.clear if holds(c, hit.candidate, case)), None)
        wanted = case.context.markets or loaded.markets
        because = None if cleared is None else cleared.because
        fix = None
        if fixes and cleared is None:
            fix = fixing.fix_of(loaded, hit.candidate, text, hit, self.shelf)
        for market in (m for m in loaded.markets if m in wanted):
            yield self._finding(hit, text, market, because, fix, case)

    def _finding(
        self,
        hit: Hit,
        text: str,
        market: str,
        because: dict[str, str] | None,
        fix: fixing.Fix | None,
        case: Case,
    ) -> Finding:
        rule = hit.loaded.rule
        severity, basis = self._gravity(hit.loaded, market)
        match = text[hit.start : hit.end]
        language = case.context.language
        reason = ""
        if because is not None:
            reason = because.get(language) or " / ".join(because.values()) or "cleared"
        return Finding(
            id=rule.taxonomy,
            rule=rule.id,
            severity=severity,
            field=hit.candidate.field,
            start=hit.start,
            end=hit.end,
            match=match,
            message=_filled(rule.message, match, hit.fact),
            basis=basis,
            suggestion=fix.text if fix else "",
            edit=fix.edit if fix else None,
            advice=_filled(rule.advice, match, hit.fact),
            market=market,
            cleared=reason,
        )

    def _gravity(self, loaded: Loaded, market: str) -> tuple[Severity, tuple[Basis, ...]]:
        known = self._graven.get((loaded, market))
        if known is None:
            known = self.severity(loaded, market), self.basis(loaded, market)
            self._graven[loaded, market] = known
        return known

    def severity(self, loaded: Loaded, market: str) -> Severity:
        """The rule's own severity for the market, else the taxonomy's."""
        own = loaded.rule.severity
        if isinstance(own, dict):
            own = own.get(market)
        topic = self.shelf.topics[loaded.rule.taxonomy]
        return own or topic.severity.get(market) or Severity.MEDIUM

    def basis(self, loaded: Loaded, market: str) -> tuple[Basis, ...]:
        """The articles of the rule for the market."""
        laws = self.shelf.laws
        names = [n for n in loaded.basis.get(market, ()) if n in laws]
        return tuple(Basis(**laws[n].model_dump()) for n in names)


def _in_force(loaded: Loaded, on: date) -> bool:
    since, until = loaded.rule.since, loaded.rule.until
    return (since is None or since <= on) and (until is None or on <= until)


def _applies(loaded: Loaded, case: Case) -> bool:
    """Whether the rule holds for this market, day, platform and category."""
    context = case.context
    return (
        _in_force(loaded, case.on)
        and (not context.markets or bool(set(loaded.markets) & set(context.markets)))
        and (not loaded.platforms or context.platform in loaded.platforms)
        and (not loaded.categories or case.category in loaded.categories)
        and case.category not in loaded.not_categories
    )


def _filled(texts: Mapping[str, str], match: str, fact: str) -> dict[str, str]:
    return {
        language: text.replace("{match}", match).replace("{fact}", fact)
        for language, text in texts.items()
    }
