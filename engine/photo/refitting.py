"""A person moves landmarks over the photograph; the face follows, one part or all of it."""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import PARTS, FaceModel
from engine.photo.near_camera import NearCamera
from engine.photo.observations import TRUSTED, PhotoState, PointObservations, RefiningSettings
from engine.photo.point_basis import CodePrior, PointBasis, joint_code
from engine.photo.reconstruction import Reconstruction
from engine.photo.refining import refine

PINNED_MM, LOOSE_MM = 0.5, 3.0
"""How exactly a landmark that a person set is met, and how the others hold where they are."""
INDEPENDENT = 1e6
"""Each landmark counts in full."""


def refit(
    model: FaceModel,
    before: Reconstruction,
    landmarks: NDArray,
    pinned: NDArray[np.bool_],
    parts: Collection[str],
    basis: PointBasis | None = None,
) -> Reconstruction:
    """The face whose landmarks lie where a person put them.

    Args:
        before: the face in the photograph so far, with its code.
        landmarks: `(68, 2)` px of the upright image; pinned: `(68,)` which of them are meant.
        parts: what may change, of `PARTS`; if it is all of them, the pose may too.
        basis: of the model's landmarks, if it is there already.

    Raises:
        InputError: `before` has no code, an unknown part, or arrays of another shape.
    """
    if before.code is None:
        raise InputError(
            f"A face of the method '{before.method}' has no codes. Fit the model to it first."
        )
    if np.shape(landmarks) != (68, 2) or np.shape(pinned) != (68,):
        raise InputError(
            f"Expected landmarks (68, 2) and marks (68,), got {np.shape(landmarks)} and "
            f"{np.shape(pinned)}."
        )
    basis = basis or PointBasis.of(model, model.landmarks)
    camera = before.camera
    held = camera.project(basis.points(joint_code(before.code)))
    marks = np.asarray(pinned, np.bool_)
    found = refine(
        model,
        PointObservations(
            basis,
            np.where(marks[:, None], landmarks, held),
            np.where(marks, PINNED_MM, LOOSE_MM) * camera.scale,
        ),
        before.code,
        PhotoState(
            before.code.expression.astype(np.float64), camera.weak(), camera.nearness, camera.pivot
        ),
        CodePrior.of(model, joint_code(before.code)),
        parts,
        RefiningSettings(
            independent=INDEPENDENT,
            nearness=None,
            robust=TRUSTED,
            pose_free=set(parts) == set(PARTS),
        ),
    )
    seen = found.state
    camera = NearCamera.of(seen.pose, seen.nearness, seen.pivot)
    moved = camera.project(basis.points(joint_code(found.code)))
    surface = model.template.with_vertices(model.preview(found.code))
    return replace(
        before,
        camera=camera,
        code=found.code,
        stages=(*before.stages[:-1], surface),
        # What was seen differs a little from where the face lies; a landmark that nobody touched
        # moves as the face does.
        landmarks=np.where(marks[:, None], landmarks, before.landmarks + moved - held),
        confidences=np.where(marks, 1.0, before.confidences),
    )
