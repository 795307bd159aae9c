"""What a network says of a face in the mirror, and what that says of the face itself."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.geometry.mesh import frozen
from engine.photo.weak_perspective import WeakPerspective

Floats = NDArray[np.float64]

OTHER_FIVE = (1, 0, 2, 4, 3)
"""A detector's points the other way round: eyes, nose, corners of the mouth."""
NO_TWIN = -1
TENSORS = ("mirror_codes", "mirror_twins")
"""The maps in a file of weights."""
_ACROSS = np.diag([-1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class MirrorMaps:
    """How codes and points change in the mirror.

    Attributes:
        codes: `(K, K)` takes a joint code to its mirror image's.
        twins: `(P,)` which of the points lies opposite to each, `NO_TWIN` where none does.
    """

    codes: Floats
    twins: NDArray[np.int64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", frozen(self.codes, np.float64))
        object.__setattr__(self, "twins", frozen(self.twins, np.int64))

    @staticmethod
    def of(tensors: Mapping[str, NDArray], codes: int, points: int) -> "MirrorMaps | None":
        """From a file of weights for K `codes` and P `points`, None in those without them.

        Raises:
            WeightsError: they are damaged.
        """
        if not set(TENSORS) <= set(tensors):
            return None
        matrix, twins = (tensors[name] for name in TENSORS)
        whole = matrix.shape == (codes, codes) and twins.shape == (points,)
        if not whole or not np.isfinite(matrix).all() or not (abs(twins) < points).all():
            raise WeightsError("The mirror's maps are damaged. Install Lineament again.")
        return MirrorMaps(matrix, twins)

    def tensors(self) -> dict[str, NDArray]:
        """For a file of weights."""
        arrays = (self.codes.astype(np.float32), self.twins.astype(np.int32))
        return dict(zip(TENSORS, arrays, strict=True))

    def opposite(self, values: NDArray, otherwise: NDArray) -> NDArray:
        """The points' `values` `(P, …)` each at its twin, `otherwise` `(P, …)` where none is."""
        known = (self.twins != NO_TWIN).reshape(-1, *[1] * (values.ndim - 1))
        return np.where(known, values[self.twins], otherwise)


def mirrored_points(pixels: NDArray, size: float) -> Floats:
    """Pixels `(N, 2)` of an image `size` wide in its mirror image."""
    mirrored: Floats = np.asarray(pixels, np.float64) * (-1.0, 1.0) + (size, 0.0)
    return mirrored


def mirrored_pose(pose: WeakPerspective, size: float) -> WeakPerspective:
    """The camera that shows the mirrored face where `pose` shows the face, mirrored."""
    place = mirrored_points(pose.translation[None], size)[0]
    return WeakPerspective(_ACROSS @ pose.rotation @ _ACROSS, pose.scale, place)
