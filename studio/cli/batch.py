"""`studio job`: batches over whole catalogs that go on where they stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.store import Job

job = typer.Typer(
    help="Batches over a catalog: start, status, resume, retry, pause, cancel.",
    rich_markup_mode=None,
)
app.add_typer(job, name="job", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="A job, as `studio job status` names it.")]
Json = Annotated[bool, typer.Option("--json")]


@job.command()
def start(
    context: typer.Context,
    channel: Annotated[str, typer.Option(help="Channel.")],
    locale: Annotated[str, typer.Option(help="Language; each product's own when empty.")] = "",
    limit: Annotated[int | None, typer.Option(help="Only the first so many.")] = None,
    pictures: Annotated[bool, typer.Option(help="Make the pictures too.")] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    json: Json = False,
) -> None:
    """Make every listing of a channel that is not up to date."""
    show.for_programs(json)
    studio = show.studio_of(context)
    wishes: dict[str, Any] = {"locale": locale, "pictures": pictures}
    if dry_run:
        tasks, fresh = studio.plan(show.me(), channel=channel, **wishes)
        counts = {"to make": len(tasks[:limit]), "up to date": len(fresh)}
        show.say(
            f"{counts['to make']} to make, {counts['up to date']} up to date",
            f"待生成 {counts['to make']} 个，已是最新 {counts['up to date']} 个",
        )
        if json:
            show.as_json(counts)
        return
    made = studio.start_job(show.me(), channel=channel, limit=limit, **wishes)
    _work(context, made.id, json)


@job.command()
def resume(context: typer.Context, id: Id, json: Json = False) -> None:
    """Go on with a job that was stopped, paused or killed."""
    show.for_programs(json)
    _work(context, id, json)


@job.command()
def retry(context: typer.Context, id: Id, json: Json = False) -> None:
    """Try the failed items of a job again."""
    show.for_programs(json)
    show.studio_of(context).retry_job(id, show.me())
    _work(context, id, json)


def _work(context: typer.Context, id: str, json: bool) -> None:
    studio = show.studio_of(context)
    before = studio.job(id, show.me())
    left = sum(before.counts.get(s, 0) for s in ("pending", "running"))
    show.say(f"job {id}: {left} items", f"任务 {id}：{left} 项")
    with show.bar(id, left) as bar:
        done = studio.work_job(
            id, show.me(), on_item=lambda key, reason: bar.step(f"{key} {reason}".strip())
        )
    _tell([done], json)
    if done.state == "failed":
        raise typer.Exit(1)


def _tell(found: list[Job], json: bool) -> None:
    if json:
        for one in found:
            show.as_json(one.model_dump(mode="json"))
        return
    rows = [
        (
            j.id,
            j.state,
            " ".join(f"{s} {n}" for s, n in j.counts.items()),
            j.args.get("channel", ""),
        )
        for j in found
    ]
    show.table("jobs", ("job", "state", "items", "channel"), rows)


@job.command()
def status(
    context: typer.Context,
    id: Annotated[str, typer.Argument(help="A job; all when empty.")] = "",
    json: Json = False,
) -> None:
    """How jobs stand, and why items failed."""
    show.for_programs(json)
    studio = show.studio_of(context)
    _tell([studio.job(id, show.me())] if id else list(studio.jobs(show.me())), json)
    if id and not json:
        for item in studio.job_items(id, show.me(), state="failed", limit=200):
            print(f"{item.key}: {item.reason}")


@job.command()
def pause(context: typer.Context, id: Id) -> None:
    """Stop after the item in hand."""
    _tell([show.studio_of(context).pause_job(id, show.me())], False)


@job.command()
def cancel(context: typer.Context, id: Id) -> None:
    """Stop for good; what is finished stays."""
    _tell([show.studio_of(context).cancel_job(id, show.me())], False)
