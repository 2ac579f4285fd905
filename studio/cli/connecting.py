"""`studio send`: an export to a shop, a bucket or a folder."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.connectors import Item

# state -> how it is told: English, Chinese
_STATES = {
    "same": ("has it already", "已一致"),
    "change": ("would change", "将改动"),
    "absent": ("not there", "店铺里没有"),
    "theirs": ("left as they changed it", "店铺已自行修改，保留"),
    "refused": ("not sent", "不发送"),
    "sent": ("written", "已写入"),
    "failed": ("failed", "失败"),
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
    en = ", ".join(f"{n} {_STATES[state][0]}" for state, n in counts.items())
    zh = "，".join(f"{_STATES[state][1]} {n} 个" for state, n in counts.items())
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
    from studio.service import Change

    why = item.problem.get(show.language(), "")
    show.say(
        f"{item.name}: {_STATES[item.state][0]}" + (f": {why}" if why else ""),
        f"{item.name}：{_STATES[item.state][1]}" + (f"：{why}" if why else ""),
    )
    if item.state not in ("change", "theirs"):
        return
    for change in item.changes:
        if item.revision:
            show.diff(Change(field=change.field, before=change.before, after=change.after))
        if change.edited:
            show.say(
                f"  {change.field} was changed in the shop since: kept, unless --overwrite",
                f"  {change.field} 在店铺里被改过：保留店铺的内容，除非加 --overwrite",
            )
