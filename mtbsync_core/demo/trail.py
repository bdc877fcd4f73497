"""The world of one seed: the trail's course, its terrain and its named places.

A `Trail` is the centre line by arc length (metres, x east, y north, z up), the pace that suits each place, and rasters
that answer, for any ground point, how far along the trail it lies, how far beside it, and how high. Both runs of a pair
are rendered from the same `Trail`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.special import expit

from mtbsync_core.demo.noise import Floats, Image, image_of, make_signal, tile_noise
from mtbsync_core.demo.scenes import Scenes, make_scenes

STEP_M = 0.25  # spacing of the centre line samples
MEAN_PACE_MPS = 6.0
LEAD_IN_M = 25.0  # trail behind the first camera position
LOOK_AHEAD_M = 95.0  # trail beyond the last one: what the camera still sees
_MAX_HEADING = 1.25  # rad from the trail's main direction: keeps it from crossing itself
_RASTER_CELL_M = 0.5
_RASTER_MARGIN_M = 85.0


@dataclass(frozen=True, slots=True)
class Place:
    """A named place: what is there, and from which arc length (m) over which length (m) the world shows it."""

    name: str
    kind: str
    s_m: float
    length_m: float
    colour: str  # one of the 16 marker colours of DaVinci Resolve
    comment: str


@dataclass(frozen=True, slots=True)
class Terrain:
    """Rasters over the ground, shape (rows = y, columns = x), float32; cell (0, 0) is centred on (x0_m, y0_m)."""

    x0_m: float
    y0_m: float
    cell_m: float
    s_m: Image
    u_m: Image  # distance to the left of the centre line
    z_m: Image

    def lookup(self, raster: Image, x_m: Floats, y_m: Floats) -> Image:
        """Bilinear value of one of the rasters at ground points of any 2-D shape."""
        map_x, map_y = image_of((x_m - self.x0_m) / self.cell_m), image_of((y_m - self.y0_m) / self.cell_m)
        return image_of(cv2.remap(raster, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


@dataclass(frozen=True, slots=True)
class Trail:
    """Centre line, shape (n,) each, sampled every `STEP_M`: position (m), heading (rad, counter-clockwise from
    east), curvature (1/m, left positive), tread half-width (m) and the pace (m/s) of a rider with ratio 1."""

    seed: int
    look: int  # seed of the textures and of the pictures of what stands beside the trail
    s_m: Floats
    x_m: Floats
    y_m: Floats
    z_m: Floats
    heading: Floats
    curvature: Floats
    half_width_m: Floats
    pace_mps: Floats
    places: tuple[Place, ...]
    terrain: Terrain
    scenes: Scenes | None = None

    def at(self, values: Floats, s_m: Floats) -> Floats:
        """One of the centre line's arrays, linearly interpolated at arc lengths `s_m`."""
        return np.asarray(np.interp(s_m, self.s_m, values), np.float64)

    def ground_point(self, s_m: Floats, u_m: Floats) -> tuple[Floats, Floats]:
        """World x, y (m) of the points `u_m` to the left of the centre line at `s_m`."""
        heading = self.at(self.heading, s_m)
        x = self.at(self.x_m, s_m) - np.sin(heading) * u_m
        y = self.at(self.y_m, s_m) + np.cos(heading) * u_m
        return x, y

    def height(self, x_m: Floats, y_m: Floats) -> Floats:
        """Ground height (m) at world points, shape (n,)."""
        z = self.terrain.lookup(self.terrain.z_m, x_m[None, :], y_m[None, :])
        return np.asarray(z[0], np.float64)


