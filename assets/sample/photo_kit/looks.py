"""What things are made of: paints, metals, glass, cloth, wood, glaze; and printed labels.

Textures are drawn with numpy and Pillow from fixed seeds. Colours are sRGB hex as a designer
would name them.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import mitsuba as mi
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .shapes import Array
from .studio_room import Look

FONTS = {
    "sans": ("NotoSansCJK-Regular.ttc", "DejaVuSans.ttf"),
    "sans-bold": ("NotoSansCJK-Bold.ttc", "DejaVuSans-Bold.ttf"),
    "serif": ("NotoSerifCJK-Regular.ttc", "DejaVuSerif.ttf"),
    "serif-bold": ("NotoSerifCJK-Bold.ttc", "DejaVuSerif-Bold.ttf"),
}
SIMPLIFIED = 2  # the face of the CJK collections that is drawn for mainland China


def linear(colour: str) -> list[float]:
    """Hex sRGB to linear RGB."""
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return [
        float(v)
        for v in np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    ]


def rgb(colour: str) -> Look:
    return {"type": "rgb", "value": linear(colour)}


def image(pixels: Array, repeat: tuple[float, float] = (1, 1), *, raw: bool = False) -> Look:
    """A texture from values 0..1, (h, w) or (h, w, 3), row 0 on top."""
    data = (np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8)
    data = data[..., None] if data.ndim == 2 else data
    scale = mi.ScalarTransform3f().scale([repeat[0], repeat[1]])
    return {"type": "bitmap", "bitmap": mi.Bitmap(data), "raw": raw, "to_uv": scale}


def principled(colour: str | Look, rough: float = 0.4, **more: Any) -> Look:
    base = rgb(colour) if isinstance(colour, str) else colour
    return {"type": "principled", "base_color": base, "roughness": rough, **more}


def bumped(look: Look, pixels: Array, depth: float, repeat: tuple[float, float] = (1, 1)) -> Look:
    """The look with a relief; `depth` scales the height over the texture's own unit."""
    return {
        "type": "bumpmap",
        "arbitrary": image(pixels, repeat, raw=True),
        "scale": depth,
        "bsdf": look,
    }


def both_sides(look: Look) -> Look:
    return {"type": "twosided", "bsdf": look}


def metal(colour: str, rough: float = 0.18) -> Look:
    return principled(colour, rough, metallic=1.0)


def steel(rough: float = 0.2) -> Look:
    return metal("#c9ccd0", rough)


def glass(tint: str = "#ffffff", *, inside: float = 1.5, outside: float = 1.0) -> Look:
    return {
        "type": "dielectric",
        "int_ior": inside,
        "ext_ior": outside,
        "specular_transmittance": rgb(tint),
    }


def glaze(colour: str | Look, rough: float = 0.12) -> Look:
    """Fired glaze or lacquer: shiny over its colour."""
    return principled(colour, rough, specular=0.6)


