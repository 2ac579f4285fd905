"""The denoising network through OpenVINO on a processor: most of a picture's time goes there.

The network is traced at the first picture for what its pipeline gives it, has to answer as torch
does, and is kept for the next start. It stays a torch module to its pipeline: only its `forward`
is another, so the hooks on it go on working. What cannot be converted is left to torch.
"""

from __future__ import annotations

import inspect
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from studio.engines import vino
from studio.engines.diffusion import device
from studio.engines.diffusion.options import Machine
from studio.errors import EngineError, SetupError
from studio.schema import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

log = logging.getLogger(__name__)
FORM = 1  # counts up when what is written here changes
# Relative distance (L2) from torch in float32 that is let pass. Other orders of summing leave 1e-6
# to 1e-5; bfloat16 rounds each layer's numbers to 2**-9, which adds up to some hundredths. A wrong
# graph (a part left out, an input mistaken) is tenths away and more.
TOLERANCE = {"f32": 1e-3, "bf16": 0.05}


def install(pipe: Any, options: Machine) -> None:
    """Gives a pipeline's network, where it has one, a `forward` through OpenVINO.

    By itself only where the processor computes in bfloat16: in float32 it saves a tenth of a step
    and costs minutes once and twice the memory. Raises SetupError when OpenVINO is asked for and
    does not run here.
    """
    if options.runtime == "torch":
        return
    asked = options.runtime == "openvino"
    if not vino.runs():
        if asked:
            raise SetupError("OpenVINO does not run here", hint="pip install openvino")
        return
    net = getattr(pipe, "unet", None) or getattr(pipe, "transformer", None)
    if net is not None and (asked or precision() == "bf16"):
        net.forward = Compiled(net, options.models, options.threads or os.cpu_count() or 1)


class Compiled:
    """Stands in for a network's `forward`: by OpenVINO where that was proved, else by torch.

    `look` may raise, where the run that wants the answer is cancelled."""

    def __init__(self, net: torch.nn.Module, models: Path, threads: int) -> None:
        self.net, self.models, self.threads = net, models, threads
        self.look: Callable[[], None] = lambda: None
        self._torch = net.forward
        self._known = inspect.signature(net.forward)
        self._runs: dict[str, _Run | None] = {}
        self._weights = ""
        self._count = sum(p.numel() for p in net.parameters())

    def __call__(self, *args: Any, **given: Any) -> Any:
        asked = self._known.bind(*args, **given).arguments
        as_noun = asked.pop("return_dict", True)
        tensors: list[torch.Tensor] = []
        try:
            plan = _split(asked, tensors)
        except TypeError:  # it is given what no graph has as input
            return self._torch(*args, **given)
        run = self.run_for(plan, tensors)
        if run is None:
            return self._torch(*args, **given)
        self.look()  # a hook of its caller may have come after the one that looks
        made = run(tensors).to(tensors[0].dtype)
        return self._noun(made) if as_noun else (made,)

    def run_for(self, plan: Any, tensors: list[torch.Tensor]) -> _Run | None:
        """What answers such inputs; None: torch does."""
        kinds = [(t.ndim, str(_plain(t).dtype)) for t in tensors]
        shapes = [] if self._any_size(plan, tensors) else [tuple(t.shape) for t in tensors]
        signature = repr((plan, kinds, shapes))
        if signature not in self._runs:
            self._runs[signature] = self._prepared(signature, plan, tensors)
        return self._runs[signature]

    def _any_size(self, plan: Any, tensors: list[torch.Tensor]) -> bool:
        """Whether one graph does for all sizes. A U-Net's does where halving leaves no remainder;
        else, and in other networks, the size is traced as a constant."""
        factor = 2 ** getattr(self.net, "num_upsamplers", 0)
        sample = plan.get("sample")
        if factor == 1 or not isinstance(sample, _Slot):
            return False
        return all(n % factor == 0 for n in tensors[sample.at].shape[-2:])

    def _prepared(self, signature: str, plan: Any, tensors: list[torch.Tensor]) -> _Run | None:
        folder = self.models / "converted" / f"{self._identity(signature)}-openvino-{FORM}"
        name, path = type(self.net).__name__, folder / "model.xml"
        try:
            if found := self._kept(path):
                return found
            self._convert(folder, plan, tensors)
            return _Run(path, self.threads)
        except Exception as error:  # whatever a tracer or a damaged file provokes
            self.look()  # a cancel comes out of the tracer as an error of its own
            why = (str(error).splitlines() or [type(error).__name__])[0][:200]
            log.warning("%s stays with torch, OpenVINO cannot run it: %s", name, why)
            return None

    def _kept(self, path: Path) -> _Run | None:
        """A graph of an earlier start; None where there is none that can be read."""
        if not path.is_file():
            return None
        device.need_room(4 * self._count)
        try:
            return _Run(path, self.threads)
        except RuntimeError as error:
            log.warning("%s is damaged and made anew: %s", path.parent.name, error)
            shutil.rmtree(path.parent, ignore_errors=True)
            return None

    def _identity(self, signature: str) -> str:
        """Names a graph by all that goes into it: the weights as they are now (a LoRA or offsets
        may have been added), what is set, the inputs, the libraries and the precision."""
        import diffusers
        import openvino
        import torch

        if not self._weights:
            self._weights = _weights_digest(self.net)
        set_ = [
            (name, type(part).__name__, repr(getattr(part, "scale", None)))
            for name, part in getattr(self.net, "attn_processors", {}).items()
        ]
        made_by = [openvino.get_version(), torch.__version__, diffusers.__version__, precision()]
        held = getattr(self.net, "config", {})  # under _names: where it came from, in any order
        config = repr(sorted((k, repr(v)) for k, v in held.items() if not k.startswith("_")))
        return digest_of(self._weights, config, set_, signature, made_by)[:16]

    def _convert(self, folder: Path, plan: Any, tensors: list[torch.Tensor]) -> None:
        """Writes the graph, when it answers as torch does. Raises EngineError when not."""
        import torch

        log.info("%s is converted for OpenVINO, once", type(self.net).__name__)
        device.need_room(8 * self._count)  # beside torch's: the graph and what it is compiled to
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.parent))
        try:
            with torch.inference_mode(False), torch.no_grad(), _in_float32(self.net):
                given = [_plain(t).clone() for t in tensors]
                wanted = self._torch(**_joined(plan, given), return_dict=False)
                if len(wanted) != 1 or not isinstance(wanted[0], torch.Tensor):
                    raise EngineError("it answers with more than one picture")
                _write(self.net, self._torch, plan, given, unfinished / "model.xml")
            run = _Run(unfinished / "model.xml", self.threads)
            far = distance(run(given), wanted[0])
            del run  # it holds its file, which then cannot be moved everywhere
            if not far < TOLERANCE[precision()]:
                raise EngineError(f"its answer is {far:.2g} away from torch's")
            if not folder.exists():  # another process may have been quicker
                unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _noun(self, made: torch.Tensor) -> Any:
        from diffusers.models.modeling_outputs import Transformer2DModelOutput
        from diffusers.models.unets.unet_2d_condition import UNet2DConditionOutput

        unet = hasattr(self.net, "num_upsamplers")
        return (UNet2DConditionOutput if unet else Transformer2DModelOutput)(sample=made)


