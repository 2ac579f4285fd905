"""What can be set for a diffusion engine."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field


class Machine(BaseModel):
    """How a model is run. `steps` 0 and `guidance` -1: what suits the model. `side`: the square
    whose area is generated, 0 for what the model was trained at; the result is enlarged, which a
    defocused backdrop bears. `offload` counts where there is a GPU, `runtime` where there is none:
    auto picks OpenVINO where the processor computes in bfloat16, and keeps what it makes of the
    model in the folder `models`. `threads` 0: all cores."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = ""
    variant: str = ""
    steps: int = Field(default=0, ge=0, le=200)
    guidance: float = Field(default=-1.0, ge=-1, le=30)
    side: int = Field(default=0, ge=0, le=2048)
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    offload: Literal["auto", "none", "model", "sequential"] = "auto"
    runtime: Literal["auto", "openvino", "torch"] = "auto"
    threads: int = Field(default=0, ge=0)
    models: Path = Path(platformdirs.user_cache_dir("studio")) / "models"
    searched: tuple[Path, ...] = ()


class Options(Machine):
    """Folders in the diffusers layout, or hub names: `model`, and where given `vae` (TAESD decodes
    quickly), `lora` (an LCM one makes any Stable Diffusion a few-step model), `controlnet` (holds
    the set to the look's room), `ip_adapter` (holds it to the mood of `reference`, a picture file;
    the drawn set where none is given). `inpaint`: paint round the placed product, by its mask."""

    inpaint: bool = False
    vae: str = ""
    lora: str = ""
    controlnet: str = ""
    control: Literal["auto", "depth", "edges"] = "auto"
    control_scale: float = Field(default=0.7, ge=0, le=2)
    ip_adapter: str = ""
    ip_weights: str = ""
    ip_scale: float = Field(default=0.5, ge=0, le=1)
    reference: Path | None = None

    @property
    def title(self) -> str:
        """The weights' names, without the folders that they lie in: for provenance and digests."""
        held = (self.model, self.vae, self.lora, self.controlnet, self.ip_adapter)
        return " + ".join(
            name if "/" in name and not Path(name).expanduser().exists() else Path(name).name
            for name in held
            if name
        )
