"""Where a pipeline runs and how wide its numbers are: whole, in parts, or layer by layer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from studio.errors import SetupError

if TYPE_CHECKING:
    import torch

Offload = Literal["none", "model", "sequential"]
WORKING = 1_500_000_000  # bytes beside the weights, for a picture of 512 to 1024 px


def dtype(name: str) -> torch.dtype:
    """The type of that name; "auto": half precision where the device computes in it."""
    import torch

    if name != "auto":
        return getattr(torch, name)  # type: ignore[no-any-return]  # by its name
    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if torch.backends.mps.is_available():
        return torch.float16
    amx = getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    return torch.bfloat16 if amx() else torch.float32


def kind() -> str:
    """ "cuda", "mps" or "cpu"."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def need_room(need: int) -> None:
    """Raises SetupError before the machine swaps to death: weights pass through main memory."""
    import psutil

    free = psutil.virtual_memory().available
    if need > free:
        raise SetupError(
            f"the weights need {need / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are free",
            hint="close other programs, or take a smaller model: docs/models.md",
        )


def offload(sizes: Sequence[int], free: int) -> Offload:
    """How a pipeline whose parts have these sizes fits into so much free GPU memory (bytes)."""
    if sum(sizes) * 1.1 + WORKING < free:
        return "none"
    return "model" if max(sizes, default=0) * 1.1 + WORKING < free else "sequential"


def placed(pipe: Any, how: str) -> str:
    """Puts a pipeline where it runs; what it took: "cpu", "cuda", "cuda, model offload" ...

    Without a GPU there is nothing to offload from, so `how` says nothing there.
    """
    import torch

    where = kind()
    if where != "cuda":
        pipe.to(where)
        return where
    if how == "auto":
        free, _ = torch.cuda.mem_get_info()
        how = offload([bytes_of(part) for part in parts(pipe)], free)
    if how == "none":
        pipe.to(where)
        return where
    if how == "model":
        pipe.enable_model_cpu_offload()
    else:
        pipe.enable_sequential_cpu_offload()
    return f"{where}, {how} offload"


def parts(pipe: Any) -> list[torch.nn.Module]:
    """The networks of a pipeline."""
    import torch

    return [c for c in pipe.components.values() if isinstance(c, torch.nn.Module)]


def bytes_of(part: torch.nn.Module) -> int:
    return sum(p.numel() * p.element_size() for p in part.parameters())


def peak() -> tuple[int, int]:
    """The most memory that this process has held: (main, GPU), bytes."""
    import psutil
    import torch

    held = psutil.Process().memory_info()
    main = getattr(held, "peak_wset", 0)  # Windows
    if not main:
        import resource

        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        main = largest if sys.platform == "darwin" else largest * 1024
    return main, torch.cuda.max_memory_allocated() if torch.cuda.is_available() else 0