class _Run:
    """A graph ready to run; one user at a time."""

    def __init__(self, path: Path, threads: int) -> None:
        import openvino

        settings = {
            "INFERENCE_PRECISION_HINT": precision(),
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,  # the machine may have other work
        }
        compiled = openvino.Core().compile_model(path, "CPU", settings)
        vino.awake()
        self._request = compiled.create_infer_request()

    def __call__(self, tensors: list[torch.Tensor]) -> torch.Tensor:
        """The answer, float32. Not to be left in its middle: a graph for all sizes that was
        cancelled (OpenVINO 2026.4) fails at the next size."""
        import torch

        given = {at: _plain(t).contiguous().numpy() for at, t in enumerate(tensors)}
        self._request.infer(given, share_inputs=True)
        return torch.from_numpy(self._request.get_output_tensor(0).data.copy())


def precision() -> str:
    """ "bf16" where the processor computes in it, else "f32"."""
    import openvino

    able = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bf16" if "BF16" in able else "f32"


def distance(one: torch.Tensor, other: torch.Tensor) -> float:
    """How far one is from the other, as a share of the other's length (L2)."""
    return float((one - other).norm() / other.norm())


# --- inputs: nested tables and lists of tensors, which a graph wants in one row -----------------


class _Slot(NamedTuple):
    """Where a tensor stood: its place in the row."""

    at: int


def _split(value: Any, found: list[torch.Tensor]) -> Any:
    """The value with a slot for each tensor or number, which go into `found`. Raises TypeError."""
    import torch

    if isinstance(value, dict):
        return {key: _split(part, found) for key, part in value.items() if part is not None}
    if isinstance(value, list | tuple):
        return [_split(part, found) for part in value]
    if value is None or isinstance(value, bool | str):
        return value
    if not isinstance(value, torch.Tensor | int | float):
        raise TypeError(f"a graph has no input of the kind {type(value).__name__}")
    found.append(value if isinstance(value, torch.Tensor) else torch.tensor(value))
    return _Slot(len(found) - 1)


def _joined(plan: Any, tensors: Any) -> Any:
    """The value again, with other tensors in its slots."""
    if isinstance(plan, _Slot):
        return tensors[plan.at]
    if isinstance(plan, dict):
        return {key: _joined(part, tensors) for key, part in plan.items()}
    return [_joined(part, tensors) for part in plan] if isinstance(plan, list) else plan


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    """As a graph takes it: floats in 32 bits."""
    return tensor.float() if tensor.is_floating_point() else tensor


# --- the graph ---------------------------------------------------------------------------------


def _write(net: Any, forward: Callable[..., Any], plan: Any, given: Any, path: Path) -> None:
    """Traces a network for such inputs into a file. Raises whatever its tracer does."""
    import openvino
    import torch

    class Row(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, *tensors: torch.Tensor) -> Any:
            # not net(...): what hooks add to the inputs is among the tensors already
            return forward(**_joined(plan, tensors), return_dict=False)[0]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer tells of every constant
        model = openvino.convert_model(Row(), example_input=tuple(given))
    if len(model.inputs) != len(given):
        raise EngineError("it leaves an input unused")
    openvino.save_model(model, path, compress_to_fp16=False)


@contextmanager
def _in_float32(net: torch.nn.Module) -> Iterator[None]:
    """Its weights in float32, and afterwards as they were."""
    own = [(t, t.data) for t in (*net.parameters(), *net.buffers())]
    for tensor, data in own:
        tensor.data = _plain(data)
    try:
        yield
    finally:
        for tensor, data in own:
            tensor.data = data


def _weights_digest(net: torch.nn.Module) -> str:
    import torch

    found = blake2b(digest_size=16)
    for name, tensor in net.state_dict().items():
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy())
    return found.hexdigest()