@cache
def noise(size: int, seed: int, cells: int = 8, octaves: int = 5, stretch: int = 1) -> Array:
    """Soft random values 0..1, (size, size), without a seam; `stretch` draws it out along x."""
    rng = np.random.default_rng(seed)
    total, weight = np.zeros((size, size)), 1.0
    for octave in range(octaves):
        n = cells * 2**octave
        if n > size:
            break
        lattice = rng.random((n, max(1, n // stretch)))
        total += weight * _stretched(lattice, size)
        weight *= 0.5
    low, high = total.min(), total.max()
    result: Array = (total - low) / (high - low)
    return result


def _stretched(lattice: Array, size: int) -> Array:
    """Cubic interpolation of a lattice that wraps around."""
    from scipy.ndimage import map_coordinates

    y, x = np.meshgrid(np.arange(size) / size, np.arange(size) / size, indexing="ij")
    where = [y * lattice.shape[0], x * lattice.shape[1]]
    result: Array = map_coordinates(lattice, where, order=3, mode="grid-wrap")
    return result


def mix(amount: Array, *colours: str) -> Array:
    """Pixels (h, w, 3) in sRGB that run through the colours as `amount` goes from 0 to 1."""
    stops = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
    place = np.clip(amount, 0, 1) * (len(stops) - 1)
    low = np.minimum(place.astype(int), len(stops) - 2)
    share = (place - low)[..., None]
    result: Array = stops[low] * (1 - share) + stops[low + 1] * share
    return result


def font(face: str, size: int) -> ImageFont.FreeTypeFont:
    """The first of the face's fonts that this machine has."""
    for name in FONTS[face]:
        try:
            return ImageFont.truetype(name, size, index=SIMPLIFIED if name.endswith("ttc") else 0)
        except OSError:
            continue
    raise SystemExit(f"none of these fonts is installed: {', '.join(FONTS[face])}")


def printed(
    width: int,
    height: int,
    lines: list[tuple[float, str, str, float]],
    *,
    paper: str = "",
    ink: str = "#222222",
    border: float = 0.0,
) -> Image.Image:
    """A label of `width` x `height` pixels: lines of (middle from the top 0..1, text, face, letter
    height over label height). Without `paper` it is transparent."""
    label = Image.new("RGBA", (width, height), paper or f"{ink}00")
    draw = ImageDraw.Draw(label)
    for middle, text, face, tall in lines:
        place = (width / 2, middle * height)
        draw.text(place, text, fill=ink, font=font(face, int(tall * height)), anchor="mm")
    if border:
        inset = border * height
        box = (inset, inset, width - inset, height - inset)
        draw.rectangle(box, outline=ink, width=max(2, height // 250))
    return label


def printed_on(
    look: Look, label: Image.Image, rough: float = 0.45, area: tuple[float, ...] = ()
) -> Look:
    """The look with a label printed on it, over the whole texture or, on the face of a slab, over
    an `area` (x0, y0, x1, y1) in cm. (A see-through patch would keep the lamps' light from what
    lies below it.)"""
    pixels = np.asarray(label, dtype=np.float64) / 255
    colour, cover = image(pixels[..., :3]), image(pixels[..., 3], raw=True)
    if area:
        x0, y0, x1, y1 = (v / 10 + 10 for v in area)
        wide, high = 1 / (x1 - x0), 1 / (y1 - y0)
        place = mi.ScalarTransform3f().scale([wide, high])
        place = place @ mi.ScalarTransform3f().translate([-x0, y1 - 1])
        for texture in (colour, cover):
            texture.update(to_uv=place, wrap_mode="clamp")
    ink = principled(colour, rough, specular=0.3)
    return {"type": "blendbsdf", "weight": cover, "under": look, "ink": ink}


def sticker(label: Image.Image, rough: float = 0.6) -> Look:
    """A paper label."""
    pixels = np.asarray(label, dtype=np.float64) / 255
    return both_sides(principled(image(pixels[..., :3]), rough, specular=0.3))


def wood(
    size: int, seed: int, colours: tuple[str, ...], *, planks: int = 0, rings: float = 18
) -> Array:
    """Wood whose grain runs along x: year rings that bend a little, and fine pores. `planks`
    boards lie one above the other, each with its own tone and its own piece of the grain."""
    rng, boards = np.random.default_rng(seed), max(planks, 1)
    y = np.arange(size)[:, None] / size
    board = (y * boards).astype(int)
    shift = rng.integers(0, size, (2, boards))
    rows = (np.arange(size)[:, None] + shift[0][board]) % size
    columns = (np.arange(size)[None, :] + shift[1][board]) % size
    bend, width = (noise(size, seed + k, 3, 3, 3)[rows, columns] for k in (0, 1))
    pores = noise(size, seed + 2, 128, 3, 48)[rows, columns]
    stain = noise(size, seed + 3, 4, 4, 2)[rows, columns]
    phase = (y * rings + bend * 4 + width * 2.5) % 1
    ring = phase**2 * np.clip(
        (1 - phase) * 8, 0, 1
    )  # light spring wood, a dark line, at once light
    tone = 0.72 - 0.5 * ring + 0.34 * (pores - 0.5) + 0.3 * (stain - 0.5)
    pixels = mix(tone + (rng.random(boards)[board] - 0.5) * 0.3, *colours)
    if planks:
        inside = (y * boards) % 1
        gap = np.minimum(inside, 1 - inside) * size / boards  # in pixels
        pixels = pixels * np.clip(gap / 3, 0.3, 1)[..., None]
    return pixels


def leather(size: int, seed: int) -> Array:
    """The grain of hide: rounded cells with creases between them, 0..1, without a seam."""
    from scipy.spatial import cKDTree

    rng = np.random.default_rng(seed)
    dots = rng.random((size * 3, 2))
    tiled = np.vstack([dots + np.array([i, j]) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    y, x = np.meshgrid(np.arange(size) / size, np.arange(size) / size, indexing="ij")
    near, _ = cKDTree(tiled).query(np.stack([x, y], -1).reshape(-1, 2), k=2)
    edge = (near[:, 1] - near[:, 0]).reshape(size, size) * np.sqrt(len(dots))
    result: Array = np.clip(edge * 1.6, 0, 1) ** 0.6
    return result


def weave(size: int, seed: int, light: str, dark: str, threads: int = 32) -> Array:
    """Plain weave, `threads` over and under in both directions."""
    y, x = np.meshgrid(np.arange(size) / size, np.arange(size) / size, indexing="ij")
    uneven = (noise(size, seed, 8, 4) - 0.5) * 0.02
    warp, weft = (
        np.abs(np.sin(np.pi * threads * (x + uneven))),
        np.abs(np.sin(np.pi * threads * (y + uneven.T))),
    )
    over_ = (np.floor(x * threads) + np.floor(y * threads)) % 2 > 0
    tone = np.where(over_, warp, weft) * 0.7 + 0.3 * noise(size, seed + 1, 32, 3)
    return mix(tone, dark, light)
