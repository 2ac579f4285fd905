"""Making listings while somebody watches: words as they come, how far it is, and a stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from typing import TypeVar

from studio.errors import StudioError
from studio.kit import Step, Task
from studio.service import Made
from studio.ui import editor
from studio.ui.desk import Ask

T = TypeVar("T")
BEAT = 0.25  # seconds between two looks at the words
TAIL = 400  # letters of the newest words that are shown


@dataclass
class Progress:
    """How far it is."""

    at: int = 1
    step: str = ""
    words: str = ""
    begun: float = field(default_factory=time.monotonic)
    report: Made | None = None
    error: Exception | None = None


class Runs:
    """What is being made now, by who started it, so that they can stop it from any page."""

    def __init__(self) -> None:
        self._flags: dict[str, Flag] = {}

    def stop(self, ask: Ask) -> None:
        """What is finished stays; the item in hand is dropped."""
        if flag := self._flags.get(ask.actor.name):
            flag.set()

    def stream(
        self, ask: Ask, what: str, work: Callable[[Step, Flag], T]
    ) -> Iterator[tuple[str, T | None]]:
        """One piece of work in a thread: (the bar, None) while it lasts, ("", its result) at the
        end. Raises what the work raises."""
        flag = self._flags[ask.actor.name] = Flag()
        news: SimpleQueue[tuple[str, str]] = SimpleQueue()
        state = Progress()
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(work, lambda step, text: news.put((step, text)), flag)
            try:
                while not done.done():
                    yield bar(ask, [what], state), None
                    wait([done], BEAT)
                    _read(news, state)
            finally:
                flag.set()  # nobody looks any more
        yield "", done.result()

    def make(self, ask: Ask, tasks: Sequence[Task], *, replace: bool = False) -> Iterator[str]:
        """Make the tasks in a thread; the bar as HTML while it works, the report at the end."""
        flag = self._flags[ask.actor.name] = Flag()
        news: SimpleQueue[tuple[str, str]] = SimpleQueue()
        state = Progress()

        def work() -> None:
            try:
                state.report = ask.studio.generate(
                    tasks,
                    ask.actor,
                    on_item=lambda listing, reason: news.put(("item", reason)),
                    on_step=lambda step, text: news.put((step, text)),
                    cancel=flag,
                    replace=replace,
                )
            except Exception as error:  # it is raised again where the page waits for it
                state.error = error

        thread = Thread(target=work, daemon=True)
        thread.start()
        names = [task.product.title for task in tasks]
        while thread.is_alive():
            yield bar(ask, names, state)
            thread.join(BEAT)
            _read(news, state)
        if state.error is not None and not isinstance(state.error, StudioError):
            raise state.error
        yield done(ask, state, stopped=flag.is_set())


def _read(news: SimpleQueue[tuple[str, str]], state: Progress) -> None:
    while True:
        try:
            step, text = news.get_nowait()
        except Empty:
            return
        if step == "item":
            state.at, state.step, state.words = state.at + 1, "", ""
        else:
            before = "" if step == "pictures" else state.words  # pictures come one after another
            state.step, state.words = step, (before + text)[-TAIL:]


def bar(ask: Ask, names: Sequence[str], state: Progress) -> str:
    """The bar at the foot of the page while it works; `names` of what is made."""
    at = min(state.at, len(names))
    left = 0.0
    if at > 1:
        left = (time.monotonic() - state.begun) / (at - 1) * (len(names) - at + 1)
    words = state.words
    if state.step == "pictures":
        name, _, how_far = words.partition(" ")
        words = f"{editor.slot(ask.language, name)} {how_far}".rstrip()
    return ask.part(
        "progress",
        at=at,
        n=len(names),
        what=names[at - 1],
        step=state.step,
        words=words,
        left=round(left),
    )


def done(ask: Ask, state: Progress, *, stopped: bool, fresh: int = 0) -> str:
    """What came of it."""
    return ask.part(
        "made",
        report=state.report or Made(),
        problem=str(state.error) if state.error else "",
        stopped=stopped,
        fresh=fresh,
    )
