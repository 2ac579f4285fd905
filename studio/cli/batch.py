"""`studio job`: batches over whole catalogs that go on where they stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.service import Studio
    from studio.service.planning import Estimate
    from studio.store import Job

job = typer.Typer(
    help="Batches over a catalog: start, watch, status, resume, retry, pause, cancel, rest.",
    rich_markup_mode=None,
)
app.add_typer(job, name="job", no_args_is_help=True)

_JOB = {
    "waiting": "等待中", "running": "进行中", "paused": "已暂停", "cancelled": "已取消",
    "done": "已完成", "failed": "已完成，部分失败",
}  # fmt: skip
_ITEM = {
    "pending": "待处理", "running": "处理中", "done": "完成", "skipped": "已是最新",
    "failed": "失败",
}  # fmt: skip

Id = Annotated[str, typer.Argument(help="A job, as `studio job status` names it.")]
Json = Annotated[bool, typer.Option("--json")]
Runner = Annotated[
    str, typer.Option(help="Who makes the items: local (this process) or ray (a cluster).")
]


@job.command()
def start(
    context: typer.Context,
    channel: Annotated[str, typer.Option(help="Channel.")],
    locale: Annotated[
        str, typer.Option(help="Language; without it what the channel's customers read.")
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.")] = None,
    sample: Annotated[
        int,
        typer.Option(min=0, help="Only so many, spread over the catalog; then: studio job rest."),
    ] = 0,
    search: Annotated[
        str, typer.Option("--filter", help="Only products with these words in id, title or brand.")
    ] = "",
    pictures: Annotated[bool, typer.Option(help="Make the pictures too.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done, and what it takes.")
    ] = False,
    runner: Runner = "local",
    json: Json = False,
) -> None:
    """Make every listing of a channel that is not up to date."""
    show.for_programs(json)
    studio = show.studio_of(context)
    wishes: dict[str, Any] = {"locale": locale, "pictures": pictures}
    wishes |= {"search": search} if search else {}
    if dry_run:
        most = min(limit or sample or 0, sample or limit or 0) or None
        _estimate(studio.estimate_job(show.me(), channel=channel, limit=most, **wishes), json)
        return
    made = studio.start_job(show.me(), channel=channel, limit=limit, sample=sample, **wishes)
    _work(context, made.id, json, runner)


def _estimate(found: Estimate, json: bool) -> None:
    """A dry run's answer."""
    show.say(
        f"{found.items} to make, {found.fresh} up to date",
        f"待生成 {found.items} 个，已是最新 {found.fresh} 个",
    )
    for why, count in found.why.items():
        named = ", ".join(found.which[why][:3]) + (" …" if count > 3 else "")
        show.say(f"  {count}: {why} ({named})", f"  {count} 个：{_zh(why)}（{named}）")
    show.say(
        f"up to {found.texts} texts, {found.pictures} pictures",
        f"最多 {found.texts} 段文字、{found.pictures} 张图片",
    )
    items, texts = found.measured
    if found.seconds is None:
        show.say("time: unknown, nothing was made on this channel yet",
                 "用时：未知，该渠道还没有生成过")  # fmt: skip
    else:
        minutes = f"{found.seconds / 60:,.1f}"
        show.say(f"about {minutes} minutes, as the last {items} took",
                 f"预计约 {minutes} 分钟（按最近 {items} 个的用时）")  # fmt: skip
    if found.tokens is not None:
        paid = "" if found.cost is None else f", {found.cost:,.2f}"
        show.say(f"about {found.tokens:,} tokens{paid}, as the last {texts} took",
                 f"预计约 {found.tokens:,} 个 token{paid.replace(', ', '，费用 ')}"
                 f"（按最近 {texts} 个的用量）")  # fmt: skip
    if json:
        show.as_json(found.model_dump(mode="json"))


def _zh(why: str) -> str:
    known = {"new": "新商品", "asked for": "要求重新生成"}
    if why.startswith("changed: "):
        return f"商品资料有变：{why.removeprefix('changed: ')}"
    return known.get(why, "要求、提示词、规则、模型或渠道规格有变")


