"""Model files that lie: nothing of them is run, and the reason is told."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path

import pytest
from hostile_catalogs import Loaded

from studio.errors import SetupError
from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

ME = Actor(name="mei", role=Role.MERCHANT)
LLAMA = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 64,
         "intermediate_size": 128, "num_attention_heads": 2, "num_hidden_layers": 1,
         "vocab_size": 100}  # fmt: skip
REMOTE = {"auto_map": {"AutoConfig": "evil.C", "AutoModelForCausalLM": "evil.M"},
          "model_type": "evil"}  # fmt: skip


def tensors(header: object, length: int = 0) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", length or len(text)) + text


HUGE = {"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}
FOLDERS = {
    "a pickle named safetensors": (LLAMA, "model.safetensors", pickle.dumps(Loaded())),
    "a pickle alone": (LLAMA, "pytorch_model.bin", pickle.dumps(Loaded())),
    "a header without end": (LLAMA, "model.safetensors", tensors({}, 2**63)),
    "tensors that are not there": (LLAMA, "model.safetensors", tensors(HUGE)),
    "code of its own": (REMOTE, "model.safetensors", tensors({})),
}
GGUFS = {
    "counts": struct.pack("<IQQ", 3, 2**62, 2**62),
    "a long name": struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 2**60) + b"abc",
    "a long list": struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 4, 2**40),
    "nothing": b"",
}


def refused(folder: Path, model: Path) -> None:
    settings = Settings(home=folder / "home", models=folder, copy_engine="transformers",
                        copy_model=str(model), cutout_engine="plain", ocr_engine="")  # fmt: skip
    studio = Studio(settings)
    (folder / "goods.csv").write_text("sku,title\n1,Steel cup\n", "utf-8")
    studio.import_catalog([folder / "goods.csv"], ME)
    tasks, _ = studio.plan(ME, channel="shopify", pictures=False)
    try:
        report = studio.generate(tasks, ME)
        assert not report.made
        told = report.failed[0].reason
    except SetupError as error:
        told = str(error)
    assert model.name in told
    assert "\n  " in told, "it names no remedy"
    assert not Path("/tmp/studio-was-here").exists()
    studio.close()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_that_lies(tmp_path: Path, name: str) -> None:
    config, file, data = FOLDERS[name]
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps(config), "utf-8")
    (model / "evil.py").write_text("import os; os.system('touch /tmp/studio-was-here')", "utf-8")
    (model / file).write_bytes(data)
    refused(tmp_path, model)


@pytest.mark.parametrize("name", GGUFS)
def test_a_gguf_that_lies(tmp_path: Path, name: str) -> None:
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF" + GGUFS[name])
    refused(tmp_path, model)
