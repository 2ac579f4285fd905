"""A poster is data: templates/poster/<name>.yaml says what lies where, and what stands in it.

Boxes are [left, top, width, height] in shares of the frame; sizes of letters and radii are shares
of its width. Words come from the listing and from the facts (words.py); a template names them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from studio.data import find, folder
from studio.engines.backdrop.look import Tone
from studio.errors import InputError
from studio.imaging.lettering.fonts import Family, Weight
from studio.imaging.lettering.setting import Align
from studio.schema import Noun

Share = Annotated[float, Field(ge=0, le=1)]
Box = tuple[Share, Share, Share, Share]


class Panel(Noun):
    """A coloured area with round corners; `strength` 1 covers what lies under it."""

    kind: Literal["panel"]
    box: Box
    tone: Tone
    strength: Share = 1.0
    radius: Share = 0.0


class Thing(Noun):
    """Where the product goes: standing on the foot of the box, or lying in its middle."""

    kind: Literal["product"]
    box: Box
    shadow: Share = 0.75


class Text(Noun):
    """A text in a box. `ink`: its colour; without one, dark or white, whichever reads better."""

    kind: Literal["text"]
    of: Literal["brand", "headline", "subline", "price", "was", "note"]
    box: Box
    size: tuple[Share, Share]  # largest, least
    lines: int = Field(default=1, ge=1, le=6)
    family: Family = "sans"
    weight: Weight = "regular"
    align: Align = "left"
    middle: bool = False  # in the middle of the box's height, not at its top
    leading: float = Field(default=1.28, ge=1.0, le=2.0)
    ink: Tone | None = None
    needed: bool = False  # without this word the poster is not made
    struck: bool = False  # a line through it, as through a former price


class Chips(Noun):
    """The selling points, each in a pill or (`bare`) on a line of its own with a mark before it."""

    kind: Literal["chips"]
    box: Box
    size: tuple[Share, Share]
    most: int = Field(default=4, ge=1, le=8)
    tone: Tone | None = None  # of the pill; an outline without one
    ink: Tone | None = None
    align: Align = "left"
    bare: bool = False


Layer = Annotated[Panel | Thing | Text | Chips, Field(discriminator="kind")]


class Poster(Noun):
    """`ratios`: least and greatest width over height it is good for. `ground`: two tones from top
    to foot, or "set": the scene engine's own picture with the product in it."""

    name: str = ""
    title: dict[str, str]
    ratios: tuple[float, float]
    ground: Literal["set"] | tuple[Tone, Tone]
    fits: tuple[str, ...] = ()  # groups of goods that it suits; all when empty
    layers: tuple[Layer, ...]

    @property
    def head(self) -> float:
        """How far down its upper words reach, as a share of the height."""
        boxes = [layer.box for layer in self.layers if isinstance(layer, Text | Chips)]
        return max((y + h for _, y, _, h in boxes if y + h / 2 < 0.5), default=0.0)

    @model_validator(mode="after")
    def _one_product(self) -> Poster:
        things = sum(layer.kind == "product" for layer in self.layers)
        if things != (self.ground != "set"):
            raise ValueError(
                "a poster has one product layer, and none where the ground is a set: that brings it"
            )
        return self


def names(searched: tuple[Path, ...] = ()) -> list[str]:
    """All poster templates: the shipped ones and those in users' own folders."""
    bases = (*(p / "templates" / "poster" for p in searched), folder("templates") / "poster")
    return sorted({p.stem for b in bases if b.is_dir() for p in b.glob("*.yaml")})


@cache
def load(name: str, searched: tuple[Path, ...] = ()) -> Poster:
    """The template of that name. Raises NotFoundError, and InputError with all mistakes."""
    path = find(f"templates/poster/{name}.yaml", searched)
    try:
        raw: Any = yaml.safe_load(path.read_text("utf-8"))
        return Poster.model_validate({**raw, "name": name})
    except ValidationError as error:
        told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise InputError(
            "this poster is wrong: " + "; ".join(told),
            hint="docs/guides/posters.md shows a whole one",
            where=str(path),
        ) from error
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise InputError(f"not valid YAML: {error}", where=str(path)) from error


def choose(
    ratio: float, group: str, turn: int, drawn: bool, searched: tuple[Path, ...] = ()
) -> Poster:
    """A template for that ratio and group of goods; `turn` (from product and seed) varies it.

    `drawn`: False leaves out those that show the product free of its photo's ground. Raises
    InputError when none is made for such a ratio.
    """
    every = [load(name, searched) for name in names(searched)]
    fitting = [p for p in every if p.ratios[0] <= ratio <= p.ratios[1]]
    fitting = [p for p in fitting if drawn or p.ground != "set"]
    if not fitting:
        raise InputError(
            f"no poster template is made for a picture {ratio:.2f} times as wide as high",
            hint="give the channel's slot another size, or add a template: docs/guides/posters.md",
        )
    suited = [p for p in fitting if group and group in p.fits] or [p for p in fitting if not p.fits]
    return (suited or fitting)[turn % len(suited or fitting)]
