"""The photographer's room: camera, lights, tracing, noise removal and the JPEG file.

The camera always looks from -y towards +y; it is the product that is turned. Lights and grounds
grow with the product, so a wallet and a lamp are lit alike.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mitsuba as mi
import numpy as np
from PIL import Image

from .shapes import Array, Mesh, unit

if mi.variant() is None:
    mi.set_variant("llvm_ad_rgb", "scalar_rgb")

Look = dict[str, Any]  # a Mitsuba BSDF


@dataclass(frozen=True)
class Part:
    """A mesh and what it is made of; `glow` is its radiance when it shines by itself."""

    mesh: Mesh
    look: Look
    glow: tuple[float, float, float] | None = None

    def moved(self, matrix: Array) -> Part:
        return Part(self.mesh.moved(matrix), self.look, self.glow)


@dataclass(frozen=True)
class View:
    """Where the camera stands: degrees above the ground, angle of view, and the share of the
    picture's side that the product fills. `blur` is the lens opening over the product's size."""

    above: float = 14.0
    angle: float = 20.0
    fill: float = 0.72
    blur: float = 0.0
    lower: float = 0.0  # moves the product down in the picture, as a share of its side


@dataclass(frozen=True)
class Light:
    """A rectangular soft box: from where (degrees to the right, degrees up), distance, width and
    height in product sizes, and its radiance."""

    right: float
    up: float
    far: float
    width: float
    height: float
    power: float
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Mood:
    """A set of lights, the light of the room all around, and the exposure."""

    lights: tuple[Light, ...]
    room: tuple[float, float, float] = (0.35, 0.35, 0.36)
    exposure: float = 1.0


@dataclass(frozen=True)
class Shot:
    """A photo to be taken."""

    parts: Sequence[Part]
    ground: Sequence[Part]
    mood: Mood
    view: View = field(default_factory=View)


def frame(points: Array, view: View) -> tuple[Array, Array]:
    """(eye, target) from which all points lie inside the picture, centred, at the wanted size."""
    up = np.radians(view.above)
    forward = np.array([0, np.cos(up), -np.sin(up)])
    right = np.array([1.0, 0, 0])
    rise = np.cross(right, forward)
    target = (points.min(0) + points.max(0)) / 2
    half = np.tan(np.radians(view.angle / 2))
    far = float(np.ptp(points, axis=0).max()) / half
    for _ in range(24):
        local = points - (target - forward * far)
        depth = local @ forward
        x, y = local @ right / depth, local @ rise / depth
        target = target + right * (x.max() + x.min()) / 2 * far
        target = target + rise * (y.max() + y.min()) / 2 * far
        far *= max(np.ptp(x), np.ptp(y)) / (2 * half * view.fill)
    target = target + rise * view.lower * 2 * half * far
    return target - forward * far, target


def size_of(parts: Sequence[Part]) -> float:
    """The product's largest measure, in cm."""
    points = np.vstack([p.mesh.points for p in parts])
    return float(np.ptp(points, axis=0).max())


