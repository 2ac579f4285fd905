"""What is made, with which tools, and the digest of both, which tells what is done or stale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import prompting
from studio.schema import Brief, Channel, Product, digest_of, locale_language

if TYPE_CHECKING:
    from studio import compliance
    from studio.engines import (
        CopyEngine,
        CutoutEngine,
        OcrEngine,
        SceneEngine,
        UnsafeEngine,
        UpscaleEngine,
    )
    from studio.imaging.credentials import Signer

Step = Callable[[str, str], None]  # (step, text): "copy" with words as they come, "pictures" ...


@dataclass(frozen=True)
class Task:
    """One thing to make."""

    product: Product
    brief: Brief


@dataclass
class Kit:
    """The tools that one worker holds. `photo` gives the bytes of a stored photo by sha256, `mask`
    those of the mask that a person has mended for it (a PNG), or b""."""

    channels: Mapping[str, Channel]
    rules: compliance.Rules
    copy: CopyEngine
    cutout: CutoutEngine
    scene: SceneEngine
    photo: Callable[[str], bytes]
    ocr: OcrEngine | None = None
    judge: CopyEngine | None = None  # who gives a second opinion on findings, where one is wanted
    upscale: UpscaleEngine | None = None
    unsafe: UnsafeEngine | None = None  # looks for nudity, where a shop wants that
    signer: Signer | None = None  # of Content Credentials
    mask: Callable[[str], bytes] = lambda photo: b""
    searched: tuple[Path, ...] = ()
    prompts: dict[str, str] = field(default_factory=dict)  # sha256 of the prompt files, by language
    told: dict[str, dict[str, Any]] = field(default_factory=dict)  # channels as plain values

    @cached_property
    def tools(self) -> tuple[tuple[str, ...], ...]:
        """Engines with their models and options, as far as they bear on what is made."""
        held = (self.copy, self.cutout, self.scene, self.ocr, self.upscale, self.unsafe)
        judge = (("judge", self.judge.name, self.judge.model),) if self.judge else ()
        return (*((e.name, e.model) for e in held if e is not None), *judge)

    def channel(self, brief: Brief) -> Channel:
        return self.channels[brief.channel]

    def prompt_digest(self, locale: str) -> str:
        """sha256 over the prompt files of a language; read once for a kit."""
        language = locale_language(locale)
        if language not in self.prompts:
            self.prompts[language] = prompting.digest(language, self.searched)
        return self.prompts[language]

    def channel_inputs(self, brief: Brief) -> dict[str, Any]:
        """A channel's spec as plain values; made once for a kit, for it is long."""
        if brief.channel not in self.told:
            self.told[brief.channel] = self.channel(brief).model_dump(mode="json")
        return self.told[brief.channel]


def inputs(task: Task, kit: Kit) -> dict[str, Any]:
    """Everything that a draft depends on."""
    names = ("facts", "brief", "prompt", "tools", "rules", "channel")
    held = (task.product.facts_digest, task.brief, kit.prompt_digest(task.brief.locale), kit.tools)
    return dict(zip(names, (*held, kit.rules.digest, kit.channel_inputs(task.brief)), strict=True))


def snapshot(task: Task, kit: Kit) -> dict[str, Any]:
    """The inputs as they are kept, to tell later what has changed since."""
    held = inputs(task, kit)
    return {**held, "channel": digest_of(held["channel"]), "product": task.product}


def digest(task: Task, kit: Kit) -> str:
    """The hash of the inputs: is it done, is it stale, can it be redone."""
    return digest_of(*inputs(task, kit).values())
