"""Making listings with a progress bar, for `studio generate` and the demo; `studio translate`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from studio.cli import app, show

Engine = Annotated[
    str | None, typer.Option(help="auto, template, transformers, openvino or openai.")
]


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
            on_step=lambda step, text: bar.note(f"{step} {text}" if step == "pictures" else step),
            replace=force,
        )
    return {
        "made": list(made.made),
        "fresh": [name for _, fresh in planned for name in fresh],
        "failed": [f.model_dump() for f in made.failed],
    }


@app.command()
def translate(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(help="Listings, e.g. B2/shopify/en-US.")],
    to: Annotated[str, typer.Option(help="The locale to translate into, e.g. zh-CN.")],
    engine: Engine = None,
    convert: Annotated[bool, typer.Option(help="Units may be converted.")] = False,
    pictures: Annotated[bool, typer.Option(help="Make the pictures too.")] = True,
    force: Annotated[bool, typer.Option(help="Replace what a person wrote there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON line for each listing.")] = False,
) -> None:
    """Bring listings into another language; numbers, units, sizes and names are proved kept.

    What a translation lost is written from the facts of that language instead, and named.
    """
    show.for_programs(json)
    studio = show.studio_of(context, copy_engine=engine)
    for id in ids:
        done = studio.translate(
            id, to, show.me(), convert=convert, pictures=pictures, replace=force
        )
        if json:
            show.as_json(done.model_dump(mode="json"))
            continue
        print(f"{done.listing.id}  {done.listing.text.made[0].note}")
