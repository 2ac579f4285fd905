"""Which set suits a product, and how to say it in words to an engine that reads a prompt.

Everything here is data: templates/shoot/groups.yaml, templates/scene/*.yaml, prompts/scene/*.j2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from studio import prompt_form
from studio.data import find, folder
from studio.engines.backdrop.look import Look, load, names
from studio.errors import InputError
from studio.schema import Noun, digest_of

NEGATIVE = (
    "people, person, hands, text, letters, logo, watermark, signature, brand, product, object in "
    "the centre, clutter, frame, border, collage, low quality, blurry foreground, distorted"
)


class Group(Noun):
    """A kind of thing: the words that tell it, and whether it is usually shown lying. `above`: the
    height over width from which a photo shows it from above (0: never): shoes are wide, a pair
    that is higher than wide lies before the camera."""

    words: tuple[str, ...]
    lying: bool = False
    above: float = 0.0


@cache
def groups(searched: tuple[Path, ...] = ()) -> dict[str, Group]:
    """The groups of templates/shoot/groups.yaml. Raises InputError."""
    path = find("templates/shoot/groups.yaml", searched)
    try:
        raw: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
        return {name: Group.model_validate(entry) for name, entry in raw.items()}
    except (yaml.YAMLError, ValueError, AttributeError) as error:
        raise InputError(f"groups.yaml is wrong: {error}", where=str(path)) from error


def group_of(texts: Sequence[str], searched: tuple[Path, ...] = ()) -> str:
    """The group whose longest word is found first in the texts (category before title), or "".

    Of words that are equally long the one that stands last decides: a category path ends with
    what the product is.
    """
    for text in texts:
        lower, best = text.lower(), (0, 0, "")
        for name, group in groups(searched).items():
            found = [(len(word), lower.rfind(word)) for word in group.words if _has(lower, word)]
            best = max([best, *((*place, name) for place in found)], key=lambda entry: entry[:2])
        if best[2]:
            return best[2]
    return ""


def lies(group: str, tall: float, searched: tuple[Path, ...] = ()) -> bool:
    """Whether a thing of the group lies in its picture: a jacket does not stand. `tall`: its
    height over its width in the photo."""
    usual = groups(searched).get(group)
    return bool(usual and (usual.lying or 0 < usual.above < tall))


def _has(text: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text) is not None
    return word in text


def choose(
    group: str,
    *,
    seed: int,
    key: str,
    lying: bool,
    cropped: bool,
    brightness: float,
    drawn: bool = True,
    quiet: bool = False,
    searched: tuple[Path, ...] = (),
) -> Look:
    """The look for a product: one that suits its group and posture and does not swallow it.

    `brightness` of the product, 0..1; `key` names the product, so that neighbours in a catalog get
    different sets; `drawn`: False leaves out sets whose stand an engine would have to hit exactly;
    `quiet` leaves out those with something on the wall, where a poster has its words.
    """
    all_looks = [load(name, searched) for name in names(searched)]
    fitting = [
        look
        for look in all_looks
        if look.lying == lying and look.cropped == cropped and not look.season
        if drawn or look.podium is None
        if not quiet or look.shape is None
    ]
    if not fitting:
        raise InputError("no look in templates/scene suits this kind of picture")
    # a black product drowns in the dark, a white one on white; and on a dark set a white one shows
    # every trace that its own white ground has left along the edge
    wrong = {"dark"} if brightness < 0.25 or brightness > 0.72 else set()
    wrong |= {"light"} if brightness > 0.86 else set()
    clear = [look for look in fitting if look.tone not in wrong] or fitting
    suited = [look for look in clear if group and group in look.fits]
    pool = suited or [look for look in clear if not look.fits] or clear
    turn = int(digest_of(key, seed)[:8], 16)
    return pool[turn % len(pool)]


def words(look: Look, group: str, title: str, searched: tuple[Path, ...] = ()) -> tuple[str, str]:
    """(prompt, negative prompt) of an empty set for the product: prompts/scene/_set.j2 with the
    group's mood in it. Raises InputError.

    The title is a merchant's text and so is cut short and stripped of what models read as syntax.
    """
    name = group if group and _has_prompt(group, searched) else "default"
    plain = re.sub(r"[^\w\s,.-]", " ", title)[:80].strip()
    values: dict[str, Any] = {"look": look, "lying": look.lying, "title": plain}
    values["mood"] = _filled(name, searched, values)
    return _filled("_set", searched, values), NEGATIVE


def _filled(name: str, searched: tuple[Path, ...], values: Mapping[str, Any]) -> str:
    """A file of prompts/scene, filled, in one line."""
    path = find(f"prompts/scene/{name}.j2", searched)
    room = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    try:
        source = path.read_text("utf-8")
        prompt_form.check(room.parse(source), source)
        text = "".join(prompt_form.counted(room.from_string(source).generate(**values)))
    except (TemplateError, TypeError, ValueError) as error:
        raise InputError(f"the scene prompt is wrong: {error}", where=str(path)) from error
    return " ".join(text.split())


def _has_prompt(group: str, searched: tuple[Path, ...]) -> bool:
    bases = (*(p / "prompts" / "scene" for p in searched), folder("prompts") / "scene")
    return any((base / f"{group}.j2").is_file() for base in bases)
