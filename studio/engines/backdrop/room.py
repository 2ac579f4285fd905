"""The geometry of a set, as a view camera sees it: verticals stay upright, the floor recedes.

Units: 1 is the distance from camera to product. A floor point at depth d shows at
y = horizon + k / d, with k = base - horizon in pixels; a thing of width w there shows as focal*w/d.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from studio.engines.backdrop.noise import Field

FOCAL = 2.2  # in frame widths: a short telephoto, as products are shot


@dataclass(frozen=True)
class Room:
    """All in pixels of the frame. `base`: where the product touches its ground."""

    width: int
    height: int
    horizon: float
    join: float
    base: float

    @property
    def focal(self) -> float:
        return FOCAL * self.width

    @property
    def k(self) -> float:
        return self.base - self.horizon

    @property
    def wall(self) -> float:
        """Depth of the wall."""
        return self.k / (self.join - self.horizon)

    @property
    def eye(self) -> float:
        """Height of the camera over the floor."""
        return self.k / self.focal

    def grid(self) -> tuple[Field, Field]:
        """x and y of every pixel."""
        x, y = np.meshgrid(
            np.arange(self.width, dtype=np.float32), np.arange(self.height, dtype=np.float32)
        )
        return x, y

    def points(self) -> tuple[Field, Field, Field]:
        """Where each pixel's sight meets floor or wall: right, away, up (HxW each)."""
        x, y = self.grid()
        floor = y >= self.join
        depth = np.where(floor, self.k / np.maximum(y - self.horizon, 1), self.wall)
        right = (x - self.width / 2) * depth / self.focal
        up = np.where(floor, 0, (self.horizon - y) * depth / self.focal + self.eye)
        return right.astype(np.float32), depth.astype(np.float32), up.astype(np.float32)

    def floor(self, texture: Field, across: float = 1.3) -> Field:
        """The texture laid on the floor; its side spans `across` units. Sampled at twice the
        size and averaged, so that the far end does not glitter."""
        if self.join >= self.height:
            return self.upright(texture)  # the frame ends above the floor
        scale, side = 2, texture.shape[0]
        first = max(0, int(self.join) - 2)  # nothing is drawn above: it would lie beyond the wall
        near, far = self.k / (self.height * 1.02 - self.horizon), self.wall

        def seen(right: float, depth: float) -> tuple[float, float]:
            return (
                scale * (self.width / 2 + self.focal * right / depth),
                scale * (self.horizon + self.k / depth - first),
            )

        half, length = across / 2, far * 1.05 - near
        ends = [(-half, near), (half, near), (half, near + length), (-half, near + length)]
        there = np.array([seen(*point) for point in ends], np.float32)
        top = side - side * length / across
        drawn = np.array([(0, side), (side, side), (side, top), (0, top)], np.float32)
        large = cv2.warpPerspective(
            texture,
            cv2.getPerspectiveTransform(drawn, there),
            (self.width * scale, (self.height - first) * scale),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        size = (self.width, self.height - first)
        lower = cv2.resize(large, size, interpolation=cv2.INTER_AREA)
        upper = np.broadcast_to(lower[:1], (first, *lower.shape[1:]))
        return np.concatenate([upper, lower]).astype(np.float32)

    def upright(self, texture: Field) -> Field:
        """The texture on the wall, one side across the frame's longer one."""
        side = max(self.width, self.height)
        whole = cv2.resize(texture, (side, side), interpolation=cv2.INTER_AREA)
        return np.asarray(whole[: self.height, : self.width])
