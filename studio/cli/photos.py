"""`studio photos`: hints on the merchant's own photos."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli import app, show


@app.command()
def photos(
    context: typer.Context,
    ids: Annotated[
        list[str] | None, typer.Argument(help="Products; all when none is named.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON line for each finding.")] = False,
) -> None:
    """Look for codes, contacts, borders, watermarks and near-duplicates in the stored photos."""
    from studio.service import photo_check

    show.for_programs(json)
    studio, count, seen = show.studio_of(context), 0, 0
    with show.bar("photos", len(ids or ()) or studio.store.count_products()) as bar:

        def step(product: str) -> None:
            nonlocal seen
            seen += 1
            bar.step(product)

        for product, finding in photo_check.check(studio, show.me(), ids or None, step):
            count += 1
            if json:
                show.as_json({"product": product, **finding.model_dump(mode="json")})
            else:
                print(f"{product}  {show.finding_line(finding)}", flush=True)
    show.say(f"{seen} products, {count} hints.", f"已查看 {seen} 个商品，{count} 条提示。")
