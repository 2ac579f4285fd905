"""IC-Light: a Stable Diffusion 1.5 that sees the product and paints it in another light.

Zhang, Rao, Agrawala, "Scaling In-the-Wild Training for Diffusion-based Illumination Harmonization
and Editing by Imposing Consistent Light Transport", ICLR 2025. Its weights are offsets to the
U-Net's own, with a first layer of 8 channels (noise, product on grey) or 12 (and the backdrop).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.engines.diffusion import files
from studio.errors import SetupError

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

_LATENT = 4  # channels


class Relit:
    """A U-Net with the offsets in it, and the pictures that it is to see."""

    def __init__(self, pipe: Any, offsets: Path) -> None:
        """Raises SetupError when the offsets are not made for this network."""
        self.pipe = pipe
        self.seen = _merged(pipe.unet, offsets)  # how many pictures it wants
        self._latents: torch.Tensor | None = None
        pipe.unet.register_forward_pre_hook(self._joined, with_kwargs=True)

    def show(self, *pictures: NDArray[np.uint8]) -> None:
        """The pictures for the next run, RGB, of the size that is generated."""
        import torch

        vae = self.pipe.vae
        tensors = [
            torch.from_numpy(p).permute(2, 0, 1)[None].to(vae.dtype) / 127.5 - 1 for p in pictures
        ]
        with torch.inference_mode():
            device = self.pipe._execution_device
            found = [vae.encode(t.to(device)).latent_dist.mode() for t in tensors[: self.seen]]
            self._latents = torch.cat(found, 1) * vae.config.scaling_factor

    def _joined(self, net: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:
        """The noise with what is shown beside it; guidance runs two copies at once."""
        import torch

        assert self._latents is not None
        shown = self._latents.to(args[0]).expand(args[0].shape[0], -1, -1, -1)
        return (torch.cat([args[0], shown], 1), *args[1:]), given


def _merged(net: Any, offsets: Path) -> int:
    """Adds the offsets to the network's weights; how many pictures it takes beside the noise."""
    import torch
    from safetensors.torch import load_file

    if wrong := files.bad_weights(offsets):
        raise SetupError(wrong, hint=files.HINT)
    added = load_file(offsets)
    first = added.get("conv_in.weight")
    own = net.state_dict()
    if first is None or first.shape[1] not in (2 * _LATENT, 3 * _LATENT) or set(added) != set(own):
        raise SetupError(
            f"{offsets.name} is not made for this model",
            hint="IC-Light's files iclight_sd15_fc and _fbc go with Stable Diffusion 1.5",
        )
    old = net.conv_in
    new = torch.nn.Conv2d(
        first.shape[1], old.out_channels, old.kernel_size, old.stride, old.padding
    ).to(old.weight)
    with torch.no_grad():
        new.weight.zero_()
        new.weight[:, :_LATENT] = old.weight
        new.bias = old.bias
        net.conv_in = new
        for name, value in net.state_dict().items():
            value.copy_(value.float() + added[name].to(value.device).float())
    return int(first.shape[1]) // _LATENT - 1


def transferred(
    photo: NDArray[np.uint8], relit: NDArray[np.uint8], mask: NDArray[np.float32]
) -> NDArray[np.uint8]:
    """The photo in the light of the relit picture: only brightness and tint over wide areas are
    taken, so letters, weave and edges stay those of the photo. `mask`: the product, 0..1."""
    import cv2
    import numpy as np

    spread = 0.03 * max(mask.shape)
    weight = cv2.GaussianBlur(mask, (0, 0), spread)[..., None] + 1e-3

    def wide(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        linear = (picture.astype(np.float32) / 255) ** 2.2
        return np.asarray(cv2.GaussianBlur(linear * mask[..., None], (0, 0), spread) / weight)

    gain = np.clip((wide(relit) + 0.01) / (wide(photo) + 0.01), 0.35, 2.5)
    lit = np.clip((photo.astype(np.float32) / 255) ** 2.2 * gain, 0, 1) ** (1 / 2.2)
    return np.asarray(lit * 255 + 0.5, dtype=np.uint8)
