"""Copy from any server that speaks the OpenAI chat API: vLLM, llama.cpp, Ollama, DashScope ...

Servers differ and some say yes to what they ignore, so nothing is believed: the number of tokens
is always named, JSON forms are tried from the strictest down until a reply is JSON, and replies
are judged elsewhere. Tried again are only 429, 5xx, lost connections and timeouts. The key is in
no message and no log.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from studio.engines import talking
from studio.engines.faults import checked, settled
from studio.engines.reply import Reply
from studio.errors import EngineError, SetupError
from studio.schema import Prompt

if TYPE_CHECKING:
    from openai import OpenAI

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_STOPPED = "stopped on request"


class Options(BaseModel):
    """Options of the engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(default="", description="address of the API, mostly ending in /v1")
    model: str = Field(default="", description="the server's first model when empty")
    key: SecretStr = Field(default=SecretStr(""), description="key, where the server wants one")
    timeout: float = Field(default=60, gt=0, description="seconds without a sign of life")
    deadline: float = Field(default=300, gt=0, description="seconds for one whole reply")
    retries: int = Field(default=3, ge=0, le=10)
    concurrency: int = Field(default=4, ge=1, le=64, description="requests at a time")
    temperature: float = Field(default=0.4, ge=0, le=2)
    room: int = Field(
        default=0, ge=0, description="tokens of prompt and reply; what the server says when 0"
    )
    prices: tuple[float, float] = Field(
        default=(0.0, 0.0), description="for a million tokens of prompts and of replies"
    )
    json_form: Literal["auto", "schema", "object", "plain"] = Field(
        default="auto", description="how JSON is asked for; auto tries from the strictest down"
    )
    level: Literal["guarded", "free", "draft"] = "free"
    levels: Mapping[str, str] = Field(
        default={}, description="measured levels by language (studio doctor --copy)"
    )


