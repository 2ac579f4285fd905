"""Meshes from a few numbers: turned, swept, folded and bevelled shapes. Centimetres, z is up.

Every function returns a `Mesh` with smooth normals and texture coordinates; sharp edges are made
as small bevels, since no real edge is perfectly sharp and it is the bevel that catches the light.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mesh:
    """Vertices (n, 3), triangles (m, 3), unit normals (n, 3) and texture coordinates (n, 2)."""

    points: Array
    faces: NDArray[np.int32]
    normals: Array
    uv: Array

    def moved(self, matrix: Array) -> Mesh:
        """The mesh after a 4 x 4 transformation without shear."""
        points = self.points @ matrix[:3, :3].T + matrix[:3, 3]
        normals = self.normals @ np.linalg.inv(matrix[:3, :3])
        return Mesh(points, self.faces, unit(normals), self.uv)

    def write(self, path: Path) -> Path:
        """Writes a binary PLY file."""
        names = ("x", "y", "z", "nx", "ny", "nz", "u", "v")
        table = np.hstack([self.points, self.normals, self.uv]).astype("<f4")
        faces = np.empty(len(self.faces), dtype=[("n", "u1"), ("i", "<i4", 3)])
        faces["n"], faces["i"] = 3, self.faces
        head = ["ply", "format binary_little_endian 1.0", f"element vertex {len(table)}"]
        head += [f"property float {n}" for n in names]
        head += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
        text = "\n".join([*head, "end_header\n"]).encode()
        path.write_bytes(text + table.tobytes() + faces.tobytes())
        return path


def unit(vectors: Array) -> Array:
    """Vectors of length 1; a vector of length 0 stays as it is."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length == 0, 1, length)


def join(*meshes: Mesh) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0] + [len(m.points) for m in meshes[:-1]])
    return Mesh(
        np.vstack([m.points for m in meshes]),
        np.vstack([m.faces + s for m, s in zip(meshes, starts, strict=True)]).astype(np.int32),
        np.vstack([m.normals for m in meshes]),
        np.vstack([m.uv for m in meshes]),
    )


def grid(points: Array, *, around: bool = False, flip: bool = False) -> Mesh:
    """A surface through a (rows, columns, 3) field of points.

    `around`: the last column lies on the first (a closed band), so that its normals are shared.
    """
    rows, columns = points.shape[:2]
    down = np.gradient(points, axis=0)
    if around:
        wide = np.concatenate([points[:, -2:-1], points, points[:, 1:2]], axis=1)
        across = (wide[:, 2:] - wide[:, :-2]) / 2
    else:
        across = np.gradient(points, axis=1)
    normals = unit(np.cross(across, down))
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
    if flip:
        faces, normals = faces[:, ::-1], -normals
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    uv = np.stack([u, v], -1).reshape(-1, 2)
    return Mesh(points.reshape(-1, 3), faces.astype(np.int32), normals.reshape(-1, 3), uv)


def fillet(corners: Sequence[Sequence[float]], *, closed: bool = False, steps: int = 8) -> Array:
    """A polyline (n, 2) whose corners are arcs. A corner is (x, y) or (x, y, radius)."""
    count = len(corners)
    points: list[Array] = []
    for i, corner in enumerate(corners):
        here = np.array(corner[:2], float)
        radius = corner[2] if len(corner) > 2 else 0.0
        if not radius or (not closed and i in (0, count - 1)):
            points.append(here[None])
            continue
        before = np.array(corners[i - 1][:2], float) - here
        after = np.array(corners[(i + 1) % count][:2], float) - here
        points.append(_arc(here, before, after, radius, steps))
    return np.vstack(points)


def _arc(here: Array, before: Array, after: Array, radius: float, steps: int) -> Array:
    a, b = unit(before), unit(after)
    half = np.arccos(np.clip(a @ b, -1, 1)) / 2
    if half > np.pi / 2 - 1e-3:  # the line goes straight on
        return here[None]
    room = 0.499 * np.sqrt(min(before @ before, after @ after))
    reach = float(min(radius / np.tan(half), room))
    radius = float(reach * np.tan(half))
    centre = here + unit(a + b) * radius / np.sin(half)
    start, end = here + a * reach - centre, here + b * reach - centre
    sweep = np.pi - 2 * half
    side = 1.0 if start[0] * end[1] - start[1] * end[0] > 0 else -1.0
    t = np.linspace(0, sweep * side, steps + 1)[:, None]
    turned = np.array([-start[1], start[0]])
    result: Array = centre + np.cos(t) * start + np.sin(t) * turned
    return result


