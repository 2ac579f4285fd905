"""The diffusion engines with the real classes at a tiny size, saved in the standard layout
and loaded back: what a user's folder of weights would go through."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import cv2
import diffusion_making
import numpy as np
import pytest

from studio import engines
from studio.engines import Scene
from studio.engines.diffusion import device, files
from studio.errors import EngineError, InputError, SetupError

pytestmark = pytest.mark.filterwarnings("ignore")
SCENE = Scene(96, 64, seed=7, look="sweep", prompt="white marble table", negative="people")


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("diffusion")
    diffusion_making.make(base)
    return base


def engine(folder: Path, name: str = "diffusers", **options: Any) -> Any:
    given = {"model": str(folder), "side": 80, "steps": 2, "dtype": "float32", "threads": 1}
    # through OpenVINO: tests/test_scene_openvino.py
    return engines.load("scene", name, **{**given, "runtime": "torch", **options})


def placed(scene: Scene = SCENE, grey: int = 90) -> Scene:
    """The scene with a product in its middle, as the photographer hands it over."""
    image = np.full((scene.height, scene.width, 3), grey, np.uint8)
    cv2.putText(image, "TEA", (34, 38), 0, 0.5, (250, 250, 250), 1)
    mask = np.zeros((scene.height, scene.width), np.float32)
    mask[16:48, 32:64] = 1
    return Scene(**{**scene.__dict__, "options": {"image": image, "mask": mask}})


def differ(one: np.ndarray, two: np.ndarray) -> int:
    return int(np.abs(one.astype(int) - two).max())


def test_text_becomes_a_backdrop_of_the_wanted_size(weights: Path) -> None:
    one = engine(weights / "plain")
    made = one.backdrop(SCENE)
    assert made.shape == (64, 96, 3)
    assert made.dtype == np.uint8
    assert made.std() > 1
    assert one.where == "cpu"
    other = Scene(**{**SCENE.__dict__, "prompt": "oak boards"})
    assert differ(made, one.backdrop(other)) > 0, "the prompt is read"


def test_one_seed_is_one_picture(weights: Path) -> None:
    one = engine(weights / "plain")
    first, again = one.backdrop(SCENE), engine(weights / "plain").backdrop(SCENE)
    assert differ(first, again) <= 1  # equal but for summing in other orders
    other = one.backdrop(Scene(96, 64, seed=8, prompt="white marble table"))
    assert differ(first, other) > 3


def test_the_negative_prompt_has_its_effect(weights: Path) -> None:
    one = engine(weights / "plain", guidance=6.0)
    other = Scene(**{**SCENE.__dict__, "negative": "text, letters, hands"})
    assert differ(one.backdrop(SCENE), one.backdrop(other)) > 0


def test_without_a_side_the_models_own_is_generated(weights: Path) -> None:
    one = engine(weights / "plain", side=0)
    assert one.size(Scene(900, 900)) == (32, 32)  # 16 latents of two pixels
    assert one.size(Scene(1600, 400)) == (64, 16), "the frame's ratio, the model's area"


def test_progress_is_told_for_each_step_and_cancel_leaves_the_pipe_usable(weights: Path) -> None:
    one, told, stop = engine(weights / "plain", steps=4), [], threading.Event()

    def on_step(done: int, total: int) -> None:
        told.append((done, total))
        if done == 2:
            stop.set()

    with pytest.raises(EngineError, match="cancelled"):
        one.backdrop(SCENE, on_step=on_step, cancel=stop)
    assert told == [(1, 4), (2, 4)]
    assert one.backdrop(SCENE).shape == (64, 96, 3)


def test_cancel_is_heard_within_a_step(weights: Path) -> None:
    one, stop, told, after = engine(weights / "plain"), threading.Event(), [], []
    net = one.load().pipe.unet
    net.conv_in.register_forward_hook(lambda *_: stop.set())
    net.conv_out.register_forward_hook(lambda *_: after.append(1))
    with pytest.raises(EngineError, match="cancelled"):
        one.backdrop(SCENE, on_step=lambda *step: told.append(step), cancel=stop)
    assert told == []
    assert after == [], "the first step was left in its middle"


@pytest.mark.parametrize(("name", "steps"), [("lcm", 5), ("sd-t", 4), ("plain", 25)])
def test_a_few_step_model_is_known_by_its_scheduler(weights: Path, name: str, steps: int) -> None:
    told: list[tuple[int, int]] = []
    made = engine(weights / name, steps=0)
    made.backdrop(SCENE, on_step=lambda a, b: told.append((a, b)))
    assert told[-1] == (steps, steps)
    assert made.pace() == (steps, {"lcm": 1.0, "sd-t": 0.0, "plain": 6.5}[name])


def test_a_lora_makes_a_usual_model_a_few_step_one(weights: Path) -> None:
    pytest.importorskip("peft")
    with_lora = engine(weights / "plain", lora=str(weights / "lcm-lora"), steps=0)
    told: list[tuple[int, int]] = []
    made = with_lora.backdrop(SCENE, on_step=lambda a, b: told.append((a, b)))
    assert told[-1] == (5, 5)
    bare = engine(weights / "lcm", steps=0).backdrop(SCENE)
    assert differ(made, bare) > 0, "the LoRA's weights count, not its scheduler alone"
    assert with_lora.model == "plain + lcm-lora"


def test_a_small_decoder_can_be_given(weights: Path) -> None:
    made = engine(weights / "plain", vae=str(weights / "taesd"), side=96)
    assert made.backdrop(SCENE).shape == (64, 96, 3)
    assert type(made.load().pipe.vae).__name__ == "AutoencoderTiny"
    with pytest.raises(SetupError, match="ControlNetModel"):
        engine(weights / "plain", vae=str(weights / "controlnet")).backdrop(SCENE)


@pytest.mark.parametrize("inpaint", [False, True])
def test_sdxl_paints_whole_sets_and_round_products(weights: Path, inpaint: bool) -> None:
    one = engine(weights / "xl", inpaint=inpaint)
    assert one.backdrop(placed()).shape == (64, 96, 3)
    assert type(one.load().pipe).__name__.startswith("StableDiffusionXL")


@pytest.mark.parametrize("name", ["inpaint", "plain"])
def test_painting_round_the_product_uses_its_mask(weights: Path, name: str) -> None:
    one = engine(weights / name, inpaint=True)
    assert one.around
    with pytest.raises(EngineError, match="mask"):
        one.backdrop(SCENE)
    made = one.backdrop(placed())
    assert made.shape == (64, 96, 3)
    assert differ(made, one.backdrop(placed(grey=200))) > 0, "the product is seen"


@pytest.mark.parametrize("kind", ["depth", "edges"])
@pytest.mark.parametrize("inpaint", [False, True])
def test_a_controlnet_holds_the_set_to_the_looks_room(
    weights: Path, kind: str, inpaint: bool
) -> None:
    more = {"controlnet": str(weights / "controlnet"), "control": kind, "inpaint": inpaint}
    one = engine(weights / "plain", **more)
    made = one.backdrop(placed())
    other = Scene(**{**placed().__dict__, "look": "podium_arch"})
    assert differ(made, one.backdrop(other)) > 0, "another room, another picture"
    weak = engine(weights / "plain", **more, control_scale=0.0)
    assert differ(made, weak.backdrop(placed())) > 0


def test_control_pictures_show_the_room_and_the_product() -> None:
    from studio.engines.diffusion import control

    scene = placed(Scene(96, 96, look="marble_window"))
    look = control.look_of(scene)
    depth = control.picture("depth", look, scene, (96, 96))[..., 0].astype(int)
    bare = control.picture("depth", look, Scene(96, 96), (96, 96))[..., 0].astype(int)
    floor = bare[int(look.join * 96) + 2 :, 5]
    assert (np.diff(floor) >= 0).all(), "the floor comes nearer towards the viewer"
    assert floor[-1] > floor[0]
    assert bare[: int(look.join * 96) - 1].std() == 0, "the wall is upright"
    assert depth[32, 48] > bare[32, 48], "the product stands before the wall"
    edges = control.picture("edges", look, scene, (96, 96))
    assert set(np.unique(edges)) <= {0, 255}
    assert edges[16:48, 40:56].mean() < edges[14:50, 30:66].mean(), "its outline, nothing inside"


def test_an_ip_adapter_gives_the_mood_of_a_picture(weights: Path, tmp_path: Path) -> None:
    adapter = {"ip_adapter": str(weights / "ip-adapter"), "ip_scale": 1.0}
    drawn = engine(weights / "plain", **adapter).backdrop(SCENE)
    red = np.zeros((50, 50, 3), np.uint8)
    red[..., 2] = 255
    cv2.imwrite(str(tmp_path / "mood.png"), red)
    given = engine(weights / "plain", **adapter, reference=tmp_path / "mood.png")
    assert differ(drawn, given.backdrop(SCENE)) > 0
    without = engine(weights / "plain").backdrop(SCENE)
    assert differ(drawn, without) > 0
    (tmp_path / "mood.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"mood\.png"):
        given.backdrop(SCENE)


@pytest.mark.parametrize("name", ["fc", "fbc"])
def test_relighting_shows_the_product_in_the_sets_light(weights: Path, name: str) -> None:
    light = weights / "ic-light" / f"iclight_tiny_{name}.safetensors"
    one = engine(weights / "plain", "relight", relight=light)
    assert one.ready() == ""
    assert one.alters
    assert one.around
    assert one.model == f"plain + iclight_tiny_{name}"
    made = one.backdrop(placed())
    assert made.shape == (64, 96, 3)
    again = one.backdrop(placed())
    assert differ(made, again) <= 1
    assert differ(made, one.backdrop(placed(grey=200))) > 0, "the product is seen"
    moved = Scene(**{**placed().__dict__, "look": "podium_arch"})
    sees_set = differ(made, one.backdrop(moved)) > 1
    assert sees_set == (name == "fbc"), "only the larger one is shown the set"
    with pytest.raises(EngineError, match="mask"):
        one.backdrop(SCENE)


def test_relighting_takes_the_light_and_leaves_the_letters() -> None:
    from studio.engines.diffusion.relight import transferred

    photo, mask = placed().options["image"], placed().options["mask"]
    bright = np.full_like(photo, 150)
    lit = transferred(photo, bright, mask)[16:48, 32:64].astype(int)
    own = photo[16:48, 32:64].astype(int)
    assert lit.mean() > own.mean() + 20
    letters = own[..., 0] > 180
    assert lit[letters].mean() > lit[~letters].mean() + 40


def test_offsets_of_another_network_are_refused(weights: Path) -> None:
    wrong = weights / "lcm-lora" / "pytorch_lora_weights.safetensors"
    with pytest.raises(SetupError, match="not made for this model"):
        engine(weights / "plain", "relight", relight=wrong).backdrop(placed())
    assert "relight" in engines.load("scene", "relight").ready()


def test_provenance_names_the_model_without_its_path(weights: Path) -> None:
    one = engine(weights / "plain", vae=str(weights / "taesd"))
    assert one.model == "plain + taesd"
    assert one.ai == "generated"
    assert one.ready() == ""
    assert engine(Path("maker/model")).model == "maker/model"


def test_what_is_missing_is_said_before_anything_is_loaded(tmp_path: Path, weights: Path) -> None:
    assert "STUDIO_SCENE_MODEL" in engines.load("scene", "diffusers").ready()
    assert "no folder" in engine(tmp_path / "nowhere").ready()
    assert "no folder" in engine(weights / "plain", lora=str(tmp_path / "lora")).ready()
    (tmp_path / "empty").mkdir()
    assert "model_index.json" in engine(tmp_path / "empty").ready()
    with pytest.raises(SetupError):
        engine(tmp_path / "empty").backdrop(SCENE)


class Trap:
    """Unpickled, it leaves a file behind: the proof that a pickle was run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("name", ["diffusion_pytorch_model.bin", "renamed"])
