"""A look is data: templates/scene/<name>.yaml says what the set is made of and how it is lit."""

from __future__ import annotations

import colorsys
import math
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from studio.data import find, folder
from studio.errors import InputError
from studio.schema import Noun

Rgb = tuple[float, float, float]


class Tone(Noun):
    """A colour as "#rrggbb", or one taken from the product: its hue (or the opposite one), with
    lightness and saturation (HLS, 0..1) of our own, so that a set always stays calm."""

    hex: str = ""
    hue: Literal["", "product", "opposite", "beside"] = ""
    light: float = 0.8
    depth: float = 0.3  # saturation
    turn: float = 0.0  # degrees added to the hue

    def rgb(self, palette: tuple[tuple[int, int, int], ...]) -> Rgb:
        """sRGB 0..1."""
        if self.hex:
            value = self.hex.lstrip("#")
            return (
                int(value[0:2], 16) / 255,
                int(value[2:4], 16) / 255,
                int(value[4:6], 16) / 255,
            )
        hue, strength = main_hue(palette)
        hue += {"opposite": 0.5, "beside": 0.09}.get(self.hue, 0.0) + self.turn / 360
        return colorsys.hls_to_rgb(hue % 1, self.light, self.depth * min(1.0, strength + 0.35))


class Surface(Noun):
    material: str
    tone: Tone
    options: dict[str, float] = Field(default_factory=dict)


class Podium(Noun):
    """A round stand under the product, and lesser ones beside it. Sizes are shares of the width."""

    tone: Tone
    height: float = 0.11
    overhang: float = 0.16  # how far it reaches beyond the product, as a share of its width
    beside: int = 0

    def radius(self, product: float) -> float:
        """Its radius for a product of that width, both as shares of the frame's width."""
        return max(product * (0.5 + self.overhang), 0.13)


class Shape(Noun):
    """Something on the wall: an arched niche or a round disc, in shares of the frame."""

    kind: Literal["arch", "disc"]
    tone: Tone
    width: float = 0.5
    top: float = 0.14


class Light(Noun):
    """`side`: -1 from the left, 1 from the right, 0 by the seed. `height`: steepness in degrees.
    `soft`: half-angle of the source in degrees. `through`: what throws its pattern on the set."""

    side: int = 0
    height: float = 48.0
    soft: float = 9.0
    ambient: float = 0.62
    through: Literal["", "window", "leaves", "blinds"] = ""
    contrast: float = 0.42
    warm: Rgb = (1.0, 0.975, 0.94)

    def direction(self, side: int, height: float = 0.0) -> Rgb:
        """Unit vector to the light: right, away, up. It stands beside and a little before the set.
        `height` in degrees where a pattern has a steepness of its own."""
        steep = math.radians(height or self.height)
        return 0.86 * side * math.cos(steep), -0.51 * math.cos(steep), math.sin(steep)


class Look(Noun):
    """One set. Heights are shares of the frame from the top. `tone`: how bright it is as a whole,
    so that a product can be kept off a ground that it would drown in."""

    name: str = ""
    title: dict[str, str]
    words: str  # the same set in words, for an engine that reads a prompt
    fits: tuple[str, ...] = ()  # words of categories that it suits; a look without suits all
    season: str = ""
    tone: Literal["light", "mid", "dark"] = "light"
    lying: bool = False
    cropped: bool = False  # for products that the photo cuts off at the bottom
    wall: Surface | None = None
    floor: Surface
    sweep: bool = False
    horizon: float = 0.30
    join: float = 0.62
    base: float = 0.86
    fill: float = 0.56
    podium: Podium | None = None
    shape: Shape | None = None
    light: Light = Light()
    shadow: float = 0.8
    reflect: float = 0.0
    vignette: float = 0.10
    bokeh: tuple[Tone, ...] = ()
    confetti: tuple[Tone, ...] = ()

    def side(self, seed: int) -> int:
        """-1 when the light comes from the left, 1 from the right."""
        return self.light.side or (1 if seed % 2 else -1)


def main_hue(palette: tuple[tuple[int, int, int], ...]) -> tuple[float, float]:
    """(hue 0..1, how colourful 0..1) of the most telling colour; a warm grey when there is none."""
    best, strength = 0.085, 0.0
    for rank, (r, g, b) in enumerate(palette):
        hue, light, depth = colorsys.rgb_to_hls(r / 255, g / 255, b / 255)
        weight = depth * (1 - abs(2 * light - 1)) / (1 + 0.35 * rank)
        if weight > strength + 0.04:
            best, strength = hue, weight
    return best, min(1.0, 2 * strength)


def names(searched: tuple[Path, ...] = ()) -> list[str]:
    """All looks: the shipped ones and those in users' own folders."""
    bases = (*(p / "templates" / "scene" for p in searched), folder("templates") / "scene")
    return sorted({p.stem for base in bases if base.is_dir() for p in base.glob("*.yaml")})


@cache
def load(name: str, searched: tuple[Path, ...] = ()) -> Look:
    """The look of that name. Raises NotFoundError, and InputError with all mistakes of its file."""
    path = find(f"templates/scene/{name}.yaml", searched)
    try:
        raw: Any = yaml.safe_load(path.read_text("utf-8"))
        return Look.model_validate({**raw, "name": name})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise InputError(
            "this look is wrong: " + "; ".join(lines),
            hint="see docs/guides/scene-engine.md for what a look may say",
            where=str(path),
        ) from error
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise InputError(f"not valid YAML: {error}", where=str(path)) from error
