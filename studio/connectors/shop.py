"""What all shops have in common: texts are compared, shown, written and read back.

Written is only what differs, right after the shop was asked once more whether it still has what
was planned on. When no answer comes, the shop is asked what it has before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

from studio.connectors.base import Change, Item, Known, about, digest, of_error, problem
from studio.connectors.export import Export, Goods, Sheet
from studio.connectors.line import Line
from studio.connectors.objects import batches
from studio.errors import EngineError
from studio.schema import Noun

PATIENCE = 5  # products in a row that fail by the line: then the rest is not tried


class Found(Noun):
    """A product in the shop: its id and its texts."""

    id: str
    texts: dict[str, str]


T = TypeVar("T")
Problem = dict[str, str]
Texts = dict[str, str]


class Speech(Protocol):
    """How one kind of shop is spoken to. Whatever fails raises SetupError or EngineError."""

    sheet: Sheet
    line: Line
    reads: int  # products that are asked for together
    writes: int  # products that are written together

    def look(self, goods: Sequence[Goods]) -> list[Found | Problem | None]:
        """The shop's products for these; None for what it has not, a problem for what is not
        sure."""
        ...

    def again(self, ids: Sequence[str]) -> dict[str, Found]:
        """Products by id, as they are now."""
        ...

    def write(self, new: Sequence[tuple[Found, Texts]]) -> dict[str, Found | Problem]:
        """Sets texts of products, which are given as they are now; tried once. What came of each,
        by id."""
        ...


class Shop:
    """The connector for shops, in one language of the export."""

    def __init__(self, speech: Speech, locale: str) -> None:
        self.speech, self.locale = speech, locale
        self._broken = 0

    @property
    def place(self) -> str:
        return self.speech.line.place

    def close(self) -> None:
        self.speech.line.close()

    def plan(self, export: Export, known: Known) -> Iterator[tuple[Item, ...]]:
        """Each product of the export against the shop."""
        goods = export.goods(self.speech.sheet, self.locale)
        for batch in batches(goods, self.speech.reads):
            last = known([one.listing for one in batch])
            found = self._heard(partial(self.speech.look, batch))
            yield tuple(
                _compared(one, there, last.get(one.listing, {}))
                for one, there in zip(batch, found, strict=True)
            )

    def send(self, items: Sequence[Item]) -> Iterator[Item]:
        """See Connector; the order may differ where some are written together."""
        yield from (item for item in items if item.state != "change")
        for group in batches((i for i in items if i.state == "change"), self.speech.writes):
            yield from self._sent(group)

    def _sent(self, group: Sequence[Item]) -> Iterator[Item]:
        try:
            now = self._again(group)
        except EngineError as error:
            yield from self._given_up(group, error, of_error(error))
            return
        waiting: list[Item] = []
        for item in group:
            if trouble := _moved(item, now.get(item.there)):
                yield item.failed(trouble)
            else:
                waiting.append(item)
        yield from self._written(waiting, now)

    def _written(self, waiting: list[Item], now: dict[str, Found]) -> Iterator[Item]:
        """Until each is written, refused, or given up by the one rule."""
        tries = 0
        while waiting:
            try:
                answer = self._write([(now[i.there], _texts(i)) for i in waiting])
                self._broken = 0
                yield from (_ended(item, answer.get(item.there)) for item in waiting)
                return
            except EngineError as error:
                tries += 1
                wait = self.speech.line.again(error, tries)
                try:
                    if error.retryable:  # perhaps only the answer was lost
                        now = self._again(waiting)
                        done = [i for i in waiting if _is_there(i, now.get(i.there))]
                        yield from (_ended(i, now.get(i.there)) for i in done)
                        waiting = [i for i in waiting if i not in done]
                except EngineError as worse:
                    trouble = problem("unsettled", cause=worse.message)
                    yield from self._given_up(waiting, worse, trouble)
                    return
                if wait is None and len(waiting) > 1:  # one of them may be what it stumbles over
                    for item in waiting:
                        yield from self._written([item], now)
                    return
                if wait is None:
                    yield from self._given_up(waiting, error, of_error(error))
                    return
                if waiting:
                    self.speech.line.sleep(wait)

    def _again(self, items: Sequence[Item]) -> dict[str, Found]:
        return self._heard(partial(self.speech.again, [item.there for item in items]))

    def _write(self, new: Sequence[tuple[Found, Texts]]) -> dict[str, Found | Problem]:
        return self._heard(partial(self.speech.write, new))

    def _heard(self, asked: Callable[[], T]) -> T:
        """An answer. Raises EngineError for one that has not the parts that it should have."""
        try:
            return asked()
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise EngineError(
                f"{self.place} answered in another form than its API has",
                hint="is this the shop's own address, and its API switched on?",
            ) from error

    def _given_up(
        self, items: Sequence[Item], error: EngineError, trouble: Problem
    ) -> Iterator[Item]:
        """These failed; when it goes on like this, so would all others."""
        yield from (item.failed(trouble) for item in items)
        self._broken += bool(items)
        if self._broken >= PATIENCE:
            raise error


def _compared(
    goods: Goods, there: Found | Problem | None, last: Mapping[str, tuple[str, str]]
) -> Item:
    item = Item(key=goods.listing, name=goods.name, revision=goods.revision, state="absent")
    if there is None:
        return item.model_copy(update={"problem": problem("absent", name=goods.name)})
    if not isinstance(there, Found):
        return item.model_copy(update={"state": "refused", "problem": there})
    changes = []
    for field, ours in goods.texts.items():
        theirs = there.texts.get(field, "")
        sent, kept = last.get(field, ("", ""))
        as_kept = digest(theirs) == kept
        if theirs != ours and not (as_kept and digest(ours) == sent):
            edited = bool(kept) and not as_kept
            changes.append(Change(field=field, before=theirs, after=ours, edited=edited))
    return item.model_copy(
        update={
            "there": there.id,
            "state": "change" if changes else "same",
            "changes": tuple(changes),
        }
    )


def _texts(item: Item) -> Texts:
    return {change.field: change.after for change in item.changes}


def _moved(item: Item, now: Found | None) -> Problem:
    """Why a plan does not hold any more, or nothing."""
    if now is None:
        return problem("gone")
    moved = [
        change.field
        for change in item.changes
        if now.texts.get(change.field, "") not in (change.before, change.after)
    ]
    return about("moved", moved) if moved else {}


def _is_there(item: Item, now: Found | None) -> bool:
    """Whether there is nothing more to write: a text is no longer what it was right before (the
    shop may keep it in its own way, so that it need not be ours to the letter), or all is gone."""
    return now is None or any(now.texts.get(c.field, "") != c.before for c in item.changes)


def _ended(item: Item, answer: Found | Problem | None) -> Item:
    if not isinstance(answer, Found):
        return item.failed(answer or problem("gone"))
    texts = _texts(item)
    kept = {f: (digest(t), digest(answer.texts.get(f, ""))) for f, t in texts.items()}
    other = [field for field, (sent, there) in kept.items() if sent != there]
    note = about("kept", other) if other else {}
    return item.model_copy(update={"state": "sent", "kept": kept, "problem": note})
