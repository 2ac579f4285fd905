"""The transformers engine with a real Llama of tiny size, built here and seeded."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_model import llama, prompt

from studio.engines.copy_transformers import Engine, Options
from studio.engines.loading import text
from studio.engines.local import Batch
from studio.errors import EngineError, SetupError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llama(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Engine:
    return Engine(Options(model=str(folder), threads=1, level="guarded"))


def test_the_worked_examples_are_shown_to_a_base_model(engine: Engine) -> None:
    shown = text(engine._load("en"), prompt(shots=(("Q1", "A1"), ("Q2", "A2"))))
    assert shown == "Q1\nA1\n\nQ2\nA2\n\nThe Bottle\n"


def test_a_chat_template_is_used_where_there_is_one(folder: Path, tmp_path: Path) -> None:
    from shutil import copytree

    from transformers import AutoTokenizer

    chat = copytree(folder, tmp_path / "chat")
    tokenizer = AutoTokenizer.from_pretrained(chat)
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}"
        "{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
    )
    tokenizer.save_pretrained(chat)
    loaded = Engine(Options(model=str(chat), threads=1))._load("en")
    assert text(loaded, prompt(system="Be plain.")) == "<user>Be plain.\n\nThe Bottle<assistant>"


def test_what_is_missing_comes_with_its_command(tmp_path: Path) -> None:
    engine = Engine(Options(models=tmp_path))
    assert "studio models pull smollm2-135m-instruct" in engine.ready()
    assert "studio models pull gemma3-270m" in engine.lacks("zh-CN")
    with pytest.raises(SetupError, match="pulled"):
        engine.write(prompt())
    with pytest.raises(SetupError, match="no model at"):
        Engine(Options(model="/nowhere/model")).write(prompt())
    (tmp_path / "bad.gguf").write_bytes(b"not a model")
    with pytest.raises(SetupError, match="no GGUF"):
        Engine(Options(model=str(tmp_path / "bad.gguf"), models=tmp_path)).write(prompt())


class Hungry(Engine):
    """Batches of more than `most` rows really ask the machine for 64 TB."""

    most = 2

    def generate(self, batch: Batch) -> list[list[int]]:
        import torch

        if len(batch.rows) > self.most:
            torch.empty(1 << 46, dtype=torch.uint8)
        return super().generate(batch)


def test_a_batch_that_is_too_large_for_the_memory_is_halved(folder: Path, engine: Engine) -> None:
    asked = [prompt(seed) for seed in (3, 4, 5, 6, 7)]
    hungry = Hungry(Options(model=str(folder), threads=1, level="guarded"))
    assert hungry.write_many(asked) == engine.write_many(asked)


def test_a_model_that_does_not_fit_is_told_with_the_remedy(folder: Path) -> None:
    starving = Hungry(Options(model=str(folder), threads=1, level="guarded"))
    starving.most = 0
    with pytest.raises(EngineError, match="does not fit into the memory") as caught:
        starving.write(prompt(3))
    assert "smaller model" in caught.value.hint