def test_a_pickle_is_never_opened(weights: Path, tmp_path: Path, name: str) -> None:
    import torch

    folder, proof = tmp_path / "model", tmp_path / "ran"
    shutil.copytree(weights / "plain", folder)
    safe = folder / "unet" / "diffusion_pytorch_model.safetensors"
    safe.unlink()
    target = safe if name == "renamed" else folder / "unet" / name
    torch.save({"weight": Trap(proof)}, target)
    one = engine(folder)
    assert "unet" in one.ready()
    with pytest.raises(SetupError, match=r"pickle|not a safetensors file"):
        one.backdrop(SCENE)
    assert not proof.exists()


def test_a_models_own_code_is_never_run(weights: Path, tmp_path: Path) -> None:
    folder, proof = tmp_path / "model", tmp_path / "ran"
    shutil.copytree(weights / "plain", folder)
    code = f"import pathlib\npathlib.Path({str(proof)!r}).touch()\nclass Net: pass\n"
    (folder / "unet" / "own.py").write_text(code)
    index = json.loads((folder / "model_index.json").read_text())
    for changed in ({"unet": ["own", "Net"]}, {"_class_name": ["own", "Net"]}, {}):
        (folder / "model_index.json").write_text(json.dumps(index | changed))
        with pytest.raises(SetupError, match=r"code|classes of own"):
            engine(folder).backdrop(SCENE)
    (folder / "unet" / "own.py").unlink()
    (folder / "model_index.json").write_text(json.dumps(index | {"vae": ["shutil", "rmtree"]}))
    with pytest.raises(SetupError, match="shutil"):
        engine(folder).backdrop(SCENE)
    assert not proof.exists()


