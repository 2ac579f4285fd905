"""The denoising network through OpenVINO: the same picture as from torch, by networks that were
proved and kept; with the real classes at a tiny size."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import cv2
import diffusion_making
import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from studio import engines
from studio.engines import Scene, vino
from studio.engines.diffusion import compiled
from studio.errors import EngineError, SetupError

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(not vino.runs(), reason="OpenVINO does not run here"),
]
SCENE = Scene(96, 64, seed=7, look="sweep", prompt="white marble table", negative="people")


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("diffusion")
    diffusion_making.make(base)
    # with a LoRA of random numbers torch itself is hundredths away from its answer in float64
    (base / "mild-lora").mkdir()
    name = "pytorch_lora_weights.safetensors"
    strong = load_file(base / "lcm-lora" / name)
    save_file({k: 0.1 * v for k, v in strong.items()}, base / "mild-lora" / name)
    return base


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture(scope="session")
def first_start(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "models"
    engine(weights / "plain", folder).backdrop(SCENE)
    return folder


@pytest.fixture
def begun(first_start: Path, models: Path) -> Path:
    """A models folder in which the network of "plain" is kept."""
    shutil.copytree(first_start, models)
    return models


def engine(folder: Path, models: Path, name: str = "diffusers", **options: Any) -> Any:
    given = {"model": str(folder), "side": 80, "steps": 2, "dtype": "float32", "threads": 1}
    given |= {"models": models, "runtime": "openvino"}  # by itself only with bfloat16
    return engines.load("scene", name, **{**given, **options})


def placed() -> Scene:
    """The scene with a product in its middle, as the photographer hands it over."""
    image = np.full((SCENE.height, SCENE.width, 3), 90, np.uint8)
    cv2.putText(image, "TEA", (34, 38), 0, 0.5, (250, 250, 250), 1)
    mask = np.zeros((SCENE.height, SCENE.width), np.float32)
    mask[16:48, 32:64] = 1
    return Scene(**{**SCENE.__dict__, "options": {"image": image, "mask": mask}})


def differ(one: np.ndarray, two: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - two).max())


def net_of(one: Any) -> Any:
    from studio.engines.diffusion.compiled import Compiled

    loaded = one.load() if hasattr(one, "load") else one._load()[0]
    assert isinstance(loaded.pipe.unet.forward, Compiled)
    return loaded.pipe.unet.forward


def kept(models: Path) -> list[Path]:
    return sorted(models.glob("converted/*/model.xml"))


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("plain", {}),
        ("plain", {"guidance": 0.0}),
        ("lcm", {}),
        ("sd-t", {}),
        ("xl", {}),
        ("xl", {"inpaint": True}),
        ("inpaint", {"inpaint": True}),
        ("plain", {"inpaint": True}),
        ("plain", {"controlnet": "controlnet"}),
        ("plain", {"ip_adapter": "ip-adapter", "ip_scale": 1.0}),
        ("plain", {"lora": "mild-lora"}),
        ("plain", {"dtype": "bfloat16"}),
        ("plain", {"side": 90}),  # latents that halving leaves a remainder of
    ],
    ids=str,
)
def test_every_kind_gives_the_picture_that_torch_gives(
    weights: Path, models: Path, model: str, options: dict[str, Any]
) -> None:
    if "lora" in options:
        pytest.importorskip("peft")
    parts = ("controlnet", "ip_adapter", "lora")
    options = {k: str(weights / v) if k in parts else v for k, v in options.items()}
    one = engine(weights / model, models, **options)
    made = one.backdrop(placed())
    assert [run for run in net_of(one)._runs.values() if run is None] == [], "nothing fell back"
    assert len(kept(models)) == 1
    by_torch = engine(weights / model, models, **options, runtime="torch").backdrop(placed())
    near = 8 if "dtype" in options else 2  # torch's own steps are in bfloat16 there
    assert differ(made, by_torch) <= near


@pytest.mark.parametrize("name", ["fc", "fbc"])
def test_relighting_gives_the_picture_that_torch_gives(
    weights: Path, models: Path, name: str
) -> None:
    more = {"relight": weights / "ic-light" / f"iclight_tiny_{name}.safetensors"}
    one = engine(weights / "plain", models, "relight", **more)
    made = one.backdrop(placed())
    assert None not in net_of(one)._runs.values()
    by_torch = engine(weights / "plain", models, "relight", **more, runtime="torch")
    assert differ(made, by_torch.backdrop(placed())) <= 2
    assert len(kept(models)) == 1


def test_one_graph_does_for_all_sizes_and_rows(weights: Path, begun: Path) -> None:
    one = engine(weights / "plain", begun)
    for scene in (SCENE, Scene(64, 96, seed=3, prompt="oak"), Scene(64, 64, seed=4, prompt="oak")):
        by_torch = engine(weights / "plain", begun, runtime="torch")
        assert differ(one.backdrop(scene), by_torch.backdrop(scene)) <= 2
    assert len(kept(begun)) == 1


def test_a_second_start_converts_nothing(
    weights: Path, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openvino

    first = engine(weights / "plain", begun).backdrop(SCENE)
    before = [(p, p.stat().st_mtime_ns) for p in kept(begun)]

    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("converted again")

    monkeypatch.setattr(openvino, "convert_model", refused)
    again = engine(weights / "plain", begun)
    assert differ(first, again.backdrop(SCENE)) == 0
    assert None not in net_of(again)._runs.values()
    assert [(p, p.stat().st_mtime_ns) for p in kept(begun)] == before
    assert not list(begun.rglob("*.pkl"))


def test_a_second_start_is_another_process(weights: Path, begun: Path) -> None:
    """What names a kept network must not hang on the order of a set, or on addresses."""
    code = (
        "from pathlib import Path; import test_scene_openvino as t\n"
        f"t.engine(Path({str(weights / 'plain')!r}), Path({str(begun)!r})).backdrop(t.SCENE)"
    )
    before = kept(begun)
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            cwd=Path(__file__).parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
    assert kept(begun) == before


def test_other_weights_are_another_graph(weights: Path, models: Path) -> None:
    """A LoRA or a scale changes what is computed, though the model's folder is the same."""
    adapter = {"ip_adapter": str(weights / "ip-adapter")}
    for options in ({}, {"ip_scale": 0.2, **adapter}, {"ip_scale": 0.9, **adapter}):
        engine(weights / "plain", models, **options).backdrop(SCENE)
    assert len(kept(models)) == 3


