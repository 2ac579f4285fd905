"""What the engines share that run a language model in this process.

Which weights serve which language, which models stay in memory, how a queue becomes batches, and
what happens when the memory is short. How a batch is decoded is each engine's own `generate`.
"""

from __future__ import annotations

import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field

from studio.engines import level, weights
from studio.engines.faults import checked, settled
from studio.engines.loading import Loaded, memory, text
from studio.engines.reply import Reply
from studio.errors import EngineError, SetupError
from studio.schema import Prompt, locale_language

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_MANY_LINES = frozenset(  # purposes whose replies have more than one line
    ("listing", "bullets", "highlights", "qa", "social", "text", "translate", "video_script")
)
_SPARE = 1 << 30  # bytes that stay free for everything else
Level = Literal["", "draft", "guarded", "free"]


class Options(BaseModel):
    """Options of the engines that run a model in this process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(default="", description="folder, GGUF file, hub name or registry name")
    models: Path = Field(default=Path(platformdirs.user_cache_dir("studio")) / "models")
    threads: int = Field(default=0, ge=0, description="the machine's cores when 0")
    batch: int = Field(default=32, ge=1, le=512, description="rows decoded together")
    temperature: float = Field(default=0.7, ge=0, le=2)
    top_p: float = Field(default=0.9, gt=0, le=1)
    level: Level = Field(
        default="", description="how far the model is trusted; by its size when empty"
    )
    levels: Mapping[str, str] = Field(
        default={}, description="measured levels by language (studio doctor --copy)"
    )
    memory: float = Field(
        default=0, ge=0, description="GB that loaded models may take; what is free when 0"
    )


@dataclass
class Row:
    """One reply to be made: the prompt, and its text as the model reads it."""

    index: int
    prompt: Prompt
    text: str


@dataclass
class Batch:
    """Rows that are decoded together."""

    loaded: Loaded
    rows: Sequence[Row]
    on_text: Callable[[str], None] | None
    cancel: Event | None

    @property
    def prompts(self) -> list[Prompt]:
        return [row.prompt for row in self.rows]

    @property
    def one_line(self) -> bool:
        return not _MANY_LINES.intersection(p.purpose for p in self.prompts)

    def check(self) -> None:
        """Raises EngineError when the user wants it to stop."""
        if self.cancel is not None and self.cancel.is_set():
            raise EngineError("stopped on request")

    def fits(self, tokens: int) -> None:
        """Raises EngineError when prompts of so many tokens leave no room for the replies."""
        if tokens + max(p.max_tokens for p in self.prompts) > self.loaded.room:
            raise EngineError(
                f"the prompt of {tokens} tokens is too long for {self.loaded.name} "
                f"({self.loaded.room})",
                hint="shorten the description in the catalog, or use a model with more room",
            )


class LocalEngine(ABC):
    """A causal model. `level` follows its size: below 0.5e9 parameters it only drafts."""

    name = ""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or self.Options()
        self._loaded: dict[str, Loaded] = {}  # the one that was used last comes last
        self._lock = threading.RLock()

    Options = Options

    @abstractmethod
    def open(self, source: str) -> Loaded:
        """A model from a folder, a GGUF file or the hub. Raises SetupError, EngineError."""

    @abstractmethod
    def generate(self, batch: Batch) -> list[list[int]]:
        """The tokens of each reply, without what ends it. Raises EngineError when stopped."""

    @property
    def model(self) -> str:
        """The weights that would be used, and how they are sampled."""
        o = self.options
        found = o.model or "+".join(e.name for e in self._embedded()) or "none"
        named = Path(found).name if Path(found).exists() else found
        return f"{named} t{o.temperature:g} p{o.top_p:g}"

    @property
    def level(self) -> str:
        if self.options.level or not self.options.model:
            return self.options.level or "draft"
        size = self._load("en").parameters
        return "draft" if size < 0.5e9 else "guarded" if size < 3e9 else "free"

    @property
    def levels(self) -> Mapping[str, str]:
        return self.options.levels

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
        return checked(prompt, self._run([prompt], on_text, cancel)[0], self.model)

    def write_many(self, prompts: Sequence[Prompt], *, cancel: Event | None = None) -> list[str]:
        """The replies in the order of the prompts; like lengths are decoded together."""
        return settled(prompts, self._run(prompts, None, cancel), self.model)

    # -- batches -------------------------------------------------------------------------------

    def _run(
        self,
        prompts: Sequence[Prompt],
        on_text: Callable[[str], None] | None,
        cancel: Event | None,
    ) -> list[str]:
        replies = [""] * len(prompts)
        with self._lock:  # one batch at a time: two would only share the cores
            for language in dict.fromkeys(locale_language(p.locale) for p in prompts):
                loaded = self._load(language)
                rows = [
                    Row(i, p, text(loaded, p))
                    for i, p in enumerate(prompts)
                    if locale_language(p.locale) == language
                ]
                for batch in self._batches(loaded, rows, on_text, cancel):
                    for row, reply in zip(batch.rows, self._decode(batch), strict=True):
                        replies[row.index] = reply
        return replies

    def _batches(
        self,
        loaded: Loaded,
        rows: list[Row],
        on_text: Callable[[str], None] | None,
        cancel: Event | None,
    ) -> Iterator[Batch]:
        """Rows that end alike, of like lengths, together: what is padded is not wasted."""
        rows.sort(key=lambda r: (*_kind(r), r.prompt.max_tokens, len(r.text), r.text))
        for kind in dict.fromkeys(map(_kind, rows)):
            mine = [r for r in rows if _kind(r) == kind]
            for at in range(0, len(mine), self.options.batch):
                yield Batch(loaded, mine[at : at + self.options.batch], on_text, cancel)

    def _decode(self, batch: Batch) -> list[str]:
        """One batch; halved as long as the memory does not hold it."""
        batch.check()
        loaded, rows = batch.loaded, batch.rows
        try:
            made = self.generate(batch)
        except (MemoryError, RuntimeError) as error:
            if not _is_memory(error):
                raise EngineError(
                    f"{loaded.name} failed: {error}", hint="see `studio doctor --copy`"
                ) from error
            if len(rows) == 1:
                raise no_memory(loaded.name) from error
            half = len(rows) // 2
            first, second = (
                Batch(loaded, part, batch.on_text, batch.cancel)
                for part in (rows[:half], rows[half:])
            )
            return self._decode(first) + self._decode(second)
        batch.check()
        texts = loaded.tokenizer.batch_decode(made, skip_special_tokens=True)
        read = loaded.tokenizer([row.text for row in rows], add_special_tokens=not loaded.chat)
        counts = zip(texts, read["input_ids"], made, strict=True)
        return [Reply(_THOUGHT.sub("", t).strip(), len(r), len(m)) for t, r, m in counts]

    def steers(self, batch: Batch) -> bool:
        """Whether these are texts in which a small model is kept to true sentences."""
        drafts = all(level(self, p.locale) == "draft" for p in batch.prompts)
        return drafts and all(p.purpose == "description" for p in batch.prompts)

    # -- models --------------------------------------------------------------------------------

    def _embedded(self) -> list[weights.Entry]:
        """The pulled models of the registry, in its order."""
        copy = (e for e in weights.entries() if e.task == "copy")
        return [e for e in copy if weights.find(e.name, self.options.models)]

    def _load(self, language: str) -> Loaded:
        """The model for a language. Those for other languages stay as long as they fit."""
        with self._lock:
            return self._held(self._source(language))

    def _held(self, source: str) -> Loaded:
        loaded = self._loaded.pop(source, None)
        if loaded is None:
            self._make_room(source)
            try:
                loaded = self.open(source)
            except (MemoryError, RuntimeError) as error:
                if not _is_memory(error):
                    raise
                raise no_memory(Path(source).name) from error
        most = int(self.options.memory * 1e9)
        while self._loaded and not self._room_for(loaded, most):
            self._loaded.pop(next(iter(self._loaded)))
        self._loaded[source] = loaded
        return loaded

    def _make_room(self, source: str) -> None:
        """Let go of models while a new one may not fit: its file, widened, beside a copy of it."""
        path = Path(source).expanduser()
        files = path.glob("*.safetensors") if path.is_dir() else [path] if path.is_file() else []
        need = 6 * sum(f.stat().st_size for f in files) + _SPARE
        while self._loaded and memory() < need:
            self._loaded.pop(next(iter(self._loaded)))

    def _room_for(self, new: Loaded, most: int) -> bool:
        """Whether the models in memory may stay beside a new one, which is in memory by now."""
        if most:
            return new.bytes + sum(held.bytes for held in self._loaded.values()) <= most
        return memory() > _SPARE

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


def _kind(row: Row) -> tuple[bool, bool]:
    """What must be alike in a batch: whether a line ends it, and whether it may be steered."""
    purpose = row.prompt.purpose
    return purpose in _MANY_LINES, purpose == "description"


def no_memory(name: str) -> EngineError:
    """The error for a model that the machine has no memory for."""
    return EngineError(
        f"{name} does not fit into the memory",
        hint="use a smaller model, close other programs, or use the engine openai",
    )


def until(row: list[int], ends: Sequence[int]) -> list[int]:
    """The tokens before the first that ends a reply."""
    return row[: next((i for i, token in enumerate(row) if token in ends), len(row))]


_SHORT = re.compile(r"out of memory|not enough memory|can.t allocate|allocate memory|bad_alloc")


def _is_memory(error: BaseException) -> bool:
    """Whether an error of torch, OpenVINO or Python is about memory."""
    return isinstance(error, MemoryError) or bool(_SHORT.search(str(error).lower()))
