"""The parts-based implicit face model as the editor uses it (Gu & Pears)."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.devices import chosen_device, require_device
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.models.carrier import Carrier
from engine.models.directions import describe_parts
from engine.models.eyes import eyeballs
from engine.models.lid_contact import LidContact
from engine.models.lid_surface import LidSurfaces, PlacedLids
from engine.models.lids import trust_in_field
from engine.models.neck_plane import FacePlane
from engine.models.part_change import PartChange, Region
from engine.models.protocol import Eye, FaceCode, ModelInfo, PartInfo, SignedField
from engine.models.remembered import Remembered
from engine.models.template_motion import read_motion
from engine.models.windows import PlacedWindow, place_window
from engine.progress import CancelToken
from engine.surface.along_normals import project_along
from engine.weights import Weights, load_weights

if TYPE_CHECKING:
    from engine.models.parts_evaluator import FoldedFace, PartsEvaluator

Floats = NDArray[np.float32]

NETWORK_FILE = "network.safetensors"
TEMPLATE_FILE = "template.safetensors"
MARGIN_MM = 14.0
"""Room around the template surface in the box of a field."""
BOX_STEP_MM = 5.0
"""A field's box ends at multiples of this, so that a small edit leaves it as it is."""
STRAY_MM = (2.5, 5.0)
"""A vertex that the field's correspondence places this far from its own place on the template
is trusted to the zero set fully, or not at all."""
REMEMBERED = 4
"""Folded faces kept, so that a field, its correspondence and its surface share one."""