def test_a_damaged_file_is_not_used(
    weights: Path, begun: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = engine(weights / "plain", begun).backdrop(SCENE)
    path = kept(begun)[0].with_name("model.bin")
    path.write_bytes(path.read_bytes()[:-1000])
    again = engine(weights / "plain", begun)
    assert differ(first, again.backdrop(SCENE)) <= 2
    assert "made anew" in caplog.text
    assert None not in net_of(again)._runs.values()
    assert len(kept(begun)) == 1


def test_a_network_that_answers_otherwise_is_not_used(
    weights: Path,
    models: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    import openvino
    import torch

    right = openvino.convert_model

    def wrong(row: Any, **given: Any) -> Any:
        held = row.net.conv_out.bias.data
        with torch.no_grad():
            row.net.conv_out.bias.data = held + 0.01
        try:
            return right(row, **given)
        finally:
            row.net.conv_out.bias.data = held

    monkeypatch.setattr(openvino, "convert_model", wrong)
    one = engine(weights / "plain", models)
    made = one.backdrop(SCENE)
    assert list(net_of(one)._runs.values()) == [None]
    assert "away from torch" in caplog.text
    assert kept(models) == []
    assert not list(models.glob("converted/.unfinished-*"))
    by_torch = engine(weights / "plain", models, runtime="torch").backdrop(SCENE)
    assert differ(made, by_torch) == 0


def test_what_no_graph_has_as_input_goes_to_torch(weights: Path, begun: Path) -> None:
    import torch

    one = engine(weights / "plain", begun)
    given = (torch.randn(1, 4, 16, 16), 5, torch.randn(1, 77, 32))
    net = one.load().pipe.unet
    with torch.no_grad():
        assert net(*given, cross_attention_kwargs={"own": object()}).sample.shape == given[0].shape
        assert net_of(one)._runs == {}
        usual = net(*given)
        assert type(usual).__name__ == "UNet2DConditionOutput"
        row = net(*given, return_dict=False)
        assert torch.equal(row[0], usual.sample)
        assert torch.allclose(net_of(one)._torch(*given).sample, row[0], atol=1e-4)


def test_cancel_stops_within_a_step(weights: Path, begun: Path) -> None:
    one, stop, told = engine(weights / "plain", begun), threading.Event(), []
    first = one.backdrop(SCENE)
    handle = one.load().pipe.unet.register_forward_pre_hook(lambda *_: stop.set())
    with pytest.raises(EngineError, match="cancelled"):
        one.backdrop(SCENE, on_step=lambda *step: told.append(step), cancel=stop)
    assert told == []
    handle.remove()
    assert differ(first, one.backdrop(SCENE)) == 0, "it is usable afterwards"


def test_a_cancel_while_the_network_is_converted_costs_it_nothing(
    weights: Path, models: Path
) -> None:
    one, stop = engine(weights / "plain", models), threading.Event()
    handle = one.load().pipe.unet.conv_in.register_forward_hook(lambda *_: stop.set())
    with pytest.raises(EngineError, match="cancelled"):
        one.backdrop(SCENE, cancel=stop)
    assert kept(models) == []
    assert not list(models.glob("converted/.unfinished-*"))
    handle.remove()
    one.backdrop(SCENE)
    assert None not in net_of(one)._runs.values()
    assert len(kept(models)) == 1


def test_torch_alone_never_touches_openvino(
    weights: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == "openvino"]:
        monkeypatch.setitem(sys.modules, name, None)  # to import it fails
    vino.runs.cache_clear()
    try:
        one = engine(weights / "plain", models, runtime="torch")
        assert one.backdrop(SCENE).shape == (64, 96, 3)
        assert "forward" not in vars(one.load().pipe.unet)
        auto = engine(weights / "plain", models, runtime="auto")
        assert auto.backdrop(SCENE).shape == (64, 96, 3)
        with pytest.raises(SetupError, match="OpenVINO"):
            engine(weights / "plain", models, runtime="openvino").backdrop(SCENE)
    finally:
        vino.runs.cache_clear()
    assert not models.exists()


def test_a_transformer_is_proved_for_each_size(
    models: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import torch
    from diffusers import SD3Transformer2DModel

    from studio.engines.diffusion.compiled import Compiled

    torch.manual_seed(0)
    net = SD3Transformer2DModel(
        sample_size=16,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        joint_attention_dim=16,
        caption_projection_dim=16,
        pooled_projection_dim=16,
        in_channels=4,
        out_channels=4,
    ).eval()
    forward = net.forward
    net.forward = Compiled(net, models, 1)
    with caplog.at_level(logging.INFO), torch.no_grad():
        for side in (8, 16, 8):
            given = {
                "hidden_states": torch.randn(1, 4, side, side),
                "encoder_hidden_states": torch.randn(1, 7, 16),
                "pooled_projections": torch.randn(1, 16),
                "timestep": torch.tensor([37.0]),
            }
            assert torch.allclose(net(**given).sample, forward(**given).sample, atol=1e-4)
    assert None not in net.forward._runs.values(), caplog.text
    assert len(kept(models)) == 2


@pytest.mark.parametrize(("able", "taken"), [("bf16", True), ("f32", False)])
def test_by_itself_it_is_taken_only_where_it_pays(
    weights: Path, models: Path, able: str, taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "precision", lambda: able)
    pipe = engine(weights / "plain", models, runtime="auto").load().pipe
    assert isinstance(pipe.unet.forward, compiled.Compiled) is taken
