"""The end of the neck: a plane on every face.

The faces that the networks learned from end below the neck in a ragged rim, of which the field
makes notches and flaps. The template ends in a plane above it (`training.parts.template.neck`):
its loop of vertices lies on the skin, the disc of vertices within the loop in the plane. The
plane moves by the affine map that fits the motion of the skin around it best, linear in the code,
so it is a plane on every face (`engine.models.neck_plane`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.models.carrier import Carrier, PartCarrier
from engine.models.neck_plane import FacePlane, NeckPlane
from engine.models.protocol import PARTS

Floats = NDArray[np.float32]

PREFIX = "neck."

ROOM, ROOM_MM = 3.0, (20.0, 45.0)
"""At the neck, up to the first height above the plane, the learned motion is up to 3 mm off the
field and no other sheet of the surface is near: vertices may be moved so much further there."""


@dataclass(frozen=True, slots=True, eq=False)
class NeckCut:
    """How the template of a file ends.

    Attributes:
        plane: on any face.
        canonical_plane: on the face that the template models.
        loop: `(R,)` vertices on the edge of skin and plane; rows: `(N,)` all that the cut moves.
        room: `(V,)` factors for `engine.surface.along_normals.project_along`.
    """

    plane: NeckPlane
    canonical_plane: FacePlane
    loop: NDArray
    rows: NDArray
    room: Floats


@dataclass(frozen=True, slots=True, eq=False)
class CutCarrier:
    """The carrier of a template with the neck cut, and the cut."""

    carrier: Carrier
    cut: NeckCut


def has_cut(tensors: Mapping[str, NDArray]) -> bool:
    """Whether the template of a file ends in a plane."""
    return f"{PREFIX}loop" in tensors


def uncut_canonical(tensors: Mapping[str, NDArray]) -> Floats:
    """The vertices `(V, 3)` of a template file before the cut: what the networks know."""
    vertices = np.array(tensors["canonical"], np.float32)
    if has_cut(tensors):
        rows = np.concatenate([tensors[f"{PREFIX}loop"], tensors[f"{PREFIX}disc"]])
        vertices[rows] = tensors[f"{PREFIX}uncut"]
    return vertices


def cut_carrier(
    whole: Carrier, tensors: Mapping[str, NDArray], config: Mapping[str, Any]
) -> CutCarrier:
    """The carrier of the cut template, from that of the template before the cut.

    A vertex of the loop moves as the edge of the uncut template does that it lies on, and
    besides along the skin, so that it stays where the plane cuts it; the skin's vertices little
    above the plane, the collar, make way.

    Args:
        whole: the carrier over `uncut_canonical`.
        tensors: `canonical` after the cut; `neck.loop` `(R,)` and `neck.disc` `(D,)` vertices,
            `neck.ends` `(R, 2)` and `neck.share` `(R,)`, the loop's places on edges;
            `neck.collar` `(C,)` vertices; `neck.slide` `(R + C, 3)`, the way along the skin of
            loop and collar that leads a millimetre across the plane.
        config: `neck` with `normal`, `offset` and `rounding_mm`; `canonical_expression`.

    Raises:
        WeightsError: something of it is missing or of another shape.
    """
    try:
        neck = _Neck.read(tensors, config)
        frame = neck.frame
        parts, motion = {}, {}
        for part in PARTS:
            at_skin = neck.skin_motion(whole.parts[part])
            motion[part] = _affine_fit(neck.in_plane(neck.loop), at_skin[: len(neck.loop)])
            slid = neck.slid(at_skin, motion[part])
            on_disc = np.einsum("nf,fck->nck", neck.in_plane(neck.disc), motion[part])
            moves = np.concatenate([slid, on_disc]).astype(np.float32)
            parts[part] = _replaced(whole.parts[part], len(whole.rest), neck.rows, moves)
        expression = np.array(config["canonical_expression"], np.float32)
        rest = whole.rest.copy()
        away = parts["expression"].motion(len(rest), neck.rows) @ expression
        rest[neck.rows] = neck.canonical[neck.rows] - away
        rounding = float(config["neck"]["rounding_mm"])
        canonical_plane = FacePlane(
            frame[0].astype(np.float32), neck.normal.astype(np.float32), rounding
        )
        frame = frame - motion["expression"] @ expression
    except (KeyError, ValueError, IndexError) as error:
        raise WeightsError(
            f"The template file is not whole ({error}). Install Lineament again."
        ) from error
    cut = NeckCut(
        NeckPlane(frame.astype(np.float32), motion, rounding),
        canonical_plane,
        neck.loop,
        neck.rows,
        room_at(neck.heights),
    )
    return CutCarrier(replace(whole, rest=rest, parts=parts), cut)


def room_at(heights: NDArray) -> Floats:
    """Factors `(V,)` of how far vertices at `heights` `(V,)` above the plane may be moved."""
    low, high = ROOM_MM
    share = np.clip((high - heights) / (high - low), 0.0, 1.0)
    return (1.0 + (ROOM - 1.0) * share).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Neck:
    """The neck of a template file; for its arrays see `cut_carrier`.

    `frame` `(3, 3)` is a point of the canonical plane and two unit directions in it, `normal`
    `(3,)` that of the plane; `rows` are the loop, the collar and the disc.
    """

    canonical: Floats
    loop: NDArray
    collar: NDArray
    disc: NDArray
    ends: NDArray
    share: Floats
    slide: Floats
    normal: NDArray[np.float64]
    frame: NDArray[np.float64]

    @staticmethod
    def read(tensors: Mapping[str, NDArray], config: Mapping[str, Any]) -> "_Neck":
        canonical = np.asarray(tensors["canonical"], np.float32)
        arrays = {
            name: tensors[PREFIX + name]
            for name in ("loop", "collar", "disc", "ends", "share", "slide")
        }
        normal = np.array(config["neck"]["normal"], np.float64)
        sideways = np.array([1.0, 0.0, 0.0])
        origin = canonical[arrays["disc"]].mean(0)
        frame = np.stack([origin, sideways, np.cross(normal, sideways)])
        return _Neck(canonical, normal=normal, frame=frame, **arrays)

    @property
    def heights(self) -> NDArray:
        """How far `(V,)` all vertices lie above the canonical plane, mm."""
        return (self.frame[0] - self.canonical) @ self.normal

    @property
    def rows(self) -> NDArray:
        return np.concatenate([self.loop, self.collar, self.disc])

    def in_plane(self, rows: NDArray) -> NDArray:
        """`(N, 3)` of vertices: 1 and how far they are along each direction in the plane."""
        along = (self.canonical[rows] - self.frame[0]) @ self.frame[1:].T
        return np.concatenate([np.ones((len(rows), 1)), along], axis=1)

    def skin_motion(self, part: PartCarrier) -> Floats:
        """Motion `(R + C, 3, D)` of the skin at the loop's places and at the collar."""
        count = len(self.canonical)
        first, second = (part.motion(count, self.ends[:, k]) for k in (0, 1))
        at_loop = first + self.share[:, None, None] * (second - first)
        return np.concatenate([at_loop, part.motion(count, self.collar)])

    def slid(self, motion: Floats, plane: Floats) -> NDArray:
        """Motion `(R + C, 3, D)` of the skin, taken along it to keep its height above the plane
        that moves by `plane` `(3, 3, D)`."""
        places = self.in_plane(np.concatenate([self.loop, self.collar]))
        astray = motion - np.einsum("nf,fck->nck", places, plane)
        height = np.einsum("c,nck->nk", self.normal, astray)
        return motion - self.slide[:, :, None] * height[:, None, :]


def _affine_fit(places: NDArray, motion: Floats) -> Floats:
    """Least squares B `(3, 3, D)` with motion `(N, 3, D)` ≈ places `(N, 3)` · B."""
    solution, *_ = np.linalg.lstsq(places, motion.reshape(len(motion), -1), rcond=None)
    return solution.reshape(3, *motion.shape[1:]).astype(np.float32)


def _replaced(part: PartCarrier, count: int, rows: NDArray, motion: Floats) -> PartCarrier:
    """`part` with the motion `(N, 3, D)` of `rows` `(N,)` in place of their own."""
    kept = np.setdiff1d(part.moved, rows)
    basis = part.motion(count, kept)
    if not motion.any():
        return PartCarrier(kept, basis.reshape(3 * len(kept), -1))
    moved = np.concatenate([kept, rows])
    order = np.argsort(moved)
    both = np.concatenate([basis, motion])[order]
    return PartCarrier(moved[order].astype(np.int64), both.reshape(3 * len(moved), -1))
