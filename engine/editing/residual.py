"""The residual layer: what a scan has and the model cannot express, as displacements.

Displacements are kept in each vertex's own frame (normal and two tangents), so the layer goes
along when the codes are edited: a wart stays on the cheek it is on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.linalg import splu

from engine.errors import InputError
from engine.fitting.correspondences import (
    Correspondences,
    ModelState,
    from_model,
    from_scan,
    joined,
    model_state,
)
from engine.fitting.face_surface import (
    detailed_vertices,
    never_seen,
    usable_vertices,
    vertex_areas,
)
from engine.fitting.gauss_newton import robust_weights, spread_of
from engine.fitting.scan_target import ScanTarget, prepare_scan, unit_rows
from engine.geometry.mesh import Mesh, frozen
from engine.geometry.normals import vertex_normals
from engine.geometry.similarity import Similarity
from engine.models.protocol import REGIONS, FaceCode, FaceModel
from engine.progress import CancelToken

Floats = NDArray[np.float32]

SMOOTHING_MM = 1.5
"""Detail finer than this is smoothed away, and with it the noise of a scan."""
FADING_MM = 12.0
"""How far the layer goes on, fading, into what the scan does not show."""
ROUNDS = 3
SAMPLES = 12_000
REACH_MM = 12.0
LEAST_SCALE_MM = 3.0


def _full_strength() -> dict[str, float]:
    return dict.fromkeys(REGIONS, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class ResidualLayer:
    """Displacements of the template surface, with a strength for each region.

    Attributes:
        displacement: `(V, 3)` float32 in mm, along each vertex's normal and two tangents (see
            `local_frames`).
        strengths: for each of `REGIONS`, 0 (off) to 1 (as the scan).

    Raises:
        InputError: another shape, something not finite, or a strength outside [0, 1].
    """

    displacement: Floats
    strengths: Mapping[str, float] = field(default_factory=_full_strength)

    def __post_init__(self) -> None:
        array = np.asarray(self.displacement)
        if array.ndim != 2 or array.shape[1] != 3 or not np.isfinite(array).all():
            raise InputError(
                f"A residual layer needs finite displacements (V, 3), got shape {array.shape}."
            )
        if set(self.strengths) != set(REGIONS) or not all(
            0.0 <= value <= 1.0 for value in self.strengths.values()
        ):
            raise InputError(
                f"A residual layer needs a strength from 0 to 1 for each of {', '.join(REGIONS)}, "
                f"got {dict(self.strengths)}."
            )
        object.__setattr__(self, "displacement", frozen(array, np.float32))
        object.__setattr__(
            self, "strengths", {region: float(self.strengths[region]) for region in REGIONS}
        )

    def with_strength(self, region: str, strength: float) -> "ResidualLayer":
        """This layer with another strength in one region."""
        return replace(self, strengths={**self.strengths, region: strength})

    def apply(self, vertices: NDArray, faces: NDArray, region_weights: NDArray) -> Floats:
        """Vertices `(V, 3)` moved by the layer.

        Args:
            vertices: `(V, 3)` of the template surface of any code; faces: `(F, 3)`.
            region_weights: `(V, 4)` of `REGIONS`.

        Raises:
            InputError: the arrays are of another template.
        """
        if len(vertices) != len(self.displacement) or np.shape(region_weights) != (
            len(vertices),
            len(REGIONS),
        ):
            raise InputError(
                f"The residual layer belongs to a template of {len(self.displacement)} vertices, "
                f"got {len(vertices)} vertices and region weights {np.shape(region_weights)}. "
                "Fit it again with this model."
            )
        strength = region_weights @ np.array([self.strengths[r] for r in REGIONS], np.float32)
        frames = local_frames(vertices, faces)
        motion = np.einsum("vka,vk->va", frames, self.displacement)
        moved: Floats = (vertices + strength[:, None] * motion).astype(np.float32)
        return moved


def local_frames(vertices: NDArray, faces: NDArray) -> Floats:
    """Rows normal, tangent and their cross product `(V, 3, 3)` of each vertex.

    The tangent points to the next vertex in one of the faces around, always the same one, so
    a frame turns with its surface.
    """
    normals = vertex_normals(vertices, faces)
    following = np.arange(len(vertices))
    for corner in (2, 1, 0):
        following[faces[::-1, corner]] = faces[::-1, (corner + 1) % 3]
    edge = np.asarray(vertices, np.float32)[following] - vertices
    along = np.einsum("va,va->v", edge, normals)[:, None]
    tangents = unit_rows(edge - along * normals).astype(np.float32)
    return np.stack([normals, tangents, np.cross(normals, tangents)], axis=1)


def fit_residual(
    model: FaceModel,
    code: FaceCode,
    scan_in_model_frame: Mesh,
    strengths: Mapping[str, float] | None = None,
    cancel: CancelToken | None = None,
) -> ResidualLayer:
    """The smooth layer along the normals that takes the surface of `code` onto the scan.

    Minimises Σ wᵢ (h − rᵢ)² + ℓ⁴ ∫ (Δh)² + (ℓ / L)⁴ ∫ h² over heights h: robust data, smooth
    below ℓ = `SMOOTHING_MM`, fading within L = `FADING_MM` into holes and beyond borders.

    Args:
        scan_in_model_frame: the aligned scan in mm.

    Raises:
        InputError: too little of the scan lies about the face.
        Cancelled: `cancel` was raised meanwhile.
    """
    template = model.template
    base = template.with_vertices(model.template_surface(code, cancel))
    rng = np.random.default_rng(0)
    target = prepare_scan(scan_in_model_frame, Similarity.identity(), base.vertices, SAMPLES, rng)
    normals = vertex_normals(base.vertices, base.faces)
    usable = usable_vertices(base, never_seen(model), detailed_vertices(template))
    areas = vertex_areas(base)
    smoothness = _smoothness(base, areas)
    heights = np.zeros(len(base.vertices))
    for _ in range(ROUNDS):
        moved = base.with_vertices(base.vertices + heights[:, None].astype(np.float32) * normals)
        pairs = _pairs(model_state(moved, usable, areas), target, cancel)
        heights = _solve(pairs, normals.astype(np.float64), heights, smoothness)
    displacement = np.zeros((len(heights), 3), np.float32)
    displacement[:, 0] = heights
    return ResidualLayer(displacement, strengths or _full_strength())


def _pairs(state: ModelState, target: ScanTarget, cancel: CancelToken | None) -> Correspondences:
    still = Similarity.identity()
    own = np.flatnonzero(state.usable)
    samples = np.arange(len(target.points))
    return joined(
        from_model(state, target, still, own, REACH_MM, cancel),
        from_scan(state, target, still, samples, target.point_area, REACH_MM, cancel),
    )


def _solve(
    pairs: Correspondences, normals: NDArray[np.float64], heights: NDArray, smoothness: csc_array
) -> NDArray[np.float64]:
    """Heights `(V,)` for the pairs found at `heights` `(V,)`."""
    if not len(pairs):
        return heights
    # How the residual grows with the height of each corner.
    slopes = pairs.shares * np.einsum("nkd,nd->nk", normals[pairs.corners], pairs.normals)
    count = len(pairs)
    design = csr_array(
        (slopes.ravel(), pairs.corners.ravel(), np.arange(0, 3 * count + 1, 3)),
        shape=(count, len(heights)),
    )
    residuals = pairs.residuals
    scale = max(LEAST_SCALE_MM, 4.0 * spread_of(residuals, pairs.areas))
    weights = 0.5 * pairs.areas * robust_weights(pairs.distances, scale)
    wanted = design @ heights - residuals
    weighted = design.T @ diags_array(weights)
    system = (weighted @ design + smoothness).tocsc()
    # The matrix is symmetric and positive definite: an order for that, and no pivoting.
    factor = splu(
        system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    heights_now: NDArray[np.float64] = factor.solve(weighted @ wanted)
    return heights_now


def _smoothness(mesh: Mesh, areas: NDArray[np.float64]) -> csc_array:
    """ℓ⁴ L M⁻¹ L + (ℓ / L)⁴ M with the cotangent Laplacian L and lumped masses M."""
    vertices, faces = mesh.vertices.astype(np.float64), mesh.faces.astype(np.int64)
    stiffness = csc_array(igl.cotmatrix(vertices, faces))
    stiffness.data[:] = np.nan_to_num(stiffness.data)
    masses = np.maximum(areas, 1e-3)
    bending = stiffness @ diags_array(1.0 / masses) @ stiffness
    fading = (SMOOTHING_MM / FADING_MM) ** 4
    return csc_array(SMOOTHING_MM**4 * bending + fading * diags_array(masses))
