"""`studio send`: an export to a shop, a bucket or a folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.connectors import Item

# state -> how many there are, in English and Chinese
_STATES = {
    "same": ("{} unchanged", "未变 {} 个"),
    "change": ("{} to change", "将改动 {} 个"),
    "absent": ("{} not in the shop", "店铺里没有 {} 个"),
    "theirs": ("{} kept as the shop has them", "保留店铺的改动 {} 个"),
    "refused": ("{} not sent", "不发送 {} 个"),
    "sent": ("{} written", "已写入 {} 个"),
    "failed": ("{} failed", "失败 {} 个"),
}


@app.command()
def send(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="An export folder.")],
    to: Annotated[str, typer.Option(help="shopify, woocommerce, s3://bucket/folder, or a folder.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Write it; without this nothing is, only shown.")
    ] = False,
    locale: Annotated[str, typer.Option(help="The language that a shop gets.")] = "",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also what was changed in the shop since.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="A JSON line for each product.")] = False,
) -> None:
    """Send what was approved to a shop, a bucket or a folder: first shown, with --yes written."""
    show.for_programs(json)
    studio, counts = show.studio_of(context), Counter[str]()
    for item in studio.send(folder, to, show.me(), write=yes, locale=locale, overwrite=overwrite):
        counts[item.state] += 1
        if json:
            show.as_json(item.model_dump(mode="json"))
        elif item.state != "same":
            _tell(item)
    en, zh = (
        mark.join(
            words[n].format(counts[state]) for state, words in _STATES.items() if counts[state]
        )
        for n, mark in enumerate((", ", "，"))
    )
    if yes:
        show.say(f"{en}.", f"{zh}。")
    else:
        show.say(
            f"{en}. Nothing was written; to write it: --yes",
            f"{zh}。未写入任何内容；确认后加 --yes 写入",
        )
    if counts["failed"]:
        raise typer.Exit(1)


def _tell(item: Item) -> None:
    from studio.connectors import field_name
    from studio.service import Change

    language = show.language()
    gone = not item.revision and bool(item.changes) and not item.changes[0].after
    words = {
        "change": show.word("to be removed", "将移除") if gone else "",
        "failed": show.word("failed", "失败"),
        "sent": show.word("written", "已写入"),
    }
    colon = show.word(": ", "：")
    told = [item.name, words.get(item.state, ""), item.problem.get(language, "")]
    print(colon.join(filter(None, told)))
    if item.state in ("change", "theirs") and item.revision:
        for change in item.changes:
            name = field_name(change.field, language)
            if change.edited:
                name += show.word(" (changed in the shop since, kept)", "（店铺里有改动，保留）")
            show.diff(Change(field=name, before=change.before, after=change.after))
