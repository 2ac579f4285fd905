"""A detail page is data: templates/page/<name>.yaml lists its sections from top to foot.

The page is one long picture, cut between sections, rows and lines into pieces that a channel takes.
Sizes are shares of the page's width.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError

from studio.data import find, folder
from studio.engines.backdrop.look import Tone
from studio.errors import InputError
from studio.schema import Noun

Words = dict[str, str]  # by language


class Hero(Noun):
    """A poster at the top: `template` of templates/poster, `ratio` its width over its height."""

    kind: Literal["hero"]
    template: str
    ratio: float = Field(gt=0.3, lt=3)


class Points(Noun):
    """The listing's bullets, numbered, each with its heading where it has one."""

    kind: Literal["points"]
    heading: Words
    size: float = 0.036


class Prose(Noun):
    """The listing's description as paragraphs."""

    kind: Literal["prose"]
    heading: Words
    size: float = 0.036


class Photos(Noun):
    """The merchant's own photos, as they are, after the one that the hero shows."""

    kind: Literal["photos"]
    heading: Words
    most: int = Field(default=4, ge=1, le=12)


class Facts(Noun):
    """The attributes on file as a table, and the options that can be bought."""

    kind: Literal["facts"]
    heading: Words
    options: Words  # what the line of colours and sizes is called when it has no one name
    size: float = 0.032


class Note(Noun):
    """A line that stands on every page."""

    kind: Literal["note"]
    text: Words
    size: float = 0.026


Section = Annotated[Hero | Points | Prose | Photos | Facts | Note, Field(discriminator="kind")]


class Page(Noun):
    """`ground` is the page's colour, `accent` that of headings and rules."""

    name: str = ""
    title: Words
    ground: Tone
    accent: Tone
    ink: Tone
    sections: tuple[Section, ...]


def names(searched: tuple[Path, ...] = ()) -> list[str]:
    """All page templates: the shipped ones and those in users' own folders."""
    bases = (*(p / "templates" / "page" for p in searched), folder("templates") / "page")
    return sorted({p.stem for base in bases if base.is_dir() for p in base.glob("*.yaml")})


@cache
def load(name: str, searched: tuple[Path, ...] = ()) -> Page:
    """The template of that name. Raises NotFoundError, and InputError with all mistakes."""
    path = find(f"templates/page/{name}.yaml", searched)
    try:
        raw: Any = yaml.safe_load(path.read_text("utf-8"))
        return Page.model_validate({**raw, "name": name})
    except ValidationError as error:
        told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise InputError(
            "this page is wrong: " + "; ".join(told),
            hint="docs/guides/posters.md shows a whole one",
            where=str(path),
        ) from error
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise InputError(f"not valid YAML: {error}", where=str(path)) from error