@job.command()
def rest(context: typer.Context, id: Id, runner: Runner = "local", json: Json = False) -> None:
    """After a sample: everything else, with the same wishes."""
    show.for_programs(json)
    made = show.studio_of(context).job_rest(id, show.me())
    _work(context, made.id, json, runner)


@job.command()
def resume(context: typer.Context, id: Id, runner: Runner = "local", json: Json = False) -> None:
    """Go on with a job that was stopped, paused or killed."""
    show.for_programs(json)
    _work(context, id, json, runner)


@job.command()
def retry(context: typer.Context, id: Id, runner: Runner = "local", json: Json = False) -> None:
    """Try the failed items of a job again."""
    show.for_programs(json)
    show.studio_of(context).retry_job(id, show.me())
    _work(context, id, json, runner)


@job.command()
def watch(context: typer.Context, id: Id, json: Json = False) -> None:
    """Follow a job that another process works on, until it ends or stops."""
    show.for_programs(json)
    studio, told, last = show.studio_of(context), 0, None
    with show.bar(id, sum(studio.job(id, show.me()).counts.values())) as bar:
        for last in studio.watch_job(id, show.me()):
            ended = sum(last.counts.get(s, 0) for s in ("done", "skipped", "failed"))
            if ended > told:
                bar.step(last.state, ended - told)
            told = ended
    _tell(studio, [last] if last else [], json)


def _work(context: typer.Context, id: str, json: bool, runner: str) -> None:
    studio = show.studio_of(context)
    before = studio.job(id, show.me())
    left = sum(before.counts.get(s, 0) for s in ("pending", "running"))
    show.say(f"job {id}: {left} items", f"任务 {id}：{left} 项")
    with show.bar(id, left) as bar:
        done = studio.work_job(
            id,
            show.me(),
            on_item=lambda key, reason: bar.step(f"{key} {reason}".strip()),
            runner=runner,
        )
    _tell(studio, [done], json)
    if done.state == "failed":
        raise typer.Exit(1)


def _tell(studio: Studio, found: list[Job], json: bool) -> None:
    if json:
        for one in found:
            show.as_json(one.model_dump(mode="json"))
        return
    named = show.word
    idle = [j.id for j in found if studio.interrupted(j.id, show.me())]
    rows = [
        (
            j.id,
            named("interrupted", "已中断") if j.id in idle else named(j.state, _JOB[j.state]),
            named(", ", "，").join(f"{named(s, _ITEM.get(s, s))} {n}" for s, n in j.counts.items()),
            j.args.get("channel", ""),
        )
        for j in found
    ]
    heads = (("job", "任务"), ("state", "状态"), ("items", "商品"), ("channel", "渠道"))
    show.table(named("jobs", "任务"), [named(*head) for head in heads], rows)
    for id in idle:
        show.say(f"nobody works on {id}; go on: studio job resume {id}",
                 f"{id} 已中断，没有进程在处理；继续：studio job resume {id}")  # fmt: skip


@job.command()
def status(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="A job; all when empty.")] = "",
    json: Json = False,
) -> None:
    """How jobs stand, and why items failed."""
    show.for_programs(json)
    studio = show.studio_of(context)
    held = [studio.job(id, show.me())] if id else list(studio.jobs(show.me()))
    _tell(studio, held, json)
    if id and not json:
        for item in studio.job_items(id, show.me(), state="failed", limit=200):
            print(f"{item.key}: {item.reason}")


@job.command()
def pause(context: typer.Context, id: Id) -> None:
    """Stop, within seconds; an item that is not finished is dropped, what is finished stays."""
    studio = show.studio_of(context)
    _tell(studio, [studio.pause_job(id, show.me())], False)


@job.command()
def cancel(context: typer.Context, id: Id) -> None:
    """Stop for good; what is finished stays."""
    studio = show.studio_of(context)
    _tell(studio, [studio.cancel_job(id, show.me())], False)
