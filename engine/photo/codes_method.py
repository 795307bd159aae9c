"""The practical way from photographs to an editable face: a network's codes and points, refined."""

import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.devices import chosen_device, require_device
from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.photo.crop import Crop
from engine.photo.looks import estimate_looks, look_at
from engine.photo.mean_head import MeanHeadMethod
from engine.photo.near_camera import NearCamera
from engine.photo.observations import PhotoState, PointObservations, RefiningSettings
from engine.photo.placing import place_again
from engine.photo.point_basis import CodePrior, PointBasis, joint_code, places_among, split_code
from engine.photo.reconstruction import PhotoFace, Reconstruction
from engine.photo.refining import RefinedFace, refine
from engine.photo.shape_axes import ShapeAxes
from engine.photo.weak_perspective import WeakPerspective
from engine.progress import CancelToken, Progress, ignore_progress

if TYPE_CHECKING:
    from engine.photo.codes_network import CodesEstimate, CodesNetwork

__all__ = ["CodesMethod", "MeanHeadMethod"]

Floats = NDArray[np.float64]

HELD = 0.5
"""How wide the prior of shape is, of what the network's codes would leave by themselves. Its codes
and points come from one image and err alike, so points should move pose and expression freely,
and shape by less: on rendered photographs by half."""
DOUBTFUL_MM = 6.0
"""A landmark with this deviation has a confidence of 1/e."""


