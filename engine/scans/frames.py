"""Which unit and axes a scan is in: a first guess from its shape, and the answer afterwards."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_area_vectors
from engine.geometry.sampling import sample_surface
from engine.geometry.similarity import Similarity
from engine.scans.units import UNKNOWN, USUAL_RADIUS_MM, Unit, likely_units, radius_of

Floats = NDArray[np.float64]

AXES = ("+x", "-x", "+y", "-y", "+z", "-z")
CONVENTIONS = (("+y", "+z"), ("+z", "-y"), ("+y", "-z"), ("+z", "+y"), ("+z", "+x"), ("+y", "+x"))
"""Up and forward in files, the commonest first."""
SAMPLES = 2000
OPEN_FACE, OPEN_NECK = 0.3, 0.02
"""A mask's triangles face forward together; those of a head open at the neck a little upwards."""


@dataclass(frozen=True, slots=True)
class FrameGuess:
    """The unit and axes of a scan.

    Attributes:
        unit_mm: millimetres in its unit; unit_name: `mm`, `cm`, `m`, `inch` or `unknown`.
        up, forward: axes of the file, one of `AXES`; forward is where the face looks.
        height_mm: of the scan along `up`, in that unit.
    """

    unit_mm: float
    unit_name: str
    up: str
    forward: str
    height_mm: float


@dataclass(frozen=True, slots=True)
class FrameCandidates:
    """The guess and others to choose from, the likeliest first; `guess` is the first."""

    all: tuple[FrameGuess, ...]

    @property
    def guess(self) -> FrameGuess:
        return self.all[0]


def guess_frame(mesh: Mesh) -> FrameGuess:
    """The likeliest unit and axes of a scan, from its size and symmetry; see `frame_candidates`."""
    return frame_candidates(mesh).guess


def frame_candidates(mesh: Mesh) -> FrameCandidates:
    """Units and axes that a scan may be in.

    The unit is the one that makes a head of it. Left and right lie along the axis with the best
    mirror symmetry. What the surface lacks tells more: a mask is open at the back, a head at the
    neck. The rest is custom. `align_scan` does not need any of it.

    Raises:
        InputError: the scan has no area.
    """
    drawn = sample_surface(mesh, SAMPLES, np.random.default_rng(0))
    radius = radius_of(drawn.points)
    units = likely_units(radius) or (Unit(UNKNOWN, USUAL_RADIUS_MM / max(radius, 1e-30)),)
    vectors = face_area_vectors(mesh.vertices, mesh.faces).astype(np.float64)
    facing = vectors.sum(axis=0) / np.linalg.norm(vectors, axis=1).sum()
    frames = _ranked_axes(mirror_errors(drawn.points), facing)
    extents = np.ptp(drawn.points, axis=0)
    return FrameCandidates(
        tuple(
            FrameGuess(
                unit.millimetres,
                unit.name,
                up,
                forward,
                float(extents["xyz".index(up[1])] * unit.millimetres),
            )
            for unit in units
            for up, forward in frames
        )
    )


def mirror_errors(points: Floats) -> Floats:
    """How badly `points` `(N, 3)` mirror themselves across each axis `(3,)`, against their size."""
    tree = cKDTree(points)
    size = float(np.ptp(points, axis=0).max()) or 1.0
    errors = np.empty(3)
    for axis in range(3):
        mirrored = points.copy()
        # The middle of the extent, not of the points: a nose must not pull it aside.
        middle = np.quantile(points[:, axis], [0.01, 0.99]).mean()
        mirrored[:, axis] = 2.0 * middle - mirrored[:, axis]
        errors[axis] = np.median(tree.query(mirrored)[0]) / size
    return errors


def _ranked_axes(errors: Floats, facing: Floats) -> list[tuple[str, str]]:
    """Pairs of up and forward, the likeliest first."""
    strength = float(np.abs(facing).max())
    dominant = int(np.abs(facing).argmax())
    seen = ("+" if facing[dominant] > 0 else "-") + "xyz"[dominant]
    options = list(CONVENTIONS)
    options += [(u, f) for u in AXES for f in AXES if u[1] != f[1] and (u, f) not in CONVENTIONS]

    def oddness(place: int) -> float:
        up, forward = options[place]
        side = 3 - "xyz".index(up[1]) - "xyz".index(forward[1])
        odd = 0.05 * place + 100.0 * float(errors[side] - errors.min())
        if strength > OPEN_FACE:
            odd += 4.0 * (forward != seen)
        elif strength > OPEN_NECK:
            odd += 2.0 * (up != seen)
        return odd

    return [options[place] for place in sorted(range(len(options)), key=oddness)]


def frame_of(alignment: Similarity, mesh: Mesh, unit_name: str = UNKNOWN) -> FrameGuess:
    """The axes and unit that `alignment` (scan → model) says: what a dialog shows afterwards.

    The nearest axes where the head is tilted in its file.
    """
    back = alignment.rotation.T
    up = _nearest_axis(back[:, 1])
    forward = _nearest_axis(back[:, 2], without=up[1])
    height = float(np.ptp(mesh.vertices[:, "xyz".index(up[1])])) * alignment.scale
    return FrameGuess(alignment.scale, unit_name, up, forward, height)


def turn_of(frame: FrameGuess) -> Floats:
    """The rotation `(3, 3)` from the file's axes to the model's: y up, z forward.

    Raises:
        InputError: `up` and `forward` lie along the same axis, or are no axes.
    """
    if frame.up not in AXES or frame.forward not in AXES or frame.up[1] == frame.forward[1]:
        raise InputError(
            f"Up ({frame.up}) and forward ({frame.forward}) must be two different axes of "
            f"{', '.join(AXES)}."
        )
    up, forward = _axis(frame.up), _axis(frame.forward)
    return np.stack([np.cross(up, forward), up, forward])


def placed_by(frame: FrameGuess, mesh: Mesh, centre: NDArray) -> Similarity:
    """A first placing by the axes and unit alone, the scan's middle at `centre` `(3,)` mm."""
    rotation = turn_of(frame)
    middle = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)).astype(np.float64) / 2.0
    shift = np.asarray(centre, np.float64) - frame.unit_mm * (rotation @ middle)
    return Similarity(rotation, shift, frame.unit_mm)


def _axis(name: str) -> Floats:
    axis = np.zeros(3)
    axis["xyz".index(name[1])] = 1.0 if name[0] == "+" else -1.0
    return axis


def _nearest_axis(direction: Floats, without: str = "") -> str:
    sizes = np.abs(direction).copy()
    if without:
        sizes["xyz".index(without)] = -1.0
    place = int(sizes.argmax())
    return ("+" if direction[place] > 0 else "-") + "xyz"[place]
