"""Copy from a causal language model in this process: a folder, a GGUF file or a hub name.

Without a model of your own, the small embedded ones are used: one for each language, as far as
they have been pulled. Weights are safetensors or GGUF, never pickle; no code comes with them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field

from studio.engines import weights
from studio.engines.loading import Loaded, open_model, text
from studio.errors import EngineError, SetupError
from studio.schema import Prompt, locale_language

if TYPE_CHECKING:
    from transformers import LogitsProcessorList

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_MANY_LINES = ("listing",)  # purposes whose replies have more than one line


class Options(BaseModel):
    """Options of the engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(default="", description="folder, GGUF file, hub name or registry name")
    models: Path = Field(default=Path(platformdirs.user_cache_dir("studio")) / "models")
    threads: int = Field(default=0, ge=0, description="the machine's cores when 0")
    device: str = Field(default="", description="cpu, cuda, mps; the best one when empty")
    batch: int = Field(default=16, ge=1, le=512, description="rows decoded together")
    temperature: float = Field(default=0.7, ge=0, le=2)
    top_p: float = Field(default=0.9, gt=0, le=1)
    level: Literal["", "draft", "guarded", "free"] = Field(
        default="", description="how far the model is trusted; by its size when empty"
    )


class Engine:
    """A causal model. `level` follows its size: below 0.5e9 parameters it only drafts."""

    name = "transformers"

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._loaded: dict[str, Loaded] = {}
        self._lock = threading.Lock()

    Options = Options

    @property
    def model(self) -> str:
        """The weights that would be used, and how they are sampled."""
        o = self.options
        found = o.model or "+".join(e.name for e in self._embedded()) or "none"
        return (
            f"{Path(found).name if Path(found).exists() else found} t{o.temperature:g} p{o.top_p:g}"
        )

    @property
    def level(self) -> str:
        if self.options.level or not self.options.model:
            return self.options.level or "draft"
        size = self._load("en").model.num_parameters()
        return "draft" if size < 0.5e9 else "guarded" if size < 3e9 else "free"

    def ready(self) -> str:
        """ "" or what is missing and the command for it."""
        if self.options.model or self._embedded():
            return ""
        return "no language model has been pulled: studio models pull smollm2-135m-instruct"

    def lacks(self, locale: str) -> str:
        """Why the engine cannot write in a locale, with the command that mends it, or ""."""
        language = locale_language(locale)
        if self.options.model or any(language in e.languages for e in self._embedded()):
            return ""
        offered = [e for e in weights.entries() if e.task == "copy" and language in e.languages]
        remedy = f": studio models pull {offered[0].name}" if offered else ""
        return f"no embedded model for {language!r} has been pulled{remedy}"

    def write(
        self,
        prompt: Prompt,
        *,
        on_text: Callable[[str], None] | None = None,
        cancel: Event | None = None,
    ) -> str:
        """The reply to one prompt; `on_text` gets it piece by piece."""
        return self._run([prompt], on_text=on_text, cancel=cancel)[0]

    def write_many(self, prompts: Sequence[Prompt], *, cancel: Event | None = None) -> list[str]:
        """The replies in the order of the prompts; like lengths are decoded together."""
        return self._run(prompts, on_text=None, cancel=cancel)

    # -- decoding ------------------------------------------------------------------------------

    def _run(
        self,
        prompts: Sequence[Prompt],
        *,
        on_text: Callable[[str], None] | None,
        cancel: Event | None,
    ) -> list[str]:
        replies = [""] * len(prompts)
        with self._lock:  # one model, one batch at a time
            for language in dict.fromkeys(locale_language(p.locale) for p in prompts):
                loaded = self._load(language)
                mine = [
                    (i, p, text(loaded, p))
                    for i, p in enumerate(prompts)
                    if locale_language(p.locale) == language
                ]
                mine.sort(key=lambda item: (item[1].max_tokens, len(item[2])))
                for at in range(0, len(mine), self.options.batch):
                    some = mine[at : at + self.options.batch]
                    made = self._decode(loaded, some, on_text, cancel)
                    for (index, _, _), reply in zip(some, made, strict=True):
                        replies[index] = reply
        return replies

    def _decode(
        self,
        loaded: Loaded,
        some: Sequence[tuple[int, Prompt, str]],
        on_text: Callable[[str], None] | None,
        cancel: Event | None,
    ) -> list[str]:
        """One batch; halved as long as the memory does not hold it."""
        if cancel is not None and cancel.is_set():
            raise EngineError("stopped on request")
        try:
            replies = self._generate(loaded, some, on_text, cancel)
        except (MemoryError, RuntimeError) as error:
            if not _is_memory(error):
                raise EngineError(f"{loaded.name} failed: {error}") from error
            if len(some) == 1:
                raise EngineError(
                    f"{loaded.name} does not fit into the memory",
                    hint="use a smaller model, close other programs, or use the engine openai",
                ) from error
            half = len(some) // 2
            first = self._decode(loaded, some[:half], on_text, cancel)
            return first + self._decode(loaded, some[half:], on_text, cancel)
        if cancel is not None and cancel.is_set():
            raise EngineError("stopped on request")
        return replies

    def _generate(
        self,
        loaded: Loaded,
        some: Sequence[tuple[int, Prompt, str]],
        on_text: Callable[[str], None] | None,
        cancel: Event | None,
    ) -> list[str]:
        import torch
        from transformers import StoppingCriteriaList

        from studio.engines.decoding import RowStop, TextStream

        prompts = [prompt for _, prompt, _ in some]
        encoded = loaded.tokenizer(
            [text_ for _, _, text_ in some],
            return_tensors="pt",
            padding=True,
            add_special_tokens=not loaded.chat,
        ).to(loaded.model.device)
        start = encoded["input_ids"].shape[1]
        most = [p.max_tokens for p in prompts]
        if start + max(most) > loaded.room:
            raise EngineError(
                f"the prompt of {start} tokens is too long for {loaded.name} ({loaded.room})",
                hint="shorten the description in the catalog, or use a model with more room",
            )
        one_line = all(p.purpose not in _MANY_LINES for p in prompts)
        ends = loaded.ends + (loaded.breaks if one_line else [])
        with torch.inference_mode():
            made = loaded.model.generate(
                **encoded,
                max_new_tokens=max(most),
                do_sample=False,
                eos_token_id=ends,
                pad_token_id=loaded.tokenizer.pad_token_id,
                logits_processor=self._steer(prompts, loaded, ends),
                stopping_criteria=StoppingCriteriaList([RowStop(start, most, cancel)]),
                streamer=TextStream(loaded.tokenizer, on_text) if on_text else None,
            )
        rows = [_until(row, ends) for row in made[:, start:].tolist()]
        texts = loaded.tokenizer.batch_decode(rows, skip_special_tokens=True)
        return [_THOUGHT.sub("", reply).strip() for reply in texts]

    def _steer(
        self, prompts: Sequence[Prompt], loaded: Loaded, ends: list[int]
    ) -> LogitsProcessorList:
        """Small models are kept to true sentences; then each row draws by its own seed."""
        from transformers import LogitsProcessorList

        from studio.engines.decoding import RowSampler
        from studio.engines.guard import SenseGuard

        steps: list[Any] = []
        if self.level == "draft" and all(p.purpose == "description" for p in prompts):
            steps.append(SenseGuard(loaded.tokenizer, prompts, ends))
        seeds = [p.seed for p in prompts]
        steps.append(RowSampler(seeds, self.options.temperature, self.options.top_p))
        return LogitsProcessorList(steps)

    # -- loading -------------------------------------------------------------------------------

    def _embedded(self) -> list[weights.Entry]:
        """The pulled models of the registry, in its order."""
        copy = (e for e in weights.entries() if e.task == "copy")
        return [e for e in copy if weights.find(e.name, self.options.models)]

    def _load(self, language: str) -> Loaded:
        source = self._source(language)
        if source not in self._loaded:
            self._loaded.clear()  # one at a time: two would take twice the memory
            own = self.options
            self._loaded[source] = open_model(source, own.models, own.device, own.threads)
        return self._loaded[source]

    def _source(self, language: str) -> str:
        """A folder, a GGUF file or a hub name."""
        wanted, models = self.options.model, self.options.models
        known = {e.name: e for e in weights.entries() if e.task == "copy"}
        if wanted and wanted not in known:
            return wanted
        names = (
            [wanted] if wanted else [e.name for e in self._embedded() if language in e.languages]
        )
        path = weights.find(names[0], models) if names else None
        if path is None:
            missing = self.lacks(f"{language}") or f"the model {wanted!r} has not been pulled"
            raise SetupError(
                missing, hint=f"studio models pull {wanted or 'smollm2-135m-instruct'}"
            )
        return str(path)


def _until(row: list[int], ends: Sequence[int]) -> list[int]:
    """The tokens before the first that ends a reply."""
    return row[: next((i for i, token in enumerate(row) if token in ends), len(row))]


def _is_memory(error: BaseException) -> bool:
    said = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in said or "not enough memory" in said
