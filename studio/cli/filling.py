"""`studio fill`: approved texts into a sheet that the merchant brings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli import app, show


@app.command()
def fill(
    context: typer.Context,
    template: Annotated[Path, typer.Argument(help="XLSX, XLSM, CSV or TSV with its own header.")],
    channel: Annotated[str, typer.Option(help="Channel whose approved texts go in.")],
    out: Annotated[
        Path | None, typer.Option(help="The new file; <name>.filled.<end> by default.")
    ] = None,
    locale: Annotated[
        str, typer.Option(help="Language, where texts in several are approved.")
    ] = "",
    add: Annotated[
        bool, typer.Option("--add", help="Add a row for each SKU that has none.")
    ] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Fill a marketplace's template or a shop's own sheet; all else in it stays as it is."""
    show.for_programs(json)
    target = out or template.with_name(f"{template.stem}.filled{template.suffix}")
    made = show.studio_of(context).fill_sheet(
        channel, template, target, show.me(), locale=locale, add=add
    )
    columns = ", ".join(f"{header} = {field}" for header, field in made.columns.items())
    show.say(
        f"{made.cells} cells in {made.rows} rows, {made.added} new rows: {target}\n  {columns}",
        f"已填 {made.rows} 行共 {made.cells} 格，新增 {made.added} 行：{target}\n  {columns}",
    )
    if made.pictured:
        show.say(
            f"{made.pictured} descriptions stay as they are, for their pictures",
            f"{made.pictured} 个描述含有图片，保持原样",
        )
    if made.risky:
        show.say(
            f"{made.risky} texts begin like a formula and are exact: do not open the file in a "
            "spreadsheet",
            f"{made.risky} 处文字开头像公式，内容保持原样，请勿用表格软件打开该文件",
        )
    if made.missing:
        shown, more = ", ".join(made.missing[:10]), "…" if len(made.missing) > 10 else ""
        show.say(
            f"not in the sheet (add them with --add): {shown}{more}",
            f"表中没有这些商家编码（可用 --add 添加）：{shown}{more}",
        )
    if json:
        show.as_json(made.model_dump(mode="json"))
