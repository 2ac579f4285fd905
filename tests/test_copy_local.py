"""What every engine with a model of its own holds to, with a real Llama of tiny size."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree
from threading import Event
from typing import Any

import pytest
from tiny_model import llama, prompt

from studio import engines, prompting, settings
from studio.engines import weights
from studio.errors import EngineError, SetupError
from studio.schema import Attribute, Brief, Facts, Product


@pytest.fixture(scope="module", params=["transformers", "openvino"])
def name(request: pytest.FixtureRequest) -> str:
    if request.param == "openvino":
        pytest.importorskip("openvino", reason="OpenVINO does not run here")
    return str(request.param)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llama(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def engine(name: str, folder: Path, models: Path) -> Any:
    return engines.load("copy", name, model=str(folder), models=models, threads=1, level="guarded")


def test_texts_depend_on_the_seed_and_not_on_the_batch(engine: Any) -> None:
    alone = [engine.write(prompt(seed)) for seed in (0, 3, 4)]
    together = engine.write_many(
        [prompt(3), prompt(9, "It comes in plain words"), prompt(0), prompt(4)]
    )
    assert [together[2], together[0], together[3]] == alone
    assert len(set(alone)) == 3


def test_each_row_ends_at_its_own_length(engine: Any) -> None:
    short, long = engine.write_many([prompt(3, max_tokens=3), prompt(3, max_tokens=30)])
    assert long.startswith(short.rstrip("\ufffd"))
    assert len(long) > len(short)


def test_words_are_streamed_as_they_come(engine: Any) -> None:
    heard: list[str] = []
    reply = engine.write(prompt(3), on_text=heard.append)
    assert len(heard) > 1
    assert "".join(heard).strip() == reply


def test_cancel_stops_within_a_step(name: str, engine: Any) -> None:
    cancel, heard = Event(), list[str]()

    def hear(text: str) -> None:
        heard.append(text)
        cancel.set()

    with pytest.raises(EngineError, match="stopped on request"):
        engine.write(prompt(3, max_tokens=200), on_text=hear, cancel=cancel)
    assert len(heard) == {"openvino": 1, "transformers": 2}[name]  # what it held comes at the end
    with pytest.raises(EngineError, match="stopped on request"):
        engine.write_many([prompt()], cancel=cancel)


def test_a_prompt_that_is_too_long_is_told(engine: Any) -> None:
    with pytest.raises(EngineError, match="too long") as caught:
        engine.write(prompt(user="word " * 400))
    assert caught.value.hint


def test_a_small_model_can_only_choose_among_true_sentences(
    name: str, folder: Path, models: Path
) -> None:
    options = {"model": str(folder), "models": models, "threads": 1}
    drafting = engines.load("copy", name, **options, temperature=1.5, top_p=1.0)
    assert drafting.level == "draft"
    asked = [prompt(seed, max_tokens=120) for seed in range(1, 9)]
    replies = drafting.write_many(asked)
    phrases = (
        r"(?:is made (?:of|from) stainless steel|(?:holds|has a capacity of) 750 ml|weighs 300 g)"
    )
    joined = rf"{phrases}(?:(?:, {phrases})* and {phrases})?"
    for reply in replies:
        assert re.fullmatch(rf"The Norrvik Bottle {joined}\.(?: It {joined}\.)*", reply)
        assert all(reply.count(value) == 1 for value in ("stainless steel", "750 ml", "300 g"))
    assert len(set(replies)) > 1
    assert replies == [drafting.write(one) for one in asked]


def test_pickled_weights_are_refused(name: str, folder: Path, tmp_path: Path) -> None:
    import torch

    bad = copytree(folder, tmp_path / "pickle")
    (bad / "model.safetensors").unlink()
    torch.save({"x": torch.zeros(1)}, bad / "pytorch_model.bin")
    with pytest.raises(SetupError, match="cannot load") as caught:
        engines.load("copy", name, model=str(bad), models=tmp_path).write(prompt())
    assert "safetensors" in caught.value.hint


@pytest.mark.models
@pytest.mark.parametrize(
    ("model", "locale", "title", "rows"),
    [
        ("smollm2-135m-instruct", "en-US", "Bottle", {"Material": "steel", "Capacity": "750 ml"}),
        ("gemma3-270m", "zh-CN", "保温杯", {"材质": "不锈钢", "容量": "750毫升"}),
    ],
)
def test_the_embedded_models_write(
    name: str, model: str, locale: str, title: str, rows: dict[str, str]
) -> None:
    models = settings.load().models
    if weights.find(model, models) is None:
        pytest.skip(f"not pulled: studio models pull {model}")
    facts = Facts(
        title=title, attributes=tuple(Attribute(name=k, value=v) for k, v in rows.items())
    )
    product = Product(id="p", locale=locale, facts={locale: facts})
    filled = prompting.render("description", product, Brief(channel="x", locale=locale), {})
    engine = engines.load("copy", name, model=model, models=models, level="draft")
    reply = engine.write(filled)
    assert all(value in reply for value in rows.values())
    assert engine.write(filled) == reply