class CodesMethod:
    """A `PhotoMethod` whose result every slider edits; torch loads with the first photograph.

    Args:
        file: weights of kind `photo-codes`.
        model: whose codes are found.
        device: `cpu`, `cuda`, … or `auto`.
        settings: of the refinement.

    Raises:
        InputError: there is no such device.
    """

    name = "codes"
    title = "Face codes"

    def __init__(
        self,
        file: Path,
        model: FaceModel,
        device: str = "auto",
        settings: RefiningSettings | None = None,
    ) -> None:
        self._file, self._model = file, model
        self._device = require_device(device)
        self._settings = settings or RefiningSettings()

    @cached_property
    def _network(self) -> "CodesNetwork":
        from engine.photo.codes_network import CodesNetwork

        return CodesNetwork(self._file, self._model, chosen_device(self._device))

    @cached_property
    def _basis(self) -> PointBasis:
        """Of the network's points."""
        return PointBasis.of(self._model, self._network.rows)

    @cached_property
    def _landmarks(self) -> PointBasis:
        return PointBasis.of(self._model, self._model.landmarks)

    def prepare(self) -> None:
        """Load everything now, for a worker that has the time.

        Raises:
            WeightsError: the weights are missing, damaged or made for another model.
        """
        _ = self._network, self._basis, self._axes, self._landmarks

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        """See `PhotoMethod`. The stages are the mean head, the network's face and the refined."""
        return self.reconstruct_person([face], cancel, progress)[0]

    def reconstruct_person(
        self,
        faces: Sequence[PhotoFace],
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> tuple[Reconstruction, ...]:
        """One person in several photographs: one shape, each with its expression and pose.

        Raises:
            InputError: no photographs, or a face that cannot be used.
            WeightsError: the weights are missing, damaged or made for another model.
            Cancelled: `cancel` was raised.
        """
        if not faces:
            raise InputError("Give at least one photograph of the person.")
        self.prepare()
        begun = time.perf_counter()
        progress(0.0, "Finding face codes")
        seen = self._look(faces)
        if cancel is not None:
            cancel.check()
        progress(0.5, "Refining the face")
        refined = self._of_one_person([estimate for estimate, _ in seen])
        each = (time.perf_counter() - begun) / len(faces)
        made = tuple(
            self._result(face, estimate, crop, each)
            for face, (estimate, crop) in zip(refined, seen, strict=True)
        )
        progress(1.0, "Refining the face")
        return made

    def refined_alone(self, face: PhotoFace) -> FaceCode:
        """What one photograph says, before what is known of its errors corrects the shape."""
        self.prepare()
        ((estimate, _),) = self._look([face])
        return self._refine(estimate).code

    def _look(self, faces: Sequence[PhotoFace]) -> list[tuple["CodesEstimate", Crop]]:
        """What the network says of each face, and in which crop."""
        placed = place_again(self._model, self._network, faces)
        looks = look_at(self._model, placed, self._network.size)
        estimates = estimate_looks(self._network, looks, twice=True)
        return list(zip(estimates, [look.crop for look in looks], strict=True))

    def _of_one_person(self, estimates: Sequence["CodesEstimate"]) -> list[RefinedFace]:
        """Each photograph refined by itself; then again, with the likeliest shape of all."""
        alone = [self._refine(estimate) for estimate in estimates]
        joints = np.array([joint_code(face.code) for face in alone])
        shape = self._shape
        # The surer of its points a photograph is, the more it counts.
        trust = [estimate.pose.scale / estimate.deviations.mean() for estimate in estimates]
        joint = joints[0]
        if self._network.person is not None:
            joint[shape] = self._network.person.estimate(joints[:, shape], np.array(trust))
        else:
            joint[shape] = np.average(joints[:, shape], axis=0, weights=trust)
        person = split_code(CodePrior.of(self._model, joint).mean, self._model)
        return [
            self._refine(estimate, face.state, person)
            for estimate, face in zip(estimates, alone, strict=True)
        ]

    def _refine(
        self,
        estimate: "CodesEstimate",
        state: PhotoState | None = None,
        person: FaceCode | None = None,
    ) -> RefinedFace:
        """Codes and pose by the points, from a `state`; of a `person`, expression and pose."""
        expression = self._basis.columns({"expression"})
        return refine(
            self._model,
            PointObservations(self._basis, estimate.points, estimate.deviations),
            person or self._model.mean_code(),
            state or PhotoState(estimate.joint[expression], estimate.pose),
            CodePrior.of(self._model, estimate.joint, self._deviation),
            PARTS if person is None else PARTS[-1:],
            self._settings,
            self._axes if person is None else None,
        )

    @cached_property
    def _deviation(self) -> Floats:
        """Of the prior `(K,)` of one photograph's code, with shape held `HELD`."""
        spread = CodePrior.of(self._model).deviation
        deviation = np.minimum(self._network.prior_deviation, spread)
        deviation[self._shape] *= HELD
        return deviation

    @cached_property
    def _shape(self) -> NDArray[np.int64]:
        """The coordinates of shape."""
        return self._basis.columns(set(PARTS[:-1]))

    @cached_property
    def _axes(self) -> ShapeAxes:
        return ShapeAxes.of(self._basis, self._shape, self._deviation[self._shape])

    def _result(
        self,
        refined: RefinedFace,
        estimate: "CodesEstimate",
        crop: Crop,
        seconds: float,
    ) -> Reconstruction:
        code, state = refined.code, refined.state
        camera = NearCamera.of(state.pose, state.nearness, self._basis.rest.mean(axis=0))
        landmarks = camera.project(self._landmarks.points(joint_code(code)))
        first = CodePrior.of(self._model, estimate.joint).mean
        return Reconstruction(
            self.name,
            camera.through(crop.inverse()),
            (
                self._model.template,
                self._surface(split_code(first, self._model)),
                self._surface(code),
            ),
            code,
            crop.to_image(landmarks),
            self._confidences(estimate, state.pose),
            seconds,
        )

    def _surface(self, code: FaceCode) -> Mesh:
        return self._model.template.with_vertices(self._model.preview(code))

    def _confidences(self, estimate: "CodesEstimate", pose: WeakPerspective) -> Floats:
        """Of the landmarks `(68,)`: those that the network points to, or their mean."""
        trust = np.exp(-estimate.deviations / (DOUBTFUL_MM * pose.scale))
        known = places_among(self._network.rows, self._model.landmarks)
        found: Floats = np.where(known >= 0, trust[known], trust.mean())
        return found
