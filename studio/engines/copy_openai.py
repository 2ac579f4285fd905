"""Copy from any server that speaks the OpenAI chat API: vLLM, llama.cpp, Ollama, DashScope ...

Servers differ and some say yes to what they ignore, so nothing is believed: the number of tokens
is always named, JSON forms are tried from the strictest down, and replies are judged elsewhere.
Tried again are only 429, 5xx, lost connections and timeouts. The key is in no message and no log.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from studio.errors import EngineError, SetupError
from studio.schema import Prompt

if TYPE_CHECKING:
    from openai import OpenAI

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_FORMS = ("schema", "object", "plain")
_LONGEST_WAIT = 60.0  # seconds; who wants us to wait longer gets an error that says so


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
    json_form: Literal["auto", "schema", "object", "plain"] = Field(
        default="auto", description="how JSON is asked for; auto tries from the strictest down"
    )
    level: Literal["guarded", "free", "draft"] = "free"
    levels: Mapping[str, str] = Field(
        default={}, description="measured levels by language (studio doctor --copy)"
    )


class Engine:
    """A model on a server. `usage` counts requests and tokens since the engine was built."""

    name = "openai"

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self.level: str = self.options.level
        self.levels = self.options.levels
        self.usage = {"requests": 0, "prompt_tokens": 0, "completion_tokens": 0}
        self._form: str = "schema" if self.options.json_form == "auto" else self.options.json_form
        self._found = self.options.model
        self._client: OpenAI | None = None
        self._lock = threading.Lock()

    Options = Options

    @property
    def model(self) -> str:
        return f"{self._found or 'default'} t{self.options.temperature:g}"

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
        client, model = self._connect()
        attempt = 0
        while True:
            if cancel is not None and cancel.is_set():
                raise EngineError("stopped on request")
            try:
                return self._once(client, model, prompt, on_text, cancel)
            except Exception as error:
                if self._weaker(error, prompt):
                    continue
                wait = _wait(error, attempt)
                if wait is None or attempt >= self.options.retries:
                    raise self._told(error, attempt) from None  # the cause may hold the key
                attempt += 1
                (cancel or Event()).wait(wait)

    def write_many(self, prompts: Sequence[Prompt], *, cancel: Event | None = None) -> list[str]:
        """The replies in order, `concurrency` at a time; the first failure stops the rest."""
        stop = Event()

        def one(prompt: Prompt) -> str:
            if stop.is_set() or (cancel is not None and cancel.is_set()):
                raise EngineError("stopped on request")
            try:
                return self.write(prompt, cancel=cancel)
            except Exception:
                stop.set()
                raise

        with ThreadPoolExecutor(self.options.concurrency) as pool:
            jobs = [pool.submit(one, prompt) for prompt in prompts]
        errors = [error for job in jobs if (error := job.exception())]
        first = [e for e in errors if getattr(e, "message", "") != "stopped on request"]
        if errors:
            raise (first or errors)[0]
        return [job.result() for job in jobs]

    # -- one request ---------------------------------------------------------------------------

    def _once(
        self,
        client: OpenAI,
        model: str,
        prompt: Prompt,
        on_text: Callable[[str], None] | None,
        cancel: Event | None,
    ) -> str:
        end = time.monotonic() + self.options.deadline
        stream: Any = client.chat.completions.create(
            model=model,
            messages=_turns(prompt),
            max_tokens=prompt.max_tokens,
            temperature=self.options.temperature,
            seed=prompt.seed % 2**31,
            stream=True,
            stream_options={"include_usage": True},
            **self._json(prompt),
        )
        pieces: list[str] = []
        with stream:
            for piece in self._pieces(stream):
                if cancel is not None and cancel.is_set():
                    raise EngineError("stopped on request")
                if time.monotonic() > end or sum(map(len, pieces)) > 40 * prompt.max_tokens:
                    raise EngineError(
                        f"the server at {self.options.url} does not come to an end",
                        hint="raise the engine's deadline, or use a quicker model",
                    )
                pieces.append(piece)
                if on_text:
                    on_text(piece)
        return _THOUGHT.sub("", "".join(pieces)).strip()

    def _pieces(self, stream: Any) -> Iterator[str]:
        """The texts of a stream; tokens are counted where the server says how many."""
        with self._lock:
            self.usage["requests"] += 1
        for chunk in stream:
            usage = getattr(chunk, "usage", None)
            if usage is not None:
                with self._lock:
                    self.usage["prompt_tokens"] += usage.prompt_tokens or 0
                    self.usage["completion_tokens"] += usage.completion_tokens or 0
            for choice in (getattr(chunk, "choices", None) or [])[:1]:
                text = getattr(choice.delta, "content", None)
                if isinstance(text, str) and text:
                    yield text

    def _json(self, prompt: Prompt) -> dict[str, Any]:
        """The form of reply to ask for, as far as this server is known to take it."""
        if prompt.purpose != "listing" or self._form == "plain":
            return {}
        if self._form == "object":
            return {"response_format": {"type": "json_object"}}
        return {"response_format": {"type": "json_schema", "json_schema": _schema(prompt)}}

    def _weaker(self, error: Exception, prompt: Prompt) -> bool:
        """Whether the server refused the JSON form; if so, the next request asks for less."""
        status = getattr(error, "status_code", None)
        asked = bool(self._json(prompt)) and self.options.json_form == "auto"
        if not asked or status not in (400, 404, 415, 422, 500, 501):
            return False
        said = str(error).lower()
        if status != 500 and not re.search(r"response_format|json|schema|format|unsupported", said):
            return False
        with self._lock:
            self._form = _FORMS[_FORMS.index(self._form) + 1]
        return True

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
            if not self._found:
                try:
                    self._found = next(iter(self._client.models.list())).id
                except (openai.OpenAIError, StopIteration) as error:
                    raise SetupError(
                        f"the server at {self.options.url} names no model",
                        hint="set one: STUDIO_OPENAI_MODEL=NAME",
                    ) from (None if self.options.key.get_secret_value() else error)
            return self._client, self._found

    def _told(self, error: Exception, attempt: int) -> EngineError:
        """The error for the user: what happened, what to do, and no key."""
        if isinstance(error, EngineError):
            return error
        import openai

        tried = f" after {attempt + 1} attempts" if attempt else ""
        place = f"the server at {self.options.url}"
        status = getattr(error, "status_code", None)
        said = self._clean(str(error))
        if isinstance(error, openai.APITimeoutError):
            return EngineError(
                f"{place} did not answer within {self.options.timeout:g} s{tried}",
                hint="is it busy or loading? raise the engine's timeout",
                retryable=True,
            )
        if isinstance(error, openai.APIConnectionError):
            return EngineError(
                f"{place} cannot be reached{tried}: {said}",
                hint="start it, or mend STUDIO_OPENAI_URL",
                retryable=True,
            )
        hints = {
            401: "set the right key: STUDIO_OPENAI_KEY=...",
            403: "this key may not use this model",
            404: "mend STUDIO_OPENAI_MODEL or STUDIO_OPENAI_URL (most end in /v1)",
            429: "wait, or set a lower concurrency",
        }
        return EngineError(
            f"{place} answered {status or 'nonsense'}{tried}: {said[:300]}",
            hint=hints.get(status or 0, "see the server's log"),
            retryable=status == 429 or (status or 0) >= 500,
            retry_after=_retry_after(error),
        )

    def _clean(self, text: str) -> str:
        key = self.options.key.get_secret_value()
        return text.replace(key, "***") if key else text


def _turns(prompt: Prompt) -> Any:
    turns = [{"role": "system", "content": prompt.system}] if prompt.system else []
    for user, reply in prompt.shots:
        turns += [{"role": "user", "content": user}, {"role": "assistant", "content": reply}]
    return [*turns, {"role": "user", "content": prompt.user}]


def _schema(prompt: Prompt) -> dict[str, Any]:
    """A plain schema: bounds on lengths make some servers hang, and are kept elsewhere anyway."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    fields: dict[str, Any] = {
        "title": text,
        "bullets": texts,
        "description": text,
        "keywords": texts,
    }
    fields |= {n.removeprefix("extra."): text for n in prompt.limits if n.startswith("extra.")}
    schema = {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
    return {"name": "listing", "strict": True, "schema": schema}


def _wait(error: Exception, attempt: int) -> float | None:
    """Seconds until the next attempt, or None when another one would not help."""
    import openai

    status = getattr(error, "status_code", None)
    lost = isinstance(error, openai.APIConnectionError)  # timeouts are a kind of it
    if not lost and status != 429 and (status or 0) < 500:
        return None
    asked = _retry_after(error)
    if asked is not None:
        return asked if asked <= _LONGEST_WAIT else None
    return float(min(20.0, 0.5 * 2**attempt) * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


def _retry_after(error: Exception) -> float | None:
    """Seconds of the header Retry-After, when it is a number (dates are not read)."""
    response = getattr(error, "response", None)
    value = response.headers.get("retry-after", "") if response is not None else ""
    return float(value) if re.fullmatch(r"\d{1,6}(?:\.\d+)?", value) else None