def dense(line: Array, step: float) -> Array:
    """The polyline with extra points, so that no piece is longer than `step`."""
    pieces = []
    for a, b in pairwise(line):
        n = max(1, int(np.ceil(np.linalg.norm(b - a) / step)))
        pieces.append(a + (b - a) * np.linspace(0, 1, n, endpoint=False)[:, None])
    return np.vstack([*pieces, line[-1:]])


def lathe(
    corners: Sequence[Sequence[float]],
    *,
    turns: tuple[float, float] = (0.0, 360.0),
    sides: int = 160,
    step: float = 0.4,
    bump: Callable[[Array, Array], Array] | None = None,
) -> Mesh:
    """A profile of (radius, height[, fillet]) corners turned about z.

    The profile runs so that the outside is on its right hand (upwards along the outer wall).
    `turns`: from and to angle in degrees, counted from the viewer (-y) to the right.
    `bump(angle, height)`: added to the radius, in cm. u runs with the angle, v upwards.
    """
    line = dense(fillet(corners), step)
    angles = np.radians(np.linspace(*turns, sides + 1))
    closed = turns[1] - turns[0] == 360
    radius, height = np.meshgrid(line[:, 0], angles, indexing="ij")[0], line[:, 1][:, None]
    height = np.broadcast_to(height, radius.shape)
    if bump is not None:
        radius = radius + bump(np.broadcast_to(angles, radius.shape), height)
    field = np.stack([radius * np.sin(angles), -radius * np.cos(angles), height], -1)
    mesh = grid(field, around=closed)
    return Mesh(
        mesh.points, mesh.faces, _profile_normals(line, angles, mesh.normals, bump), mesh.uv
    )


def _profile_normals(line: Array, angles: Array, rough: Array, bump: object) -> Array:
    if bump is not None:
        return rough
    run = unit(np.diff(line, axis=0))
    ends = np.vstack([run[:1], run, run[-1:]])
    tangent = unit(ends[:-1] + ends[1:])
    out, up = tangent[:, 1][:, None], -tangent[:, 0][:, None]
    shape = (len(line), len(angles))
    parts = [out * np.sin(angles), -out * np.cos(angles), np.broadcast_to(up, shape)]
    return np.stack(parts, -1).reshape(-1, 3)


def sweep(
    path: Array,
    section: Array,
    *,
    scale: Array | None = None,
    up: Sequence[float] = (0, 0, 1),
    caps: bool = True,
) -> Mesh:
    """A closed section (k, 2) carried along a path (n, 3).

    `scale`: (n,) or (n, 2) factors for the section's two axes along the path. The section's second
    axis stays as near to `up` as it can. `caps`: whether the ends are closed.
    """
    tangent = unit(np.gradient(path, axis=0))
    across = unit(np.cross(tangent, np.asarray(up, float)))
    for i in range(1, len(across)):  # where the path runs along `up`, keep the last direction
        if np.linalg.norm(across[i]) < 1e-6 or across[i] @ across[i - 1] < 0:
            across[i] = unit(across[i - 1] - tangent[i] * (across[i - 1] @ tangent[i]))
    rise = unit(np.cross(across, tangent))
    size = np.ones((len(path), 2)) if scale is None else np.asarray(scale, float)
    size = np.repeat(size[:, None], 2, 1) if size.ndim == 1 else size
    ring = np.vstack([section, section[:1]])
    x, y = ring[:, 0], ring[:, 1]
    field = (
        path[:, None]
        + across[:, None] * (x * size[:, :1])[..., None]
        + rise[:, None] * (y * size[:, 1:])[..., None]
    )
    body = grid(field, around=True, flip=_turns_left(section))
    if not caps:
        return body
    ends = [_cap(field[0], -tangent[0]), _cap(field[-1], tangent[-1])]
    return join(body, *ends)


def _turns_left(section: Array) -> bool:
    x, y = section[:, 0], section[:, 1]
    return bool(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0)