def make_trail(seed: int, length_m: float, look: int | None = None, scenes: int | None = None) -> Trail:
    """The trail of `seed`, `length_m` from end to end; the same seed and length give the same world. Trails of one
    `look` are grown with the same plants on the same ground; None takes the seed's own. Trails of one `scenes` lead
    through the same types of scene in the same order; None: the same mixed forest throughout.
    """
    rng = np.random.default_rng([seed, 101])
    s = np.arange(0.0, length_m + STEP_M, STEP_M)
    curvature = _bends(rng, s)
    heading = np.concatenate(([0.0], np.cumsum(0.5 * (curvature[1:] + curvature[:-1]) * STEP_M)))
    x = np.concatenate(([0.0], np.cumsum(np.cos(heading[:-1] + 0.5 * np.diff(heading)) * STEP_M)))
    y = np.concatenate(([0.0], np.cumsum(np.sin(heading[:-1] + 0.5 * np.diff(heading)) * STEP_M)))
    # Grade about -6 % with waves of +-8 %: a descent with short climbs.
    grade = -0.06 + make_signal(rng, 1 / 90, 1 / 25, 0.055)(s)
    z = np.cumsum(grade) * STEP_M
    places = _places(rng, s, curvature)
    for place in places:
        if place.kind == "jump":
            z += 0.55 * np.exp(-(((s - place.s_m) / 2.2) ** 2))
        elif place.kind == "drop":
            z -= 0.8 * expit((s - place.s_m) / 0.9)
    half_width = np.clip(0.55 + 0.12 * make_signal(rng, 1 / 40, 1 / 9, 0.8)(s), 0.35, 0.9)
    pace = _pace(s, curvature, grade)
    terrain = _terrain(rng, s, x, y, z, heading, curvature)
    look = seed if look is None else look
    types = None if scenes is None else make_scenes(scenes, length_m)
    return Trail(seed, look, s, x, y, z, heading, curvature, half_width, pace, places, terrain, types)


def _bends(rng: np.random.Generator, s: Floats) -> Floats:
    """Curvature of a string of bends of 15-75 degrees, steered so that the trail never turns back on itself."""
    curvature = 0.4 * make_signal(rng, 1 / 60, 1 / 20, 0.02)(s)
    position, heading = 12.0, 0.0
    while position < s[-1]:
        length = rng.uniform(7.0, 20.0)
        angle = np.radians(rng.uniform(15.0, 75.0))
        side = 1.0 if rng.random() < 0.5 - 0.5 * heading / _MAX_HEADING else -1.0
        angle = min(angle, max(0.1, _MAX_HEADING - side * heading), length / 8.0)  # radius >= about 4 m at the apex
        inside = np.abs(s - position - length / 2) < length / 2
        phase = (s[inside] - position) / length
        # Raised cosine: integral over the bend is `angle`.
        curvature[inside] += side * angle / length * (1 - np.cos(2 * np.pi * phase))
        heading += side * angle
        position += length + rng.uniform(2.0, 24.0)
    return curvature


def _pace(s: Floats, curvature: Floats, grade: Floats) -> Floats:
    """Speed (m/s) of a relaxed rider: slower in bends (lateral 4 m/s^2) and uphill; mean about 6 m/s."""
    free = np.clip(7.2 - 14.0 * grade, 4.5, 9.0)
    limit = np.sqrt(4.0 / np.maximum(np.abs(curvature), 1e-3))
    kernel = np.hanning(49)  # 12 m: braking and getting going again
    padded = np.pad(np.minimum(free, limit), 24, mode="edge")
    smooth = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    mean = len(s) / float(np.sum(1.0 / smooth))  # harmonic: distance over time
    return np.asarray(smooth * (MEAN_PACE_MPS / mean), np.float64)


# Kind, name, marker colour, length (m), comment.
_KINDS = (
    ("rocks", "Rock garden", "Red", 12.0, "Stay light on the front"),
    ("jump", "Jump", "Yellow", 4.0, "Small kicker, landing slopes away"),
    ("roots", "Root carpet", "Sand", 9.0, "Slippery when wet"),
    ("bridge", "Plank bridge", "Cyan", 7.0, "Straight across"),
    ("drop", "Drop", "Fuchsia", 3.0, "Roll or pop"),
    ("sign", "Trail junction", "Green", 1.0, "Signpost on the left"),
    ("log", "Fallen trunk", "Cocoa", 3.0, "Sawn through beside the tread"),
    ("bench", "Lookout bench", "Lavender", 2.0, "Time check"),
)


def _places(rng: np.random.Generator, s: Floats, curvature: Floats) -> tuple[Place, ...]:
    """Start gate, finish arch, the two sharpest bends as berms, and the other kinds spread in between."""
    first, last = LEAD_IN_M + 8.0, float(s[-1]) - LOOK_AHEAD_M - 4.0
    places = [Place("Start gate", "gate", first, 1.0, "Blue", "Timing starts here")]
    if last - first > 30.0:
        places.append(Place("Finish arch", "gate", last - 3.0, 1.0, "Purple", "Timing ends here"))
    taken = [place.s_m for place in places]
    gap = max(4.0, (last - first) / 26.0)
    sharpest = np.argsort(-np.abs(curvature))
    sharpest = sharpest[(s[sharpest] > first + gap) & (s[sharpest] < last - gap)]
    for name, colour, side in (("Left berm", "Pink", curvature > 0), ("Right berm", "Mint", curvature <= 0)):
        for here in s[sharpest[side[sharpest]][:1]].tolist():
            taken.append(here)
            places.append(Place(name, "berm", here, 10.0, colour, "Look through the bend"))
    slots = np.linspace(first + gap, last - gap, 4 * len(_KINDS))
    for kind, name, colour, length, comment in _KINDS:
        free = [slot for slot in slots if min(abs(slot - other) for other in taken) > gap]
        if not free:
            break
        taken.append(float(free[int(rng.integers(len(free)))]))
        places.append(Place(name, kind, taken[-1], length, colour, comment))
    return tuple(sorted(places, key=lambda place: place.s_m))


