"""The true face of a labelled photograph, and the part of a reconstruction that is compared."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import InputError
from engine.evaluation.photo_metrics import PaperUnits, units_of
from engine.geometry.mesh import Mesh
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.photo.face_region import face_region, head_region
from engine.photo.reconstruction import Reconstruction
from engine.photo.weak_perspective import WeakPerspective
from training.photos.photo_set import PhotoSet

Array = NDArray[np.float64]


class FaceTruth:
    """True surfaces of a model's photographs, cut to the face region.

    Surfaces are in mm as the camera sees them: turned by the pose, moved, and divided by the
    *true* scale, so that a wrong size, place or pose of a reconstruction counts as in the picture.
    """

    def __init__(self, model: FaceModel) -> None:
        self._model = model
        self.region = face_region(model)
        self._outside = head_region(model).vertices
        self._is_face = np.zeros(len(model.template.vertices), np.bool_)
        self._is_face[self.region.vertices] = True

    @cached_property
    def units(self) -> PaperUnits:
        """The papers' unit of length for this model's faces."""
        return units_of(self.mean)

    @cached_property
    def mean(self) -> Array:
        """The mean face's region `(R, 3)` at rest, mm."""
        return self.neutral(self._model.mean_code())

    def code(self, photos: PhotoSet, row: int) -> FaceCode | None:
        """The codes of photograph `row`, None if its source has none."""
        joint = photos.codes[row]
        if not np.isfinite(joint).all():
            return None
        sizes = [len(self._model.mean_code().part(name)) for name in PARTS]
        if sum(sizes) != len(joint):
            raise InputError(
                f"The photographs have codes of length {len(joint)}, the model {sum(sizes)}. "
                "Prepare them again with this model."
            )
        pieces = np.split(joint, np.cumsum(sizes)[:-1])
        return FaceCode(**dict(zip(PARTS, pieces, strict=True)))

    def neutral(self, code: FaceCode) -> Array:
        """The face region `(R, 3)` of `code` at rest, mm, in the model's frame."""
        rest = code.at_rest()
        return self._model.preview(rest)[self.region.vertices].astype(np.float64)

    def surface(self, code: FaceCode, pose: WeakPerspective) -> Mesh:
        """The true face region as the camera of `pose` sees it."""
        return self.region.mesh(seen_in_mm(self._model.preview(code), pose, pose.scale))

    def compared(self, result: Reconstruction, code: FaceCode, pose: WeakPerspective) -> Mesh:
        """The part of a reconstruction that shows the face, as the camera sees it; as `shown`."""
        placed = seen_in_mm(result.mesh.vertices, result.pose, pose.scale)
        return self.shown(Mesh(placed, result.mesh.faces), code, pose)

    def shown(self, mesh: Mesh, code: FaceCode, pose: WeakPerspective) -> Mesh:
        """The part of `mesh`, in mm in the camera's frame, that shows the face.

        On the template's topology, subdivided or not, that is the region itself. Of any other
        mesh it is the triangles that lie nearer to the true face than to the rest of the true
        head's outside: some networks make a whole head.

        Raises:
            InputError: nothing of it lies about the face.
        """
        chosen = self._region_faces(mesh)
        if chosen is None:
            truth = seen_in_mm(self._model.preview(code), pose, pose.scale)[self._outside]
            centres = mesh.vertices[mesh.faces].mean(axis=1)
            chosen = self._is_face[self._outside[cKDTree(truth).query(centres)[1]]]
        if not chosen.any():
            raise InputError("Nothing of the reconstruction lies about the face.")
        return Mesh(mesh.vertices, mesh.faces[chosen])

    def _region_faces(self, mesh: Mesh) -> NDArray[np.bool_] | None:
        """`(F,)` which faces show the region, None where the topology is another's."""
        template = self._model.template
        factor, rest = divmod(len(mesh.faces), len(template.faces))
        # Subdivision keeps old vertices first and the four of a face together.
        grown = len(mesh.vertices) > len(template.vertices) if factor > 1 else True
        if rest or factor not in (1, 4, 16) or not grown:
            return None
        if factor == 1 and not np.array_equal(mesh.faces, template.faces):
            return None
        return np.repeat(self._is_face[template.faces].all(axis=1), factor)


def seen_in_mm(vertices: NDArray, pose: WeakPerspective, scale: float) -> NDArray[np.float32]:
    """Camera coordinates `(V, 3)` of vertices in mm of the model, in mm at `scale` px per mm."""
    return (pose.to_camera(vertices) / scale).astype(np.float32)


def true_pose(photos: PhotoSet, row: int) -> WeakPerspective:
    """The labelled pose of photograph `row`."""
    return WeakPerspective(
        photos.rotations[row], float(photos.scales[row]), photos.translations[row]
    )
