"""The diffusers engine with the real classes at a tiny size, saved in the standard layout
and loaded back: what a user's folder of weights would go through."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import engines
from studio.engines import Scene
from studio.errors import EngineError, SetupError

pytestmark = pytest.mark.filterwarnings("ignore")
SCENE = Scene(96, 64, seed=7, prompt="white marble table", negative="people")


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders "plain", "inpaint" and "lcm": seeded random weights of about 1 MB each."""
    import torch
    from diffusers import (
        AutoencoderKL,
        DPMSolverMultistepScheduler,
        LCMScheduler,
        StableDiffusionInpaintPipeline,
        StableDiffusionPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel

    base = tmp_path_factory.mktemp("diffusion")
    tokenizer, count = _tokenizer(base / "tokenizer")
    schedule = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "steps_offset": 1,
        "num_train_timesteps": 1000,
    }

    def pipeline(kind: Any, scheduler: Any, channels: int) -> Any:
        torch.manual_seed(0)
        text = CLIPTextConfig(
            vocab_size=count,
            hidden_size=32,
            intermediate_size=37,
            num_attention_heads=4,
            num_hidden_layers=2,
            max_position_embeddings=77,
            bos_token_id=count - 2,
            eos_token_id=count - 1,
            pad_token_id=count - 1,
        )
        unet = UNet2DConditionModel(
            block_out_channels=(16, 32),
            layers_per_block=1,
            sample_size=16,
            in_channels=channels,
            out_channels=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=32,
            norm_num_groups=8,
        )
        vae = AutoencoderKL(
            block_out_channels=(8, 16),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=4,
            norm_num_groups=4,
            sample_size=64,
        )
        return kind(
            vae=vae,
            text_encoder=CLIPTextModel(text).eval(),
            tokenizer=tokenizer,
            unet=unet,
            scheduler=scheduler.from_config(schedule),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )

    usual, few = DPMSolverMultistepScheduler, LCMScheduler
    pipeline(StableDiffusionPipeline, usual, 4).save_pretrained(base / "plain")
    pipeline(StableDiffusionInpaintPipeline, usual, 9).save_pretrained(base / "inpaint")
    pipeline(StableDiffusionPipeline, few, 4).save_pretrained(base / "lcm")
    return base


def _tokenizer(folder: Path) -> tuple[Any, int]:
    """CLIP's byte alphabet without merges: every byte is a token."""
    from transformers import CLIPTokenizer

    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in printable]
    letters = [chr(b) for b in printable] + [chr(256 + n) for n in range(len(rest))]
    words = [*letters, *(f"{c}</w>" for c in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({w: i for i, w in enumerate(words)}), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    made = CLIPTokenizer.from_pretrained(
        str(folder), local_files_only=True, model_max_length=77, pad_token="<|endoftext|>"
    )
    return made, len(words)


def engine(folder: Path, **options: Any) -> Any:
    given = {"model": str(folder), "side": 96, "steps": 2, "dtype": "float32", "threads": 1}
    return engines.load("scene", "diffusers", **{**given, **options})


def test_text_becomes_a_backdrop_of_the_wanted_size(weights: Path) -> None:
    made = engine(weights / "plain").backdrop(SCENE)
    assert made.shape == (64, 96, 3)
    assert made.dtype == np.uint8
    assert made.std() > 1


def test_one_seed_is_one_picture(weights: Path) -> None:
    one = engine(weights / "plain")
    first, again = one.backdrop(SCENE), engine(weights / "plain").backdrop(SCENE)
    assert np.abs(first.astype(int) - again).max() <= 1  # equal but for summing in other orders
    other = one.backdrop(Scene(96, 64, seed=8, prompt="white marble table"))
    assert np.abs(first.astype(int) - other).max() > 3


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


def test_a_few_step_model_is_known_by_its_scheduler(weights: Path) -> None:
    told: list[tuple[int, int]] = []
    engine(weights / "lcm", steps=0).backdrop(SCENE, on_step=lambda a, b: told.append((a, b)))
    assert told[-1] == (5, 5)


def test_painting_round_the_product_uses_its_mask(weights: Path) -> None:
    one = engine(weights / "inpaint", inpaint=True)
    with pytest.raises(EngineError, match="mask"):
        one.backdrop(SCENE)
    image = np.full((64, 96, 3), 90, np.uint8)
    mask = np.zeros((64, 96), np.float32)
    mask[16:48, 32:64] = 1
    wanted = Scene(96, 64, seed=7, prompt="x", options={"image": image, "mask": mask})
    made = one.backdrop(wanted)
    assert made.shape == (64, 96, 3)
    other = np.full((64, 96, 3), 200, np.uint8)
    changed = Scene(96, 64, seed=7, prompt="x", options={"image": other, "mask": mask})
    assert np.abs(made.astype(int) - one.backdrop(changed)).max() > 0, "the product is seen"


def test_provenance_names_the_model_without_its_path(weights: Path) -> None:
    one = engine(weights / "plain")
    assert one.model == "plain"
    assert one.ai == "generated"
    assert one.ready() == ""


def test_what_is_missing_is_said_before_anything_is_loaded(tmp_path: Path) -> None:
    assert "STUDIO_SCENE_MODEL" in engines.load("scene", "diffusers").ready()
    assert "no folder" in engine(tmp_path / "nowhere").ready()
    (tmp_path / "empty").mkdir()
    assert "model_index.json" in engine(tmp_path / "empty").ready()
    (tmp_path / "empty" / "model_index.json").write_text("{}")
    (tmp_path / "empty" / "unet.bin").write_bytes(b"pickle")
    assert "safetensors" in engine(tmp_path / "empty").ready()
    with pytest.raises(SetupError):
        engine(tmp_path / "empty").backdrop(SCENE)