def _terrain(
    rng: np.random.Generator, s: Floats, x: Floats, y: Floats, z: Floats, heading: Floats, curvature: Floats
) -> Terrain:
    cell = _RASTER_CELL_M
    x0, y0 = float(x.min()) - _RASTER_MARGIN_M, float(y.min()) - _RASTER_MARGIN_M
    columns = int((float(x.max()) + _RASTER_MARGIN_M - x0) / cell) + 1
    rows = int((float(y.max()) + _RASTER_MARGIN_M - y0) / cell) + 1
    # Nearest centre line sample of each cell: a labelled distance transform is O(cells), a tree search is not.
    pixel_x = np.round((x - x0) / cell).astype(np.intp)
    pixel_y = np.round((y - y0) / cell).astype(np.intp)
    blank = np.full((rows, columns), 255, np.uint8)
    blank[pixel_y, pixel_x] = 0
    _, labels = cv2.distanceTransformWithLabels(blank, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    sample_of_label = np.zeros(int(labels.max()) + 1, np.intp)
    sample_of_label[labels[pixel_y, pixel_x]] = np.arange(len(s))
    nearest = sample_of_label[labels]
    grid_x = (x0 + cell * np.arange(columns, dtype=np.float32))[None, :]
    grid_y = (y0 + cell * np.arange(rows, dtype=np.float32))[:, None]
    h32, s32 = heading.astype(np.float32), s.astype(np.float32)
    dx, dy = grid_x - x.astype(np.float32)[nearest], grid_y - y.astype(np.float32)[nearest]
    cos, sin = np.cos(h32)[nearest], np.sin(h32)[nearest]
    along, u = dx * cos + dy * sin, dy * cos - dx * sin
    # Arc length shrinks inside a bend by 1 - curvature * u; the clip covers the far side of the bend's centre.
    along = np.clip(along / np.clip(1 - curvature.astype(np.float32)[nearest] * u, 0.3, 3.0), -3.0, 3.0)
    s_grid = (s32[nearest] + along).astype(np.float32)
    z_grid = np.interp(s_grid, s, z).astype(np.float32)
    side_slope = make_signal(rng, 1 / 120, 1 / 40, 0.13)(s).astype(np.float32)[nearest]
    beside = np.abs(u)
    z_grid += side_slope * 9.0 * np.tanh(np.sign(u) * np.maximum(beside - 0.9, 0.0) / 9.0)
    hummock = cv2.resize(tile_noise(rng, 512, 48), (columns, rows), interpolation=cv2.INTER_LINEAR)
    wide = cv2.resize(tile_noise(rng, 256, 14), (columns, rows), interpolation=cv2.INTER_LINEAR)
    z_grid += np.clip((beside - 0.7) / 4.0, 0, 1) * (1.1 * (hummock - 0.45) + 2.0 * (wide - 0.4))
    # A berm: the outside of a sharp bend is banked up by at most 0.7 m.
    bank = np.clip(np.abs(curvature) / 0.12, 0, 1).astype(np.float32)[nearest]
    outside = -np.sign(curvature).astype(np.float32)[nearest] * u
    z_grid += 0.7 * bank * np.clip((outside - 0.4) / 1.3, 0, 1) * np.clip((4.2 - outside) / 1.8, 0, 1)
    # The nearest point jumps at the centre of a bend; blur that seam away, but not the trail itself.
    for start_m, sigma in ((4.0, 4.0), (8.0, 16.0)):
        far = np.clip((beside - start_m) / start_m, 0, 1)
        z_grid += far * (cv2.GaussianBlur(z_grid, (0, 0), sigma) - z_grid)
    return Terrain(x0, y0, cell, s_grid, u.astype(np.float32), z_grid.astype(np.float32))
