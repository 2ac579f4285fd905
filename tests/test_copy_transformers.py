"""The transformers engine with a real Llama of tiny size, built here and seeded."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event

import pytest
from tiny_model import llama, prompt

from studio.engines import weights
from studio.engines.copy_transformers import Engine, Options
from studio.engines.loading import text
from studio.engines.local import Batch
from studio.errors import EngineError, SetupError
from studio.schema import Attribute, Facts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llama(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Engine:
    return Engine(Options(model=str(folder), threads=1, level="guarded"))


def test_texts_depend_on_the_seed_and_not_on_the_batch(engine: Engine) -> None:
    alone = [engine.write(prompt(seed)) for seed in (0, 3, 4)]
    together = engine.write_many([prompt(3), prompt(9, "It comes"), prompt(0), prompt(4)])
    assert [together[2], together[0], together[3]] == alone
    assert len(set(alone)) == 3


def test_words_are_streamed_as_they_come(engine: Engine) -> None:
    heard: list[str] = []
    reply = engine.write(prompt(3), on_text=heard.append)
    assert len(heard) > 1
    assert "".join(heard).strip() == reply


def test_each_row_ends_at_its_own_length(engine: Engine) -> None:
    short, long = engine.write_many([prompt(3, max_tokens=3), prompt(3, max_tokens=30)])
    assert long.startswith(short.rstrip("\ufffd"))
    assert len(long) > len(short)


def test_cancel_stops_within_a_step(engine: Engine) -> None:
    cancel = Event()
    with pytest.raises(EngineError, match="stopped on request"):
        engine.write(prompt(3, max_tokens=200), on_text=lambda _: cancel.set(), cancel=cancel)
    with pytest.raises(EngineError, match="stopped on request"):
        engine.write_many([prompt()], cancel=cancel)


def test_a_prompt_that_is_too_long_is_told(engine: Engine) -> None:
    with pytest.raises(EngineError, match="too long") as caught:
        engine.write(prompt(user="word " * 400))
    assert caught.value.hint


def test_a_small_model_can_only_choose_among_true_sentences(folder: Path) -> None:
    drafting = Engine(Options(model=str(folder), threads=1, temperature=1.5, top_p=1.0))
    assert drafting.level == "draft"
    replies = drafting.write_many([prompt(seed, max_tokens=120) for seed in range(1, 9)])
    phrases = (
        r"(?:is made (?:of|from) stainless steel|(?:holds|has a capacity of) 750 ml|weighs 300 g)"
    )
    joined = rf"{phrases}(?:(?:, {phrases})* and {phrases})?"
    for reply in replies:
        assert re.fullmatch(rf"The Norrvik Bottle {joined}\.(?: It {joined}\.)*", reply)
        assert all(reply.count(value) == 1 for value in ("stainless steel", "750 ml", "300 g"))
    assert len(set(replies)) > 1


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


def test_pickled_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    from shutil import copytree

    import torch

    bad = copytree(folder, tmp_path / "pickle")
    (bad / "model.safetensors").unlink()
    torch.save({"x": torch.zeros(1)}, bad / "pytorch_model.bin")
    with pytest.raises(SetupError, match="cannot load") as caught:
        Engine(Options(model=str(bad))).write(prompt())
    assert "safetensors" in caught.value.hint


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


@pytest.mark.models
@pytest.mark.parametrize(
    ("name", "locale", "title", "rows"),
    [
        ("smollm2-135m-instruct", "en-US", "Bottle", {"Material": "steel", "Capacity": "750 ml"}),
        ("gemma3-270m", "zh-CN", "保温杯", {"材质": "不锈钢", "容量": "750毫升"}),
    ],
)
def test_the_embedded_models_write(
    name: str, locale: str, title: str, rows: dict[str, str]
) -> None:
    from studio import prompting, settings
    from studio.schema import Brief, Product

    models = settings.load().models
    if weights.find(name, models) is None:
        pytest.skip(f"not pulled: studio models pull {name}")
    facts = Facts(
        title=title, attributes=tuple(Attribute(name=k, value=v) for k, v in rows.items())
    )
    product = Product(id="p", locale=locale, facts={locale: facts})
    filled = prompting.render("description", product, Brief(channel="x", locale=locale), {})
    engine = Engine(Options(model=name, models=models, level="draft"))
    reply = engine.write(filled)
    assert all(value in reply for value in rows.values())
    assert engine.write(filled) == reply