class Engine:
    """A model on a server. `usage` counts requests, tokens and, where prices are set, the cost
    since the engine was built."""

    name = "openai"

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.level: str = self.options.level
        self.levels = self.options.levels
        self.usage = {"requests": 0, "prompt_tokens": 0, "completion_tokens": 0}
        self._form: str = "schema" if self.options.json_form == "auto" else self.options.json_form
        self._found, self._room = self.options.model, self.options.room
        self._client: OpenAI | None = None
        self._lock = threading.Lock()

    Options = Options

    @property
    def model(self) -> str:
        found = self._found or "default"  # llama.cpp calls a model by its file's whole path
        short = found.rsplit("/", 1)[-1] if found.startswith("/") else found
        return f"{short} t{self.options.temperature:g}"

    @property
    def cost(self) -> float:
        """What the tokens cost so far, in the currency of the prices."""
        return self._price(self.usage["prompt_tokens"], self.usage["completion_tokens"])

    def _price(self, read: int, written: int) -> float:
        to_read, to_write = self.options.prices
        return (read * to_read + written * to_write) / 1e6

    def ready(self) -> str:
        """ "" or what is missing and the command for it; the server itself is not asked."""
        if not self.options.url:
            return "no server is set: STUDIO_OPENAI_URL=http://localhost:8000/v1"
        if not re.match(r"https?://[^/\s]+", self.options.url):
            return "STUDIO_OPENAI_URL must begin with http:// or https://"
        return ""

    def write(
        self,
        prompt: Prompt,
        *,
        on_text: Callable[[str], None] | None = None,
        cancel: Event | None = None,
    ) -> str:
        """The reply, streamed to `on_text`. An attempt that fails halfway starts again."""
        return checked(prompt, self._reply(prompt, on_text, cancel), self.model)

    def write_many(self, prompts: Sequence[Prompt], *, cancel: Event | None = None) -> list[str]:
        """The replies in order, `concurrency` at a time; the first failure stops the rest."""
        stop = Event()

        def one(prompt: Prompt) -> Reply:
            if stop.is_set():
                raise EngineError(_STOPPED)
            try:
                return self._reply(prompt, None, cancel)
            except Exception:  # whatever it was, the other prompts stop, and it goes on upward
                stop.set()
                raise

        with ThreadPoolExecutor(self.options.concurrency) as pool:
            jobs = [pool.submit(one, prompt) for prompt in prompts]
        errors = [error for job in jobs if (error := job.exception())]
        first = [e for e in errors if getattr(e, "message", "") != _STOPPED]
        if errors:
            raise (first or errors)[0]
        return settled(prompts, [job.result() for job in jobs], self.model)

    # -- one reply -----------------------------------------------------------------------------

    def _reply(
        self, prompt: Prompt, on_text: Callable[[str], None] | None, cancel: Event | None
    ) -> Reply:
        client, model = self._connect()
        self._fits(prompt)
        attempt, taken = 0, [0, 0]
        while True:
            if cancel is not None and cancel.is_set():
                raise EngineError(_STOPPED)
            form = self._form
            try:
                reply, whole = self._once(client, model, prompt, form, taken, on_text, cancel)
            except Exception as error:  # a server may fail in any way; `talking` sorts it out
                asked = talking.form_of(prompt, form)
                if asked and talking.refused_form(error) and self._weaker(form):
                    continue
                wait = talking.wait(error, attempt)
                if wait is None or attempt >= self.options.retries:
                    raise self._told(error, attempt) from None  # the cause may hold the key
                attempt += 1
                (cancel or Event()).wait(wait)
                continue
            asked = talking.form_of(prompt, form)
            if asked and whole and not talking.is_json(reply) and self._weaker(form):
                continue  # it said yes to a form and took no notice of it
            return Reply(reply, taken[0], taken[1], self._price(taken[0], taken[1]))

    def _once(
        self,
        client: OpenAI,
        model: str,
        prompt: Prompt,
        form: str,
        taken: list[int],
        on_text: Callable[[str], None] | None,
        cancel: Event | None,
    ) -> tuple[str, bool]:
        """(the reply, whether it came to an end by itself) of one request. `taken`: the tokens
        read and written by all attempts, added to here."""
        end = time.monotonic() + self.options.deadline
        stream: Any = client.chat.completions.create(
            model=model,
            messages=talking.turns(prompt),
            max_tokens=prompt.max_tokens,
            temperature=self.options.temperature,
            seed=prompt.seed % 2**31,
            stream=True,
            stream_options={"include_usage": True},
            **talking.form_of(prompt, form),
        )
        pieces: list[str] = []
        finished: list[str] = []
        with stream:
            for piece in self._pieces(stream, finished, taken):
                if cancel is not None and cancel.is_set():
                    raise EngineError(_STOPPED)
                if time.monotonic() > end or sum(map(len, pieces)) > 40 * prompt.max_tokens:
                    raise EngineError(
                        f"the server at {self.options.url} does not come to an end",
                        hint="raise the engine's deadline, or use a quicker model",
                    )
                pieces.append(piece)
                if on_text:
                    on_text(piece)
        return _THOUGHT.sub("", "".join(pieces)).strip(), "length" not in finished

    def _pieces(self, stream: Any, finished: list[str], taken: list[int]) -> Iterator[str]:
        """The texts of a stream; tokens are counted where the server says how many."""
        with self._lock:
            self.usage["requests"] += 1
        for chunk in stream:
            usage = getattr(chunk, "usage", None)
            if usage is not None:
                read, written = usage.prompt_tokens or 0, usage.completion_tokens or 0
                taken[:] = taken[0] + read, taken[1] + written
                with self._lock:
                    self.usage["prompt_tokens"] += read
                    self.usage["completion_tokens"] += written
            for choice in (getattr(chunk, "choices", None) or [])[:1]:
                finished += [choice.finish_reason] if choice.finish_reason else []
                text = getattr(choice.delta, "content", None)
                if isinstance(text, str) and text:
                    yield text

    def _weaker(self, form: str) -> bool:
        """Ask for less than `form` from now on; False when there is nothing less to ask for."""
        if self.options.json_form != "auto" or form == talking.FORMS[-1]:
            return False
        with self._lock:
            if self._form == form:  # another thread may have learned it already
                self._form = talking.FORMS[talking.FORMS.index(form) + 1]
        return True

    def _fits(self, prompt: Prompt) -> None:
        """Raises EngineError for a prompt that no tokenizer makes short enough."""
        least = talking.least_tokens(prompt) + prompt.max_tokens
        if self._room and least > self._room:
            raise EngineError(
                f"the prompt of at least {least} tokens is too long for {self._found} "
                f"({self._room})",
                hint="shorten the description in the catalog, or use a model with more room",
            )

    # -- the server ----------------------------------------------------------------------------

    def _connect(self) -> tuple[OpenAI, str]:
        missing = self.ready()
        if missing:
            raise SetupError(missing, hint="set it in studio.toml or the environment")
        import openai

        with self._lock:
            if self._client is None:
                self._client = openai.OpenAI(
                    base_url=self.options.url,
                    api_key=self.options.key.get_secret_value() or "none",
                    timeout=self.options.timeout,
                    max_retries=0,
                )
                self._look(self._client)
            return self._client, self._found

    def _look(self, client: OpenAI) -> None:
        """Ask the server, once, which models it has and how much they read."""
        import openai

        try:
            offered = list(client.models.list())
        except openai.OpenAIError:
            offered = []  # some have no such list; a server that is down shows at the first prompt
        if not self._found and not offered:
            self._client = None
            raise SetupError(
                f"the server at {self.options.url} names no model",
                hint="is it running? set its model: STUDIO_OPENAI_MODEL=NAME",
            )
        self._found = self._found or offered[0].id
        mine = next((m for m in offered if m.id == self._found), None)
        self._room = self._room or talking.room_of(mine)

    def _told(self, error: Exception, attempt: int) -> EngineError:
        """The error for the user, without the key."""
        if isinstance(error, EngineError):
            return error
        tried = f" after {attempt + 1} attempts" if attempt else ""
        key, said = self.options.key.get_secret_value(), str(error)
        said = said.replace(key, "***") if key else said
        place = f"the server at {self.options.url}"
        return talking.told(error, place, tried, said, self.options.timeout)
