"""The openvino engine with a real Llama of tiny size that is converted here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_model import llama, prompt

from studio.engines import copy_transformers
from studio.errors import EngineError, SetupError

pytest.importorskip("openvino", reason="OpenVINO does not run here")

from studio.engines.copy_openvino import Engine, Options
from studio.engines.drawing import Draw
from studio.engines.looping import Beginning, Reply, Walk, chunk


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llama(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def engine(folder: Path, models: Path) -> Engine:
    return Engine(Options(model=str(folder), models=models, threads=1, level="guarded"))


def test_it_says_what_transformers_says(engine: Engine, folder: Path, models: Path) -> None:
    options = {"model": str(folder), "models": models, "threads": 1, "level": "guarded"}
    theirs = copy_transformers.Engine(copy_transformers.Options(**options))
    asked = [prompt(0, user) for user in ("The Bottle", "It weighs 300 g", "With a lid")]
    assert engine.write_many(asked) == theirs.write_many(asked)


def test_a_long_beginning_that_rows_share_changes_nothing(engine: Engine) -> None:
    beginning = "The Norrvik Bottle is made of stainless steel and holds 750 ml. " * 3
    asked = [prompt(i, beginning + end) for i, end in enumerate(("It", "With a lid", "These are"))]
    assert engine.write_many(asked) == [engine.write(one) for one in asked]


class Counting:
    """A net that counts what it is asked to read."""

    def __init__(self) -> None:
        self.read: list[tuple[int, ...]] = []

    def reset(self) -> None:
        self.read = []

    def save(self) -> None:
        """Nothing to keep."""

    def restore(self, saved: None) -> None:
        """Nothing to bring back."""

    def step(
        self, ids: np.ndarray, mask: np.ndarray, positions: np.ndarray, rows: object
    ) -> object:
        assert mask.shape[1] >= ids.shape[1]
        self.read.append(ids.shape)
        return np.zeros((len(ids), 8), np.float32)


def test_nothing_is_read_twice() -> None:
    net, beginning, same = Counting(), Beginning(), list(range(20))

    def read(*ends: list[int]) -> list[tuple[int, ...]]:
        rows = [Reply(same + end, 5, Draw(0, 1, 1)) for end in ends]
        list(Walk(net, beginning, rows).read())
        return net.read

    assert read([1, 2], [1, 2], [3]) == [(1, 20), (2, 2)]
    assert read([4, 5, 6]) == [(1, 3)]  # the beginning is known
    assert read([7], [8, 9]) == [(2, 2)]
    same[0] = 99  # another beginning: seen once, kept when it comes a second time
    assert read([1]) == [(1, 21)]
    assert read([2, 3]) == [(1, 20), (1, 2)]
    assert read([4]) == [(1, 1)]


def test_what_is_kept_from_the_last_call_changes_nothing(engine: Engine, folder: Path) -> None:
    beginning = "The Norrvik Bottle is made of stainless steel and holds 750 ml. " * 3
    asked = [prompt(i, beginning + end) for i, end in enumerate(("It", "With a lid", "These"))]
    fresh = []
    for one in asked:
        engine._load("en").model.beginning = Beginning()
        fresh.append(engine.write(one))
    assert [engine.write(one) for one in asked] == fresh
    assert engine._load("en").model.beginning.tokens


def test_words_without_a_choice_are_read_together() -> None:
    assert chunk([5]) == 5
    assert chunk([1, 1, 1]) == 1
    assert chunk([6] * 32) == 6
    assert chunk([1] * 31 + [9]) == 1


def test_a_model_is_converted_once(engine: Engine, folder: Path, models: Path) -> None:
    engine.write(prompt())
    made = list((models / "converted").glob("*-openvino-*/model.xml"))
    before = [p.stat().st_mtime_ns for p in made]
    Engine(Options(model=str(folder), models=models, threads=1)).write(prompt())
    again = list((models / "converted").glob("*-openvino-*/model.xml"))
    assert [p.stat().st_mtime_ns for p in again] == before
    notes = json.loads((made[0].parent / "notes.json").read_text())
    assert 0 <= notes["divergence"] < 0.05


def test_what_loses_its_sense_is_not_kept(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    bad = llama(tmp_path / "bad", tie_word_embeddings=True)
    file = bad / "model.safetensors"
    tensors = load_file(file)
    # One value of each row is so large that eight bits have no room for the others.
    for name in ("model.embed_tokens.weight", "model.layers.0.mlp.gate_proj.weight"):
        tensors[name] = tensors[name] * 20
        tensors[name][:, 0] = 4000.0
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(EngineError, match="loses its sense in 8 bits") as caught:
        Engine(Options(model=str(bad), models=tmp_path, threads=1)).write(prompt())
    assert "transformers" in caught.value.hint
    assert not list((tmp_path / "converted").glob("*"))


def test_models_of_two_languages_stay_while_they_fit(tmp_path: Path, models: Path) -> None:
    folders = [llama(tmp_path / str(i), seed=i) for i in range(2)]
    roomy = Engine(Options(models=models, threads=1))
    first, second = (roomy._held(str(f)) for f in folders)
    assert list(roomy._loaded) == [str(f) for f in folders]
    assert roomy._held(str(folders[0])) is first
    tight = Engine(Options(models=models, threads=1, memory=1.5 * second.bytes / 1e9))
    for one in folders:
        tight._held(str(one))
    assert list(tight._loaded) == [str(folders[1])]


def test_what_is_missing_comes_with_its_command(tmp_path: Path) -> None:
    assert "studio models pull smollm2" in Engine(Options(models=tmp_path)).ready()
    with pytest.raises(SetupError, match="no model at"):
        Engine(Options(model="/nowhere/model", models=tmp_path)).write(prompt())