def render(shot: Shot, side: int, samples: int) -> Array:
    """Linear RGB (side, side, 3), without noise."""
    points = np.vstack([p.mesh.points for p in shot.parts])
    with tempfile.TemporaryDirectory() as folder:
        scene = mi.load_dict(_scene(shot, points, side, Path(folder)))
    each = 8
    runs = [
        np.nan_to_num(np.array(mi.render(scene, spp=each, seed=mi.UInt32(run))))
        for run in range(max(1, samples // each))
    ]
    return _denoise(np.mean(runs, axis=0)) * shot.mood.exposure


def _scene(shot: Shot, points: Array, side: int, folder: Path) -> Look:
    eye, target = frame(points, shot.view)
    size = float(np.ptp(points, axis=0).max())
    lens: Look = {"type": "perspective"}
    if shot.view.blur:
        focus = float(np.linalg.norm(eye - target)) - 0.15 * size
        lens = {"type": "thinlens", "aperture_radius": shot.view.blur * size}
        lens["focus_distance"] = focus
    scene: Look = {
        "type": "scene",
        "integrator": {
            "type": "aov",
            "aovs": "albedo:albedo,normal:sh_normal",
            "image": {"type": "path", "max_depth": 10},
        },
        "camera": {
            **lens,
            "fov": shot.view.angle,
            "to_world": mi.ScalarTransform4f().look_at(list(eye), list(target), [0, 0, 1]),
            "film": {
                "type": "hdrfilm",
                "width": side,
                "height": side,
                "rfilter": {"type": "box"},
            },
            "sampler": {"type": "independent"},
        },
        "room": {"type": "constant", "radiance": {"type": "rgb", "value": list(shot.mood.room)}},
    }
    for i, light in enumerate(shot.mood.lights):
        scene[f"light{i}"] = _box(light, size)
    for i, part in enumerate([*shot.parts, *shot.ground]):
        scene[f"part{i}"] = _shape(part, folder / f"{i}.ply")
    return scene


def _shape(part: Part, path: Path) -> Look:
    shape: Look = {"type": "ply", "filename": str(part.mesh.write(path)), "flip_tex_coords": True}
    shape["bsdf"] = part.look
    if part.glow is not None:
        radiance = {"type": "rgb", "value": list(part.glow)}
        shape["emitter"] = {"type": "area", "radiance": radiance}
    return shape


def _box(light: Light, size: float) -> Look:
    right, up = np.radians([light.right, light.up])
    way = np.array([np.sin(right) * np.cos(up), -np.cos(right) * np.cos(up), np.sin(up)])
    middle = np.array([0, 0, size * 0.35])
    place = mi.ScalarTransform4f().look_at(
        list(middle + way * light.far * size), list(middle), [0, 0.01, 1]
    )
    place = place @ mi.ScalarTransform4f().scale(
        [light.width * size / 2, light.height * size / 2, 1]
    )
    power = [light.power * t for t in light.tint]
    return {
        "type": "rectangle",
        "to_world": place,
        "bsdf": {"type": "diffuse", "reflectance": {"type": "rgb", "value": 0.0}},
        "emitter": {"type": "area", "radiance": {"type": "rgb", "value": power}},
    }


def _denoise(image: Array) -> Array:
    """Open Image Denoise over colour, guided by the surfaces' own colour and direction."""
    import pyoidn

    colour, albedo, normal = (
        np.ascontiguousarray(part, dtype=np.float32)
        for part in (image[..., :3], np.clip(image[..., -6:-3], 0, 1), image[..., -3:])
    )
    clean: Array = pyoidn.denoise(colour, albedo, normal, hdr=True)
    return clean


def develop(linear: Array) -> Image.Image:
    """Tone curve and sRGB: straight up to 0.6, then a soft shoulder for the whites."""
    knee, top = 0.6, 1.0
    over = np.maximum(linear - knee, 0)
    span = top - knee
    curved = np.where(linear > knee, knee + span * (1 - np.exp(-over / span)), linear)
    curved = np.clip(curved, 0, 1)
    srgb = np.where(curved <= 0.0031308, curved * 12.92, 1.055 * curved ** (1 / 2.4) - 0.055)
    return Image.fromarray((srgb * 255 + 0.5).astype(np.uint8), "RGB")


def save(picture: Image.Image, path: Path, *, quality: int = 88, limit: int = 240_000) -> int:
    """Writes a JPEG of at most `limit` bytes; gives its size."""
    while True:
        picture.save(path, "JPEG", quality=quality, optimize=True, progressive=True)
        size = path.stat().st_size
        if size <= limit or quality <= 60:
            return size
        quality -= 4


__all__ = [
    "Light",
    "Look",
    "Mood",
    "Part",
    "Shot",
    "View",
    "develop",
    "frame",
    "render",
    "save",
    "size_of",
    "unit",
]
