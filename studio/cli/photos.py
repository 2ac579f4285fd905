"""`studio photos`: hints on the merchant's own photos. `studio shoot`: pictures of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.schema import Finding
    from studio.service.shooting import Batch, Shot


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


@app.command()
def shoot(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder of photos, searched with its folders.")],
    out: Annotated[Path, typer.Option(help="Folder for the pictures and the report.")],
    channel: Annotated[
        str,
        typer.Option(help="Channel whose pictures to make; white, scene and cut-out when empty."),
    ] = "",
    scene: Annotated[str, typer.Option(help="Set for all, e.g. kitchen_oak.")] = "",
    locale: Annotated[str, typer.Option(help="Language of alt texts.")] = "",
    workers: Annotated[int, typer.Option(help="Photos side by side; 0: one for each core.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON line for each photo.")] = False,
) -> None:
    """Make pictures of a folder of photos, without a catalog; run it again to go on."""
    from studio.service import shooting

    show.for_programs(json)
    studio = show.studio_of(context)
    with show.bar("shoot", sum(1 for _ in shooting.photos(folder, out))) as bar:

        def step(shot: Shot) -> None:
            bar.step(f"{shot.photo} {' '.join(shot.missing)}".strip())
            if json:
                show.as_json(shot.model_dump(mode="json"))

        batch = shooting.shoot(
            studio,
            show.me(),
            folder,
            out,
            channel=channel,
            look=scene,
            locale=locale or show.word("en", "zh"),
            workers=workers,
            on_photo=step,
        )
    lines = [line for shot in batch.shots for line in _lines(shot)]
    (out / "report.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    _told(batch, out)
    if batch.failed:
        raise typer.Exit(1)


def _lines(shot: Shot) -> list[str]:
    """A photo in the report for people: what was made, and each finding with its advice; what holds
    for several pictures alike is told once."""
    made = show.word(f"{len(shot.files)} pictures", f"{len(shot.files)} 张图片")
    lines = [f"{shot.photo}: {made}"]
    alike: dict[str, list[Finding]] = {}
    for finding in shot.findings:
        told = finding.model_dump_json(exclude={"id", "field", "severity"})
        alike.setdefault(told, []).append(finding)
    for same in alike.values():
        gravest = max(same, key=lambda one: one.severity.rank)
        finding = gravest.model_copy(update={"field": ", ".join(one.field for one in same)})
        advice = finding.advice.get(show.language(), "")
        lines.append(f"  {show.finding_line(finding)}" + (f" | {advice}" if advice else ""))
    return lines


def _told(batch: Batch, out: Path) -> None:
    made, all, failed = len(batch.shots) - batch.fresh, len(batch.shots), len(batch.failed)
    found = sum(len(shot.findings) for shot in batch.shots)
    show.say(
        f"{all} photos: {made} shot, {batch.fresh} up to date, {failed} without all pictures; "
        f"{found} findings. Report: {out / 'report.txt'}",
        f"共 {all} 张照片：本次处理 {made} 张，已是最新 {batch.fresh} 张，图片不全 {failed} 张；"
        f"提示 {found} 条。报告见 {out / 'report.txt'}",
    )
