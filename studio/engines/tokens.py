"""Text into tokens and back, by the library `tokenizers` alone: it opens in a tenth of the time
that transformers takes to be imported.

It does what the engines ask of a tokenizer of transformers, under the same names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any


class Tokens:
    """The tokenizer in a folder with `tokenizer.json` and `tokenizer_config.json`.

    Raises OSError, ValueError or what `tokenizers` raises for a file that is none.
    """

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._own = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._own.no_padding()
        self._own.no_truncation()
        config = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
        template = folder / "chat_template.jinja"
        found = template.read_text("utf-8") if template.is_file() else config.get("chat_template")
        self.chat_template: str = _named(found)
        names = ("bos_token", "eos_token", "unk_token", "pad_token")
        self._named = {name: _text(config.get(name)) for name in names}

    def __len__(self) -> int:
        return int(self._own.get_vocab_size(with_added_tokens=True))

    def __call__(
        self, texts: str | Sequence[str], *, add_special_tokens: bool = True
    ) -> dict[str, Any]:
        """{"input_ids": tokens of the text, or of each text}"""
        if isinstance(texts, str):
            return {"input_ids": self._own.encode(texts, add_special_tokens=add_special_tokens).ids}
        read = self._own.encode_batch(list(texts), add_special_tokens=add_special_tokens)
        return {"input_ids": [one.ids for one in read]}

    def decode(self, ids: Sequence[int], *, skip_special_tokens: bool = False) -> str:
        return str(self._own.decode(list(ids), skip_special_tokens=skip_special_tokens))

    def batch_decode(
        self, rows: Sequence[Sequence[int]], *, skip_special_tokens: bool = False
    ) -> list[str]:
        found = self._own.decode_batch(
            [list(row) for row in rows], skip_special_tokens=skip_special_tokens
        )
        return [str(text) for text in found]

    def apply_chat_template(
        self, turns: Sequence[dict[str, str]], *, add_generation_prompt: bool, **more: Any
    ) -> str:
        """The turns as the model's own template writes them. It runs in a sandbox; what it raises
        (some refuse a role) is a jinja2.TemplateError."""
        given = {**self._named, **more, "add_generation_prompt": add_generation_prompt}
        return str(_template(self.chat_template).render(messages=list(turns), **given))


def _template(source: str) -> Any:
    """A template with what models' templates may use, as transformers gives it to them."""
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> None:
        raise TemplateError(message)

    def as_json(value: Any, **how: Any) -> str:
        return json.dumps(value, ensure_ascii=False, indent=how.get("indent"))

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = as_json
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = lambda form: datetime.now().astimezone().strftime(form)
    return environment.from_string(source)


def _named(template: Any) -> str:
    """A template, or the default one of several."""
    if isinstance(template, list):
        named = {entry.get("name"): entry.get("template") for entry in template}
        template = named.get("default")
    return template if isinstance(template, str) else ""


def _text(token: Any) -> str:
    """A special token's text; some files keep it with its properties."""
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else ""


class TextStream:
    """Hands on the new text of one row after each token, never half a character."""

    def __init__(self, tokenizer: Any, on_text: Callable[[str], None]) -> None:
        self.tokenizer, self.on_text = tokenizer, on_text
        self.ids: list[int] = []
        self.said = ""

    def add(self, tokens: Sequence[int]) -> None:
        """The next tokens of the reply."""
        self.ids += tokens
        text = self.tokenizer.decode(self.ids, skip_special_tokens=True)
        if not text.endswith("\ufffd"):
            self._say(text)

    def end(self) -> None:
        """What is held back comes too: nothing will make it whole."""
        self._say(self.tokenizer.decode(self.ids, skip_special_tokens=True))

    def _say(self, text: str) -> None:
        if len(text) > len(self.said):
            self.on_text(text[len(self.said) :])
            self.said = text
