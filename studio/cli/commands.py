"""import, generate, export, verify, forecast, doctor, serve, demo."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Annotated

import typer

from studio.cli import app, doctoring, show, voices
from studio.cli.making import Engine, make

Json = Annotated[bool, typer.Option("--json", help="One JSON line for programs.")]


@app.command("import")
def import_(
    context: typer.Context,
    files: Annotated[
        list[str], typer.Argument(help="Catalog files or folders, also s3://bucket/file.")
    ],
    images: Annotated[
        Path | None, typer.Option(help="Folder in which pictures are looked up by file name.")
    ] = None,
    headers: Annotated[
        list[Path] | None, typer.Option(help="Your own header names (YAML), searched first.")
    ] = None,
    locale: Annotated[str, typer.Option(help="Language of the texts, e.g. en-US.")] = "",
    currency: Annotated[str, typer.Option(help="Currency of bare prices, e.g. CNY.")] = "",
    json: Json = False,
) -> None:
    """Read catalogs: CSV, TSV, XLSX, JSON, JSONL, Google Merchant XML, and shop exports."""
    show.for_programs(json)
    studio = show.studio_of(context)
    with TemporaryDirectory(prefix="studio-import-") as own:
        report = studio.import_catalog(
            [
                studio.download(file, Path(mkdtemp(dir=own)), show.me())
                if file.startswith("s3://")
                else Path(file)
                for file in files
            ],
            show.me(),
            images=images,
            headers=headers or (),
            locale=locale,
            currency=currency,
            language=show.language(),
        )
    for issue in report.issues:
        place = f"{issue.file}:{issue.line}" + (f" [{issue.column}]" if issue.column else "")
        value = f" {issue.value!r}" if issue.value else ""
        remedy = f" {issue.remedy}" if issue.remedy else ""
        print(f"{issue.level}: {place}:{value} {issue.message}.{remedy}", file=sys.stderr)
    counts = {
        "rows": report.rows,
        "products": report.products,
        "variants": report.variants,
        "issues": len(report.issues) + report.more_issues,
    }
    balance = ", ".join(f"{name} {n}" for name, n in report.balance.items() if n)
    show.say(
        f"{report.rows} rows: {balance}. {report.products} products ({report.new} new, "
        f"{report.changed} changed, {report.same} unchanged), {report.variants} variants, "
        f"{counts['issues']} issues.",
        f"共 {report.rows} 行：{balance}。商品 {report.products} 个（新增 {report.new}，"
        f"变更 {report.changed}，未变 {report.same}），规格 {report.variants} 个，"
        f"问题 {counts['issues']} 条。",
    )
    if json:
        show.as_json(counts)


@app.command()
def generate(
    context: typer.Context,
    channel: Annotated[list[str], typer.Option(help="Channel; may be given more than once.")],
    ids: Annotated[
        list[str] | None, typer.Argument(help="Products; all when none is named.")
    ] = None,
    locale: Annotated[
        str, typer.Option(help="Language; without it what the channel's customers read.")
    ] = "",
    engine: Engine = None,
    style: Annotated[str, typer.Option(help="Style of the copy.")] = "plain",
    hint: Annotated[str, typer.Option(help="A wish: 'shorter', 'mention the lid'.")] = "",
    audience: Annotated[str, typer.Option(help="Who reads it: 'new parents'.")] = "",
    voice: Annotated[str, typer.Option(help="How your shop writes: see studio voice.")] = "",
    field: Annotated[
        list[str] | None, typer.Option(help="A further text: social, qa, video_script ...")
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Make the pictures too.")] = True,
    force: Annotated[bool, typer.Option(help="Make again what is up to date.")] = False,
    json: Json = False,
) -> None:
    """Write the copy, make the pictures and check both; what is up to date is not made again."""
    show.for_programs(json)
    studio = show.studio_of(context, copy_engine=engine)
    wishes = {"locale": locale, "style": style, "hint": hint, "pictures": pictures}
    wishes |= {"audience": audience, "fields": tuple(field or ())}
    wishes |= {"voice": voices.named(context, voice)} if voice else {}
    total = make(studio, channel, ids, force, **wishes)
    show.say(
        f"{len(total['made'])} made, {len(total['fresh'])} up to date, "
        f"{len(total['failed'])} failed. Review them: studio review, or studio serve",
        f"生成 {len(total['made'])} 个，已是最新 {len(total['fresh'])} 个，"
        f"失败 {len(total['failed'])} 个。接着审核：studio review 或 studio serve",
    )
    if json:
        show.as_json(total)
    if total["failed"]:
        raise typer.Exit(1)


@app.command()
def export(
    context: typer.Context,
    channel: Annotated[list[str], typer.Option(help="Channel; may be given more than once.")],
    out: Annotated[Path, typer.Option(help="Folder; each channel has its own in it.")] = Path(
        "out"
    ),
    base_url: Annotated[str, typer.Option(help="Address under which you host the pictures.")] = "",
    json: Json = False,
) -> None:
    """Write exactly what was approved, with its pictures and a manifest."""
    show.for_programs(json)
    studio = show.studio_of(context)
    reports = [studio.export(c, out / c, show.me(), base_url=base_url) for c in channel]
    for report in reports:
        n, where = report.count, report.folder
        show.say(
            f"{n} listings, {report.files} files in {where}. Prove it later: studio verify {where}",
            f"已导出 {n} 个商品、{report.files} 个文件到 {where}。"
            f"日后可验证：studio verify {where}",
        )
        for note in report.notes:
            show.say(
                f"  {note.count}: {note.message['en']}", f"  {note.count} 处：{note.message['zh']}"
            )
        if some := report.changed:
            named = ", ".join(some[:3]) + (" …" if len(some) > 3 else "")
            show.say(
                f"  {len(some)} were changed while this was written, and went out as they were "
                f"approved before: {named}",
                f"  {len(some)} 个在导出期间被改动，导出的是改动前已批准的内容：{named}",
            )
    if json:
        show.as_json([report.model_dump(mode="json") for report in reports])


@app.command()
def verify(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="An export folder.")] = None,
    anchor: Annotated[
        list[str] | None, typer.Option(help="NUMBER:HASH of a report that was kept elsewhere.")
    ] = None,
    key: Annotated[str, typer.Option(help="The fingerprint in that report.")] = "",
    json: Json = False,
) -> None:
    """Walk the record, its anchors, and an export folder against its manifest and the record."""
    show.for_programs(json)
    studio = show.studio_of(context)
    problems = studio.verify(show.me(), folder, printed=anchor or (), key=key)
    for problem in problems:
        print(problem, file=sys.stderr)
    if json:
        show.as_json({"problems": problems})
    if problems:
        raise typer.Exit(1)
    show.say(
        "The record is whole and the files are what was approved.", "记录完整，文件与批准内容一致。"
    )


@app.command()
def forecast(
    context: typer.Context,
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day, 2027-03-16.")],
    json: Json = False,
) -> None:
    """Which stored listings will break a rule on a coming day, and the fix."""
    show.for_programs(json)
    found = list(show.studio_of(context).forecast(on.date(), show.me()))
    for listing, findings in found:
        for finding in findings:
            if json:
                row = {"listing": listing.id, **finding.model_dump(mode="json")}
                show.as_json(row)
            else:
                print(f"{listing.id}  {show.finding_line(finding)}")
    show.say(
        f"{len(found)} listings will break a rule on {on.date()}.",
        f"到 {on.date()} 将有 {len(found)} 个商品违反规则。",
    )


@app.command()
def doctor(
    context: typer.Context,
    scene: Annotated[bool, typer.Option("--scene", help="Make one scene and time it.")] = False,
    copy: Annotated[
        bool, typer.Option("--copy", help="Measure how far the language model may be trusted.")
    ] = False,
    json: Json = False,
) -> None:
    """What is set, which engines are ready, and how to make the others so."""
    show.for_programs(json)
    if copy:
        from studio.cli import trust

        trust.tell(show.studio_of(context), json)
        return
    if scene:
        doctoring.scene(show.studio_of(context), json)
        return
    report = show.studio_of(context).doctor(show.me())
    if json:
        show.as_json(report)
        return
    show.table("settings", ("name", "value"), list(report["settings"].items()))
    rows = [(e["kind"], e["name"], e["ready"] or "ready") for e in report["engines"]]
    show.table("engines", ("kind", "name", "state"), rows)
    show.table("health", ("what", "state"), list(report["health"].items()))


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port.")] = 7860,
    open: Annotated[
        bool, typer.Option("--open", help="One person, no sign-in; loopback only.")
    ] = False,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate with its chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    proxy: Annotated[str, typer.Option(help="Address of a TLS proxy in front: 127.0.0.1.")] = "",
) -> None:
    """Open the studio in the browser."""
    from studio import serve as server

    tls = (tls_cert or Path(), tls_key or Path()) if tls_cert or tls_key else None
    server.run(show.studio_of(context), host=host, port=port, open_=open, tls=tls, proxy=proxy)


@app.command()
def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Where the export goes.")] = Path("out"),
    engine: Engine = None,
) -> None:
    """The whole way on the sample catalog: import, write, picture, check, approve, export."""
    from studio.cli import demo as tour

    tour.run(show.studio_of(context, copy_engine=engine), out)


@app.command()
def version() -> None:
    """The version of Studio."""
    from studio import __version__

    print(json.dumps({"studio": __version__}))