def test_a_cut_off_file_is_named(weights: Path, tmp_path: Path) -> None:
    shutil.copytree(weights / "plain", tmp_path / "model")
    path = tmp_path / "model" / "vae" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    assert "vae/diffusion_pytorch_model.safetensors" in engine(tmp_path / "model").ready()
    assert "cut off" in engine(tmp_path / "model").ready()


def test_weights_that_do_not_fit_the_memory_are_not_begun(weights: Path) -> None:
    one = engine(weights / "plain")
    params = sum(device.bytes_of(part) for part in device.parts(one.load().pipe))
    assert files.size(weights / "plain", "", 4) == pytest.approx(params, rel=0.02)
    assert files.size(weights / "plain", "", 2) == pytest.approx(params / 2, rel=0.02)
    device.need_room(1)
    with pytest.raises(SetupError, match="memory"):
        device.need_room(10**15)


@pytest.mark.parametrize(
    ("free", "how"),
    [(24, "none"), (8, "model"), (6, "sequential"), (4, "sequential")],
)
def test_a_gpu_holds_what_its_memory_allows(free: int, how: str) -> None:
    sdxl = [int(5.14e9), int(0.25e9), int(1.39e9), int(0.17e9)]  # its parts in half precision
    assert device.offload(sdxl, free * 10**9) == how
