"""The linear carrier: where template vertices go, quickly and without torch.

The motion networks (`engine.networks.motion`) are evaluated once on the template's vertices; the
matrix that each gives makes a preview in a few milliseconds, the place from which the exact
surface is found, and the handles of the landmark warp.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.geometry.normals import vertex_normals
from engine.models.motion_field import motion_basis
from engine.models.protocol import PARTS, FaceCode

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PartCarrier:
    """Motion of the vertices that a part moves: `moved` `(M,)`, `basis` `(3 M, D)` in mm."""

    moved: NDArray[np.int64]
    basis: Floats

    def motion(self, count: int, rows: NDArray) -> Floats:
        """Motion `(N, 3, D)` of vertices `rows` `(N,)`, of the `count` that there are."""
        place = np.full(count, -1)
        place[self.moved] = np.arange(len(self.moved))
        at = place[rows]
        found = np.zeros((len(at), 3, self.basis.shape[1]), np.float32)
        found[at >= 0] = self.basis.reshape(-1, 3, self.basis.shape[1])[at[at >= 0]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Carrier:
    """`rest` `(V, 3)` vertices of the mean face at rest and the motion of each part."""

    rest: Floats
    parts: Mapping[str, PartCarrier]

    def carry(self, code: FaceCode) -> Floats:
        """Vertices `(V, 3)` in mm for `code`."""
        vertices = self.rest.copy()
        for part in PARTS:
            vector = code.part(part)
            if vector.any():
                carrier = self.parts[part]
                # Not a product of matrices: NumPy would share it between threads that then keep a
                # processor busy for a while, and a millisecond becomes many where none is idle.
                motion = np.einsum("nd,d->n", carrier.basis, vector)
                vertices[carrier.moved] += motion.reshape(-1, 3)
        return vertices

    def choose(self, rows: NDArray) -> "Carrier":
        """The carrier of vertices `rows` `(N,)` alone."""
        parts = {}
        for name, part in self.parts.items():
            basis = part.motion(len(self.rest), rows).reshape(3 * len(rows), -1)
            parts[name] = PartCarrier(np.arange(len(rows)), basis)
        return Carrier(self.rest[rows], parts)

    def tangent(self, part: str, index: int) -> Floats:
        """Motion `(V, 3)` in mm per unit of one coordinate."""
        carrier = self.parts[part]
        motion = np.zeros_like(self.rest)
        motion[carrier.moved] = carrier.basis[:, index].reshape(-1, 3)
        return motion

    def motion(self, rows: NDArray) -> Floats:
        """Motion `(len(rows), 3, K)` of some vertices, in mm per unit of the joint code."""
        columns = [self.parts[part].motion(len(self.rest), rows) for part in PARTS]
        return np.concatenate(columns, axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class Handles:
    """What drives the landmark warp: H handles on the template `(H, 3)`, where they are at
    rest `(H, 3)`, and their motion per unit of the joint code `(H, 3, K)`, all in mm."""

    template: Floats
    rest: Floats
    motion: Floats


def handles_at(carrier: Carrier, canonical: Floats, rows: NDArray) -> Handles:
    """The handles at vertices `rows` of the template `canonical` `(V, 3)`."""
    return Handles(canonical[rows], carrier.rest[rows], carrier.motion(rows))


def make_carrier(
    tensors: Mapping[str, NDArray], config: Mapping[str, Any], sizes: Mapping[str, int]
) -> Carrier:
    """The carrier of a template file.

    Args:
        tensors: `canonical` and `faces` of the template, `eyeball_right` and `eyeball_left`,
            for each part `{part}.moved`, the vertices it moves, and its motion network's arrays
            as `motion.{part}.…`.
        config: `motion`, the configuration of each part's network, and `canonical_expression`,
            the expression in which the template is modelled.
        sizes: lengths of the parts' codes.

    Raises:
        WeightsError: an array is missing or of another shape.
    """
    try:
        canonical = np.ascontiguousarray(tensors["canonical"], dtype=np.float32)
        normals = vertex_normals(canonical, tensors["faces"])
        kinds = np.zeros(len(canonical), np.int64)
        for kind, name in enumerate(("eyeball_right", "eyeball_left"), start=1):
            kinds[tensors[name]] = kind
        parts = {}
        for part in PARTS:
            moved = tensors[f"{part}.moved"].astype(np.int64)
            basis = motion_basis(
                tensors,
                f"motion.{part}.",
                config["motion"][part],
                canonical[moved],
                normals[moved],
                kinds[moved],
            )
            if basis.shape != (len(moved), 3, sizes[part]):
                raise WeightsError(
                    f"The motion of {part} has shape {basis.shape}, expected "
                    f"{(len(moved), 3, sizes[part])}. Install Lineament again."
                )
            parts[part] = PartCarrier(moved, basis.reshape(3 * len(moved), -1))
        expression = np.array(config["canonical_expression"], np.float32)
        away = (parts["expression"].basis @ expression).reshape(-1, 3)
    except (KeyError, ValueError, IndexError) as error:
        raise WeightsError(
            f"The template file is not whole ({error}). Install Lineament again."
        ) from error
    rest = canonical.copy()
    rest[parts["expression"].moved] -= away
    return Carrier(rest, parts)
