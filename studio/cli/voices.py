"""`studio voice`: learn how a shop writes from its own texts, show it, hold texts against it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli import app, show

if TYPE_CHECKING:
    from studio.copywriter.voices import Line
    from studio.schema import Voice

voice = typer.Typer(help="How your shop writes.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(voice, name="voice")
_PLAIN = (".txt", ".md", ".markdown", "")
Json = Annotated[bool, typer.Option("--json", help="One JSON line for programs.")]
Files = Annotated[list[Path], typer.Argument(help="Text files, or catalogs with descriptions.")]


@voice.command()
def learn(
    context: typer.Context,
    files: Files,
    name: Annotated[str, typer.Option(help="The voice's name.")] = "shop",
    out: Annotated[
        Path | None, typer.Option(help="Where to write it; the home by default.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Write over a file that is there.")] = False,
) -> None:
    """Propose a voice from texts of your own, with the sentences that each rule rests on."""
    from studio.copywriter import voices
    from studio.errors import InputError

    settings = show.studio_of(context).settings
    if out is None and not name.isidentifier():
        raise InputError(f"{name!r} cannot be the name of a voice", hint="letters and digits only")
    learned = voices.learn(list(_lines(files)), name, tuple(settings.extra))
    path = out or folder(context) / f"{name}.yaml"
    if path.exists() and not force:
        raise InputError("there is a voice of that name already", where=str(path), hint="--force")
    path.parent.mkdir(parents=True, exist_ok=True)
    text = voices.dump(learned)
    path.write_text(text, "utf-8")
    print(text, end="")
    show.say(
        f"Written to {path}. Read it, add words to avoid, then: studio generate --voice {name}",
        f"已写入 {path}。请核对，并补充不想用的词，然后运行：studio generate --voice {name}",
    )


@voice.command("show")
def show_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name or a YAML file; all names when empty.")] = "",
    json: Json = False,
) -> None:
    """Show a voice, or the names of all."""
    if not name:
        names = sorted(path.stem for path in folder(context).glob("*.yaml"))
        show.as_json(names) if json else print("\n".join(names))
        return
    found = named(context, name)
    if json:
        show.as_json(found.model_dump(mode="json"))
        return
    rows: list[tuple[str, Any]] = [
        (show.word("do", "要"), found.do),
        (show.word("don't", "不要"), found.dont),
        (show.word("use", "常用词"), found.use),
        (show.word("avoid", "避免"), found.avoid),
        (show.word("examples", "示例"), found.examples),
    ]
    for head, told in rows:
        for line in told or ("-",):
            print(f"{head}: {line}")


@voice.command()
def check(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name or a YAML file.")],
    files: Files,
    json: Json = False,
) -> None:
    """Hold texts against a voice; exit status 1 when one does not sound like it."""
    from studio.copywriter import voices

    found = named(context, name)
    slips = voices.check(list(_lines(files)), found, tuple(show.studio_of(context).settings.extra))
    if json:
        show.as_json([slip._asdict() for slip in slips])
    else:
        for slip in slips:
            print(f"{slip.where} [{slip.rule}] {slip.text}")
        show.say(f"{len(slips)} slips.", f"不符合口吻之处：{len(slips)}。")
    if slips:
        raise typer.Exit(1)


def folder(context: typer.Context) -> Path:
    """Where the voices of this home are."""
    return show.studio_of(context).settings.home / "voices"


def named(context: typer.Context, name: str) -> Voice:
    """The voice of that name or file. Raises NotFoundError, InputError."""
    from studio.copywriter import voices

    return voices.load(name, (folder(context),))


def _lines(files: Sequence[Path]) -> list[Line]:
    """The sentences of text files, and of the descriptions in catalogs."""
    from studio import catalog
    from studio.copywriter import voices
    from studio.errors import InputError

    found: list[Line] = []
    for path in files:
        if not path.is_file():
            raise InputError("there is no such file", where=str(path))
        if path.suffix.lower() in _PLAIN:
            text = path.read_bytes().decode("utf-8", "replace")
            found += voices.lines_of(path.name, text)
            continue
        for product in catalog.read([path]).products:
            texts = (facts.description for facts in product.facts.values())
            where = product.where or f"{path.name}:{product.id}"
            found += [
                line._replace(where=where) for text in texts for line in voices.lines_of("", text)
            ]
    return found
