"""Laying a surface onto its reference before the two are compared."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.evaluation.fields import Reference, same_topology, used_vertices
from engine.geometry.array_checks import require_mask
from engine.geometry.mesh import Mesh
from engine.geometry.regions import faces_touching_vertices
from engine.geometry.registration import AlignmentStep, align_surfaces
from engine.geometry.similarity import Similarity, fit_similarity
from engine.geometry.topology import select_faces
from engine.progress import CancelToken

AlignMode = Literal["none", "rigid", "similarity"]
ALIGN_MODES: tuple[AlignMode, ...] = get_args(AlignMode)
AlignMethod = Literal["auto", "corresponding", "icp", "landmarks"]
ALIGN_METHODS: tuple[AlignMethod, ...] = get_args(AlignMethod)


@dataclass(frozen=True, slots=True, eq=False)
class AlignmentRequest:
    """How a surface is laid onto its reference.

    Attributes:
        mode: not at all; turned and moved; or scaled too, which forgives a wrong size.
        method: corresponding vertices, which need the same topology; ICP, the closest points
            again and again; landmarks; or `auto`: the first where it can be, else ICP.
        mask: `(V,)` the vertices of the surface that decide, all where None.
        landmarks: points `(L, 3)` on the surface and on the reference that belong together;
            for `landmarks`, and the start of `icp` where given.
    """

    mode: AlignMode = "none"
    method: AlignMethod = "auto"
    mask: NDArray[np.bool_] | None = None
    landmarks: tuple[NDArray, NDArray] | None = None

    def __post_init__(self) -> None:
        if self.mode not in ALIGN_MODES or self.method not in ALIGN_METHODS:
            raise InputError(
                f"There is no alignment '{self.mode}' by '{self.method}'. Modes: "
                f"{', '.join(ALIGN_MODES)}; methods: {', '.join(ALIGN_METHODS)}."
            )


@dataclass(frozen=True, slots=True, eq=False)
class PairAlignment:
    """Where a surface was laid.

    Attributes:
        similarity: from the surface's frame to the reference's; its inverse takes it back.
        mode: what was asked for.
        method: what decided: `corresponding`, `icp` or `landmarks`; `none` where nothing did.
        rms_mm: what is left between the points that decided; 0 for none.
    """

    similarity: Similarity
    mode: AlignMode
    method: str
    rms_mm: float


NOT_ALIGNED = PairAlignment(Similarity.identity(), "none", "none", 0.0)


def align_pair(
    surface: Mesh,
    reference: Reference,
    request: AlignmentRequest,
    cancel: CancelToken | None = None,
) -> PairAlignment:
    """Lay `surface` onto `reference` as `request` says.

    Raises:
        InputError: the method does not fit the surfaces, or no alignment could be found.
        Cancelled: `cancel` was raised meanwhile.
    """
    if request.mode == "none":
        return NOT_ALIGNED
    method = request.method
    if method == "auto":
        method = "corresponding" if same_topology(surface, reference.mesh) else "icp"
    if method == "corresponding":
        chosen = _chosen_vertices(surface, request.mask)
        if not same_topology(surface, reference.mesh):
            raise InputError(
                "An alignment by corresponding vertices needs the same topology on both sides. "
                "Align by ICP or landmarks."
            )
        return _align_points(
            surface.vertices[chosen], reference.mesh.vertices[chosen], request.mode, method
        )
    if method == "landmarks":
        if request.landmarks is None:
            raise InputError("An alignment by landmarks needs at least three pairs of points.")
        return _align_points(*request.landmarks, request.mode, method)
    return _align_by_icp(surface, reference, request, cancel)


def move_mesh(mesh: Mesh, similarity: Similarity) -> Mesh:
    """`mesh` where `similarity` takes it."""
    return mesh.with_vertices(similarity.apply(mesh.vertices))


def _chosen_vertices(surface: Mesh, mask: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    used = used_vertices(surface)
    if mask is None:
        return used
    return used & require_mask(mask, len(surface.vertices), "vertices")


def _align_points(source: NDArray, target: NDArray, mode: AlignMode, method: str) -> PairAlignment:
    similarity = fit_similarity(source, target, with_scale=mode == "similarity")
    left = similarity.apply(np.asarray(source, np.float64)) - target
    return PairAlignment(similarity, mode, method, _rms(np.linalg.norm(left, axis=1)))


def _align_by_icp(
    surface: Mesh, reference: Reference, request: AlignmentRequest, cancel: CancelToken | None
) -> PairAlignment:
    moving = surface
    if request.mask is not None:
        chosen = _chosen_vertices(surface, request.mask)
        moving = select_faces(surface, faces_touching_vertices(surface.faces, chosen))
    with_scale = request.mode == "similarity"
    found: list[AlignmentStep] = []
    for start in _starts(moving, reference.mesh, request):
        *_, last = align_surfaces(
            moving, reference.index, start, with_scale, both_ways=with_scale, cancel=cancel
        )
        if np.isfinite(last.rms_mm):
            found.append(last)
    if not found:
        raise InputError(
            "The surfaces could not be laid onto each other: no points of theirs face the same "
            "way near each other. Give landmarks, or turn one so that both face forward."
        )
    best = min(found, key=lambda step: _left_over(step.similarity, moving, reference, cancel))
    return PairAlignment(best.similarity, request.mode, "icp", best.rms_mm)


def _left_over(
    similarity: Similarity, moving: Mesh, reference: Reference, cancel: CancelToken | None
) -> float:
    points = similarity.apply(moving.vertices)
    return _rms(reference.index.closest_points(points, cancel).distances)


def _starts(moving: Mesh, fixed: Mesh, request: AlignmentRequest) -> Iterator[Similarity]:
    """Where ICP begins: the landmarks; or as it lies, if it is near at all; or centred."""
    with_scale = request.mode == "similarity"
    if request.landmarks is not None:
        yield fit_similarity(*request.landmarks, with_scale=with_scale)
        return
    here, there = _centre_and_size(moving), _centre_and_size(fixed)
    near = np.linalg.norm(here[0] - there[0]) < there[1]
    alike = 0.5 < here[1] / there[1] < 2.0
    if near and (alike or not with_scale):
        yield Similarity.identity()
    if not near or (with_scale and not alike):
        scale = there[1] / here[1] if with_scale else 1.0
        yield Similarity(np.eye(3), there[0] - scale * here[0], scale)


def _centre_and_size(mesh: Mesh) -> tuple[NDArray[np.float64], float]:
    """The middle and the root mean square radius of the vertices that faces name."""
    points = mesh.vertices[used_vertices(mesh)].astype(np.float64)
    centre = points.mean(axis=0)
    size = _rms(np.linalg.norm(points - centre, axis=1))
    if not size > 0:
        raise InputError("A surface whose vertices all lie at one place cannot be aligned.")
    return centre, size


def _rms(lengths: NDArray) -> float:
    return float(np.sqrt(np.mean(np.asarray(lengths, np.float64) ** 2)))
