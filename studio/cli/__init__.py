"""The command line: `studio COMMAND`. Exit status 0: done, 1: failed, 2: bad input.

Nothing heavy is imported before a command runs, so that --help stays instant.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from studio.errors import StudioError

# Spinning threads on busy cores made decoding 14 times slower in a trial; this must be set before
# any model library is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

app = typer.Typer(
    name="studio",
    help="Product content for online shops: from a catalog to what is approved and exported.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # drawing boxes around the help took longer than all the rest of it
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="Folder of all state (STUDIO_HOME).", show_default=False)
    ] = None,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    context.obj = {"home": home}
    context.meta["debug"] = debug


def main() -> None:
    """Run the command line; the one place where errors become messages and an exit status."""
    from studio.cli import (  # noqa: F401  (they add their commands)
        batch,
        checking,
        commands,
        connecting,
        fairness,
        filling,
        keeping,
        models,
        people,
        photos,
        reviewing,
        voices,
    )
    from studio.errors import InputError, NotFoundError, StudioError

    try:
        app(standalone_mode=True)
    except StudioError as error:
        if "--debug" in sys.argv:
            raise
        print(f"studio: {_told(error)}", file=sys.stderr)
        sys.exit(2 if isinstance(error, InputError | NotFoundError) else 1)
    except KeyboardInterrupt:
        stopped = "stopped; what was finished is saved", "已停止；已完成的部分都已保存"
        print(f"studio: {stopped[_language() == 'zh']}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _told(error: StudioError) -> str:
    """An error in the language of whoever sits there."""
    language = _language()
    if language != "zh":
        return str(error)
    from studio.ui import refusals

    return refusals.told(language, error)


def _language() -> str:
    """By the settings; by the environment where these are what is wrong."""
    from studio.cli import show
    from studio.errors import StudioError

    try:
        return show.language()
    except StudioError:
        return "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
