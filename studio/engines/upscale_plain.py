"""Enlarging without a network: Lanczos in linear light, then a mild sharpening of edges.

It invents nothing: a pixel stays between its neighbours' values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class _Options(BaseModel):
    """`sharpen`: share of the detail that is added again; 0 for none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sharpen: float = Field(default=0.35, ge=0, le=1)


class Engine:
    """Implements UpscaleEngine. Always ready."""

    name = "plain"
    model = ""
    alters = False
    Options = _Options

    def __init__(self, options: _Options | None = None) -> None:
        self._options = options or _Options()

    def ready(self) -> str:
        return ""

    def enlarge(self, image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
        """An RGB picture at that size."""
        import cv2
        import numpy as np

        linear = (image.astype(np.float32) / 255) ** 2.2
        large = cv2.resize(linear, (width, height), interpolation=cv2.INTER_LANCZOS4)
        kernel = np.ones((3, 3), np.uint8)
        scale = (width / image.shape[1] + height / image.shape[0]) / 2
        wide = cv2.GaussianBlur(large, (0, 0), 0.5 * max(1.0, scale))
        sharp = large + self._options.sharpen * (large - wide)
        # Lanczos and sharpening both overshoot beside an edge: that would be a halo
        near = max(1, round(scale))
        least = cv2.erode(cv2.resize(linear, (width, height)), kernel, iterations=near)
        most = cv2.dilate(cv2.resize(linear, (width, height)), kernel, iterations=near)
        held = np.clip(sharp, least, most)
        return np.asarray(255 * np.clip(held, 0, 1) ** (1 / 2.2) + 0.5, dtype=np.uint8)
