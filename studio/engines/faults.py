"""Replies that are no copy at all: empty, a refusal, another language, the same words for ever.

One such reply among many is a text that was not written ("" stands for it, and the floor for the
text); when every reply is one, the model is not fit for the task, and an EngineError says what to
do. Finer judgements are the copywriter's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from studio.engines.reply import Reply
from studio.errors import EngineError
from studio.schema import Prompt, locale_language

_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_LOOP = re.compile(r"(.{2,60}?)\1{5,}", re.DOTALL)  # the same words six times on end
_REFUSAL = re.compile(
    r"\W*(?:(?:i(?:['’]m| am) )?(?:very |so )?sorry\b|i (?:cannot|can['’]?t|can not|won['’]?t)\b"
    r"|(?:as|i am|i['’]m) an? (?:ai|artificial|large language|language model)\b"
    r"|unfortunately, i\b|(?:非常|很)?(?:抱歉|对不起)|我(?:无法|不能)"
    r"|作为(?:一个|一名)?.{0,4}(?:AI|人工智能|语言模型))",
    re.I,
)
_REMEDIES = {
    "came back empty": "give the model more room, or use another model",
    "is a refusal": "use a model that follows instructions, or the engine template",
    "is in the wrong language": "use a model for that language: studio models",
    "repeats itself without end": "use a larger model, or a temperature above 0",
}


def fault(prompt: Prompt, reply: str) -> str:
    """Why a reply is no copy: a key of the remedies, or ""."""
    if not re.search(r"\w", reply):
        return "came back empty"
    if _REFUSAL.match(reply):
        return "is a refusal"
    if _LOOP.search(reply):
        return "repeats itself without end"
    han, letters = len(_HAN.findall(reply)), len(_LETTER.findall(reply))
    language = locale_language(prompt.locale)
    if letters > 20 and (
        (language == "zh" and not han) or (language == "en" and 2 * han > letters)
    ):
        return "is in the wrong language"
    return ""


def checked(prompt: Prompt, reply: str, model: str) -> str:
    """The reply. Raises EngineError when it is no copy."""
    if why := fault(prompt, reply):
        raise _error(why, model)
    return reply


def settled(prompts: Sequence[Prompt], replies: Sequence[str], model: str) -> list[str]:
    """The replies, "" for each that is no copy. Raises EngineError when none is one."""
    faults = [fault(p, r) for p, r in zip(prompts, replies, strict=True)]
    if faults and all(faults):
        raise _error(faults[0], model)
    said = zip(faults, replies, strict=True)
    return [_without(reply) if why else reply for why, reply in said]


def _without(reply: str) -> str:
    return reply.saying("") if isinstance(reply, Reply) else ""


def _error(why: str, model: str) -> EngineError:
    return EngineError(f"the reply of {model} {why}", hint=_REMEDIES[why])
