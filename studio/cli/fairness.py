"""`studio fairness`: how groups of people are described over the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.compliance.fairness import Panel


@app.command()
def fairness(
    context: typer.Context,
    channel: Annotated[str, typer.Option(help="Only listings of this channel.")] = "",
    search: Annotated[str, typer.Option(help="Only products with these words.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON line for programs.")] = False,
) -> None:
    """Count which groups of people the catalog mentions, and with which words."""
    show.for_programs(json)
    panel = show.studio_of(context).fairness(show.me(), channel=channel, search=search)
    if json:
        show.as_json(panel.model_dump(mode="json"))
        return
    _tables(panel)
    show.say(
        "* differs from the whole of its axis by more than chance would. Words were counted, not "
        "meanings; pictures were not looked at; few sentences prove nothing.",
        "* 与同类整体的差异超出偶然。只统计词语，不判断含义；"
        "未分析图片本身；句子太少时不说明问题。",
    )


def _tables(panel: Panel) -> None:
    language = show.language()
    rows = [
        (
            g.name[language],
            g.listings,
            f"{g.share:.1%}",
            g.sentences,
            " ".join(f"{place} {n}" for place, n in g.places.items()),
        )
        for g in panel.groups
    ]
    title = show.word(f"groups in {panel.listings} products", f"{panel.listings} 个商品中的人群")
    heads = show.word(
        "group|products|share|sentences|where", "人群|商品数|占比|句数|出现位置"
    ).split("|")
    show.table(title, heads, rows)
    themes = [
        (
            g.name[language],
            t.name[language] + (" *" if t.notable else ""),
            t.sentences,
            f"{t.share:.0%}",
            f"{t.whole:.0%}",
            " ".join(f"{w} {n}" for w, n in t.words),
        )
        for g in panel.groups
        for t in g.themes
    ]
    title = show.word("how they are described", "如何描述")
    heads = show.word(
        "group|theme|sentences|share|whole|words", "人群|主题|句数|占比|整体|词语"
    ).split("|")
    show.table(title, heads, themes)