def _cap(ring: Array, normal: Array) -> Mesh:
    """A flat fan over a ring that can be seen from its middle."""
    middle = ring[:-1].mean(axis=0)
    points = np.vstack([ring, middle[None]])
    last = len(ring)
    faces = np.array([[last, i, i + 1] for i in range(last - 1)], np.int32)
    turn = np.cross(ring[0] - middle, ring[len(ring) // 4] - middle) @ normal
    flat = points - middle
    uv = np.stack([flat[:, 0], flat[:, 1]], -1) * 0.1 + 0.5
    faces = faces if turn > 0 else faces[:, ::-1]
    return Mesh(points, faces, np.tile(normal, (len(points), 1)), uv)


def _ladder(ring: Array, normal: Array) -> Mesh:
    """A flat face over a ring that runs there and back: rungs from point i to point n - 1 - i."""
    n = len(ring) - 1
    pairs = [(i, i + 1, n - 2 - i, n - 1 - i) for i in range(n // 2 - 1)]
    faces = np.array([t for a, b, c, d in pairs for t in ((a, b, c), (a, c, d))], np.int32)
    a, b, c = (ring[faces[:, k]] for k in range(3))
    turned = np.cross(b - a, c - a) @ normal < 0
    faces[turned] = faces[turned][:, ::-1]
    return Mesh(ring, faces, np.tile(normal, (len(ring), 1)), ring[:, :2])


def circle(radius: float, sides: int = 40) -> Array:
    """A section for `sweep`."""
    t = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return np.stack([np.cos(t), np.sin(t)], -1) * radius


def rectangle(width: float, height: float, radius: float, steps: int = 6) -> Array:
    """A rectangle with round corners about the origin, a section for `sweep` and `slab`."""
    w, h = width / 2, height / 2
    corners = [(w, -h, radius), (w, h, radius), (-w, h, radius), (-w, -h, radius)]
    return fillet(corners, closed=True, steps=steps)


def spline(knots: Sequence[Sequence[float]] | Array, count: int = 120) -> Array:
    """A smooth curve (count, 3) through the knots."""
    from scipy.interpolate import CubicSpline

    points = np.asarray(knots, float)
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1) ** 0.5)])
    curve: Array = CubicSpline(steps, points)(np.linspace(0, steps[-1], count))
    return curve


def slab(
    outline: Array,
    height: float,
    bevel: float,
    *,
    steps: int = 5,
    taper: float = 0.0,
    strip: bool = False,
) -> Mesh:
    """A closed outline (k, 2) raised by `height`, its top and bottom edges rounded by `bevel`.

    `taper`: how much wider the top is than the bottom, as a share. `strip`: the outline runs there
    and back, like an arch, and its faces are filled from point i to point n - 1 - i; otherwise
    they must be seen whole from their middle. v runs along the height on the
    wall; on the faces (u, v) is (x, y) / 10 + 10: a texture of 10 cm keeps its size, and what is
    printed on a face does not show on the wall.
    """
    edge = np.vstack([outline, outline[:1]])
    along = np.roll(outline, -1, 0) - np.roll(outline, 1, 0)
    out = unit(np.stack([along[:, 1], -along[:, 0]], -1))
    out = np.vstack([out, out[:1]]) * (1 if _turns_left(outline) else -1)
    t = np.linspace(0, np.pi / 2, steps + 1)
    inset = np.concatenate([bevel * (1 - np.sin(t)), bevel * (1 - np.cos(t))])
    level = np.concatenate([bevel * (1 - np.cos(t)), height - bevel + bevel * np.sin(t)])
    rings = []
    for i, z in zip(inset, level, strict=True):
        flat = (edge - out * i) * (1 + taper * z / height)
        rings.append(np.column_stack([flat, np.full(len(flat), z)]))
    wall = grid(np.stack(rings), around=True)
    if not _turns_left(outline):
        wall = Mesh(wall.points, wall.faces[:, ::-1], -wall.normals, wall.uv)
    parts = [wall]
    for ring, sign in ((rings[0], -1.0), (rings[-1], 1.0)):
        cap = (_ladder if strip else _cap)(ring, np.array([0, 0, sign]))
        parts.append(Mesh(cap.points, cap.faces, cap.normals, cap.points[:, :2] / 10 + 10))
    return join(*parts)


def sheet(height: Callable[[Array, Array], Array], corners: Sequence[float], cells: int) -> Mesh:
    """A height field z = height(x, y) over (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = corners
    y, x = np.meshgrid(np.linspace(y0, y1, cells), np.linspace(x0, x1, cells), indexing="ij")
    return grid(np.stack([x, y, height(x, y)], -1))


def at(
    x: float = 0, y: float = 0, z: float = 0, *, turn: float = 0, tilt: float = 0, roll: float = 0
) -> Array:
    """A placement: first `roll` about y, then `tilt` about x, then `turn` about z, in degrees."""
    matrix = np.eye(4)
    for axis, angle in ((1, roll), (0, tilt), (2, turn)):
        c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        step = np.eye(4)
        a, b = [(1, 2), (2, 0), (0, 1)][axis]
        step[a, a], step[a, b], step[b, a], step[b, b] = c, -s, s, c
        matrix = step @ matrix
    matrix[:3, 3] = x, y, z
    return matrix