class PartsModel:
    """`FaceModel` of a trained network; torch loads with the first exact evaluation.

    Args:
        folder: holds `NETWORK_FILE` and `TEMPLATE_FILE`.
        device: `cpu`, `cuda`, … or `auto`.

    Raises:
        WeightsError: a file is missing or damaged.
        InputError: there is no such device.
    """

    def __init__(self, folder: Path, device: str = "auto") -> None:
        self._folder = folder
        self._device = require_device(device)
        self._template_weights = load_weights(folder / TEMPLATE_FILE, "parts-template")
        tensors = self._template_weights.tensors
        header = self._template_weights.header
        self.parts: tuple[PartInfo, ...] = describe_parts(header.config)
        sizes = {part.name: part.size for part in self.parts}
        motion = read_motion(tensors, header.config, sizes)
        self._carrier, self._handles, self._neck = motion.carrier, motion.handles, motion.neck
        self.landmarks: NDArray[np.int32] = tensors["landmarks"].astype(np.int32)
        self.template = Mesh(
            self._carrier.rest,
            tensors["faces"],
            tensors["uv"],
            tensors["colors"],
            tensors["region_weights"],
        )
        self._canonical = self.template.with_vertices(tensors["canonical"])
        self._trust = trust_in_field(self._canonical.vertices, self.landmarks)
        self._eyeballs = (tensors["eyeball_right"], tensors["eyeball_left"])
        self._lids = LidContact(self._carrier, self._canonical.vertices, self._eyeballs)
        self._placed_lids: Remembered[FaceCode, list[PlacedLids]] = Remembered(
            self._place_lids, REMEMBERED
        )
        self._face: Remembered[FaceCode, FoldedFace] = Remembered(
            lambda code: self._evaluator.fold(code), REMEMBERED
        )
        self._windows = Remembered(self._place_windows, REMEMBERED)
        self._change = Remembered(self._find_change, REMEMBERED)

    @cached_property
    def _network_weights(self) -> Weights:
        return load_weights(self._folder / NETWORK_FILE, "parts-network")

    @cached_property
    def _evaluator(self) -> "PartsEvaluator":
        from engine.models.parts_evaluator import build_evaluator

        return build_evaluator(self._network_weights, self._handles, self.device)

    @cached_property
    def _lid_surfaces(self) -> LidSurfaces:
        return LidSurfaces(
            self._carrier, self._canonical.vertices, self.template.faces, self._eyeballs
        )

    @property
    def carrier(self) -> Carrier:
        """Where the template's vertices go, linearly in the codes."""
        return self._carrier

    @property
    def evaluator(self) -> "PartsEvaluator":
        """The network behind the exact evaluations, for those who need its gradients.

        It knows nothing of the plane that ends the neck.
        """
        return self._evaluator

    @cached_property
    def device(self) -> str:
        """The device of the exact evaluations."""
        return chosen_device(self._device)

    @property
    def info(self) -> ModelInfo:
        header = self._template_weights.header
        device = self._device if self._device != "auto" else self.__dict__.get("device", "cpu")
        return ModelInfo(
            "Parts-based implicit face",
            self._template_weights.identifier,
            device,
            header.metrics,
        )

    def mean_code(self) -> FaceCode:
        return FaceCode(**{part.name: np.zeros(part.size, np.float32) for part in self.parts})

    def preview(self, code: FaceCode) -> Floats:
        return self._lids.settle(self._carrier.carry(code), code)

    def tangent(self, part: str, index: int) -> Floats:
        return self._carrier.tangent(part, index)

    def template_surface(self, code: FaceCode, cancel: CancelToken | None = None) -> Floats:
        vertices = self._carrier.carry(code)
        normals = vertex_normals(vertices, self.template.faces)
        # Where the field takes a vertex for other material (an eyeball behind a closed lid),
        # its zero set there is not the vertex's own.
        place = self._evaluator.to_template(self._face(code), vertices)
        gap = np.linalg.norm(place - self._canonical.vertices, axis=1)
        trust = np.clip((STRAY_MM[1] - gap) / (STRAY_MM[1] - STRAY_MM[0]), 0.0, 1.0)
        trust *= self._trust
        if code.expression.any():
            # Under a lid, the nearest zero set is the lid's.
            trust[self._lids.covered(vertices)] = 0.0
        distances = self._distances(code)
        if self._neck is None:
            surface = project_along(vertices, normals, distances, trust, cancel)
            return self._lids.settle(surface, code)
        # At the cut, vertices slide along the skin: not their own material, but their own place.
        trust[self._neck.rows] = 1.0
        room = self._neck.room
        surface = project_along(vertices, normals, distances, trust, cancel, room=room)
        loop, plane = self._neck.loop, self._neck.plane.on_face(code)
        surface[loop] = plane.onto_edge(vertices[loop], distances.uncut)
        return self._lids.settle(surface, code)

    def field(self, code: FaceCode) -> SignedField:
        vertices = self.preview(code)
        return SignedField(
            self._distances(code),
            BOX_STEP_MM * np.floor((vertices.min(0) - MARGIN_MM) / BOX_STEP_MM),
            BOX_STEP_MM * np.ceil((vertices.max(0) + MARGIN_MM) / BOX_STEP_MM),
            # A distance to the plane that ends the neck has a gradient of 1.
            max(1.0, float(self._template_weights.header.config["lipschitz"])),
        )

    def influence(self, part: str, faces: Sequence[FaceCode], points: Floats) -> NDArray[np.bool_]:
        if part in ("head", "expression"):
            return np.ones(len(points), dtype=np.bool_)
        return self._change((part, tuple(faces))).holds(points)

    def _find_change(self, edit: tuple[str, tuple[FaceCode, ...]]) -> PartChange:
        part, faces = edit
        regions: list[Region] = [window for code in faces for window in self._windows((part, code))]
        return PartChange(
            [*regions, *self._changed_lids(faces)],
            self._evaluator.warp_change([self._face(code) for code in faces]),
        )

    def _place_lids(self, code: FaceCode) -> list[PlacedLids]:
        """The lids that the expression of `code` moves."""
        if not code.expression.any():
            return []
        return self._lid_surfaces.place(self.preview(code), code)

    def _changed_lids(self, faces: Sequence[FaceCode]) -> list[PlacedLids]:
        """The lids of `faces` that are not the same on all of them."""
        placed = [self._placed_lids(code) for code in faces]
        first = placed[0]
        if all(
            len(other) == len(first)
            and all(one.same_as(two) for one, two in zip(first, other, strict=True))
            for other in placed[1:]
        ):
            return []
        return [lids for several in placed for lids in several]

    def _place_windows(self, where: tuple[str, FaceCode]) -> list[PlacedWindow]:
        """Where the windows of a small part lie on a face."""
        part, code = where
        carried = self.preview(code)
        return [
            place_window(centre, radii, self._canonical.vertices, carried)
            for centre, radii in self._evaluator.windows(part)
        ]

    def correspond(self, code: FaceCode, points: Floats) -> Floats:
        canonical = self._evaluator.to_template(self._face(code), points)
        found = self._canonical_index.closest_points(canonical)
        corners = barycentric_coordinates(found.points, self._canonical, found.faces)
        triangles = self.template.faces[found.faces]
        at_rest = np.einsum("nk,nkd->nd", corners, self.template.vertices[triangles])
        for lids in self._placed_lids(code):
            rows, faces, shares = lids.corners(points)
            places = self.template.vertices[self.template.faces[faces]]
            at_rest[rows] = np.einsum("nk,nkd->nd", shares, places)
        return at_rest.astype(np.float32)

    def canonical_plane(self) -> FacePlane | None:
        """The plane that ends the neck of the face that the template models, None without one."""
        return self._neck.canonical_plane if self._neck else None

    def eyes(self, code: FaceCode) -> tuple[Eye, Eye]:
        return eyeballs(self._carrier, self._eyeballs, self._canonical.vertices, code, self.parts)

    @cached_property
    def _canonical_index(self) -> SurfaceIndex:
        return SurfaceIndex(self._canonical)

    def _distances(self, code: FaceCode) -> "_Distances":
        return _Distances(self, code)


class _Distances:
    """Φ of one face, without what lies beyond the plane that ends its neck, as a callable
    `(N, 3)` → `(N,)`; the face is folded when first asked."""

    def __init__(self, model: PartsModel, code: FaceCode) -> None:
        self._model = model
        self._code = code
        self._plane = model._neck.plane.on_face(code) if model._neck else None

    def __call__(self, points: Floats) -> Floats:
        distances = self.uncut(points)
        return self._plane.cut(distances, points) if self._plane else distances

    def uncut(self, points: Floats) -> Floats:
        """Φ with what the field makes beyond the plane, and with the template's moving lids."""
        face = self._model._face(self._code)
        distances = self._model._evaluator.distances(face, points)
        for lids in self._model._placed_lids(self._code):
            lids.blend(distances, points)
        return distances
