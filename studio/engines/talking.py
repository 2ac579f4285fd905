"""What is said to servers of the OpenAI chat API, and what their answers and failures mean."""

from __future__ import annotations

import json
import random
import re
from typing import Any

from studio.errors import EngineError
from studio.schema import Prompt

FORMS = ("schema", "object", "plain")  # how JSON is asked for, from the strictest down
_LONGEST_WAIT = 60.0  # seconds; who wants us to wait longer gets an error that says so
_REFUSED = re.compile(r"response_format|json|schema|format|unsupported")


def turns(prompt: Prompt) -> Any:
    """The messages of a prompt."""
    said = [{"role": "system", "content": prompt.system}] if prompt.system else []
    for user, reply in prompt.shots:
        said += [{"role": "user", "content": user}, {"role": "assistant", "content": reply}]
    return [*said, {"role": "user", "content": prompt.user}]


def form_of(prompt: Prompt, form: str) -> dict[str, Any]:
    """What a request must carry so that the reply to a listing's prompt is JSON."""
    if prompt.purpose != "listing" or form == "plain":
        return {}
    if form == "object":
        return {"response_format": {"type": "json_object"}}
    return {"response_format": {"type": "json_schema", "json_schema": _schema(prompt)}}


def _schema(prompt: Prompt) -> dict[str, Any]:
    """A plain schema: bounds on lengths make some servers hang, and are kept elsewhere anyway."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    fields: dict[str, Any] = {"title": text, "bullets": texts, "description": text}
    fields |= {"keywords": texts} if "keywords" in prompt.limits else {}
    fields |= {n.removeprefix("extra."): text for n in prompt.limits if n.startswith("extra.")}
    schema = {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }
    return {"name": "listing", "strict": True, "schema": schema}


def refused_form(error: Exception) -> bool:
    """Whether an error is about the form of JSON that was asked for."""
    status = getattr(error, "status_code", None)
    if status not in (400, 404, 415, 422, 500, 501):
        return False
    return status == 500 or bool(_REFUSED.search(str(error).lower()))


def is_json(reply: str) -> bool:
    """Whether there is a JSON object in a reply."""
    start = reply.find("{")
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(reply[max(start, 0) :])
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict)


def least_tokens(prompt: Prompt) -> int:
    """Fewer tokens than any tokenizer makes of a prompt: what is longer cannot fit."""
    text = "".join(turn["content"] for turn in turns(prompt))
    han = len(re.findall(r"[\u3400-\u9fff]", text))
    return (len(text) - han) // 8 + han // 3


def room_of(model: Any) -> int:
    """Tokens that a model has room for, as far as the server's list of models says; else 0."""
    extra: dict[str, Any] = getattr(model, "model_extra", None) or {}
    meta = extra.get("meta")
    within = meta.get("n_ctx") if isinstance(meta, dict) else None
    named = (extra.get("max_model_len"), extra.get("context_length"), within)
    return next((n for n in named if isinstance(n, int) and n > 0), 0)


def wait(error: Exception, attempt: int) -> float | None:
    """Seconds until the next attempt, or None when another one would not help."""
    import openai

    status = getattr(error, "status_code", None)
    lost = isinstance(error, openai.APIConnectionError)  # timeouts are a kind of it
    if not lost and status != 429 and (status or 0) < 500:
        return None
    asked = retry_after(error)
    if asked is not None:
        return asked if asked <= _LONGEST_WAIT else None
    return float(min(20.0, 0.5 * 2**attempt) * random.uniform(0.5, 1.0))  # noqa: S311 - jitter


def retry_after(error: Exception) -> float | None:
    """Seconds of the header Retry-After, when it is a number (dates are not read)."""
    response = getattr(error, "response", None)
    value = response.headers.get("retry-after", "") if response is not None else ""
    return float(value) if re.fullmatch(r"\d{1,6}(?:\.\d+)?", value) else None


def told(error: Exception, place: str, tried: str, said: str, timeout: float) -> EngineError:
    """The error for the user: what happened and what to do. `said`: its text without secrets."""
    import openai

    status = getattr(error, "status_code", None)
    if isinstance(error, openai.APITimeoutError):
        return EngineError(
            f"{place} did not answer within {timeout:g} s{tried}",
            hint="is it busy or loading? raise the engine's timeout",
            retryable=True,
        )
    if isinstance(error, openai.APIConnectionError):
        return EngineError(
            f"{place} cannot be reached{tried}: {said}",
            hint="start it, or mend STUDIO_OPENAI_URL",
            retryable=True,
        )
    if "context" in said.lower() and status == 400:
        return EngineError(
            f"the prompt is too long for {place}: {said[:300]}",
            hint="shorten the description in the catalog, or use a model with more room",
        )
    hints = {
        401: "set the right key: STUDIO_OPENAI_KEY=...",
        402: "the account is out of credit",
        403: "this key may not use this model",
        404: "mend STUDIO_OPENAI_MODEL or STUDIO_OPENAI_URL (most end in /v1)",
        429: "wait, or set a lower concurrency",
    }
    return EngineError(
        f"{place} answered {status or 'nonsense'}{tried}: {said[:300]}",
        hint=hints.get(status or 0, "see the server's log"),
        retryable=status == 429 or (status or 0) >= 500,
        retry_after=retry_after(error),
    )
