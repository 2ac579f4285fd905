"""Making listings with a progress bar, for `studio generate` and the demo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from studio.cli import show


def make(
    studio: Any, channels: Sequence[str], ids: Sequence[str] | None, force: bool, **wishes: Any
) -> dict[str, list[Any]]:
    """Plan and make with a progress bar; the report as plain values.

    A product's channels come one after the other, because they share its cut-out.
    """
    planned = [
        studio.plan(show.me(), channel=name, ids=ids or None, force=force, **wishes)
        for name in channels
    ]
    tasks = sorted((t for todo, _ in planned for t in todo), key=lambda task: task.product.id)
    with show.bar("studio", len(tasks)) as bar:
        made = studio.generate(
            tasks,
            show.me(),
            on_item=lambda listing, reason: bar.step(f"{listing} {reason}".strip()),
            on_step=lambda step, text: bar.note(step),
            replace=force,
        )
    return {
        "made": list(made.made),
        "fresh": [name for _, fresh in planned for name in fresh],
        "failed": [f.model_dump() for f in made.failed],
    }
