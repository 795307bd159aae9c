"""From a photograph to a mesh with the coarse-to-fine spiral network."""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.devices import chosen_device
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.similarity import fit_similarity
from engine.geometry.subdivision import subdivide
from engine.models.protocol import FaceModel
from engine.photo.coarse_to_fine_file import load_coarse_to_fine
from engine.photo.crop import Crop, cut, head_crop
from engine.photo.landmark_weights import landmark_weights
from engine.photo.near_camera import NearCamera
from engine.photo.reconstruction import PhotoFace, Reconstruction
from engine.photo.weak_perspective import WeakPerspective, fit_weak_perspective, five_points
from engine.progress import CancelToken, Progress, ignore_progress

Array = NDArray[np.float64]

LEAST_CONFIDENCE = 0.1
"""Of a landmark that faces away."""


class CoarseToFineMethod:
    """`PhotoMethod` of a trained network; brings torch.

    Its meshes have the template's vertices first and then the middles of its edges, so that
    whatever is known of template vertices holds for them.

    Args:
        file: exported weights.
        model: whose template the network moves.
        device: `cpu`, `cuda`, … or `auto`.

    Raises:
        WeightsError: the file is missing, damaged, of another kind or for another template.
        InputError: there is no such device.
    """

    name = "coarse-to-fine"
    title = "Coarse-to-fine spiral network"

    def __init__(self, file: Path, model: FaceModel, device: str = "auto") -> None:
        self.device = chosen_device(device)
        self._network = load_coarse_to_fine(file, model.template).to(self.device)
        self._mesh = subdivide(model.template)
        self._landmarks = np.asarray(model.landmarks, np.int64)
        spots = model.template.vertices[self._landmarks]
        self._five = five_points(spots)
        self._share = landmark_weights(model.template.vertices, spots)

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        """The face in the photograph; stages are the posed mean head, the coarse and the refined
        mesh.

        Raises:
            InputError: the face cannot be used.
            Cancelled: `cancel` was raised.
        """
        started = time.perf_counter()
        posed = fit_weak_perspective(self._five, face.found.points)
        crop = head_crop(posed, self._network.config.size)
        start = posed.through(crop.matrix)
        progress(0.1, "Reading the face")
        if cancel is not None:
            cancel.check()
        cameras = self._run(cut(face.pixels, crop), crop, start, face.found.points)
        progress(0.9, "Placing the mesh")
        pose, depth = self._settled(start, cameras[-1])
        deeper = np.array([0.0, 0.0, depth])
        stages = tuple(self._mesh.with_vertices(pose.to_model(c + deeper)) for c in cameras)
        landmarks = crop.to_image(cameras[-1][self._landmarks, :2])
        confidences = self._confidences(stages[-1], pose)
        seconds = time.perf_counter() - started
        in_image = NearCamera.of(pose.through(crop.inverse()))
        return Reconstruction(self.name, in_image, stages, None, landmarks, confidences, seconds)

    def _run(
        self, pixels: NDArray[np.uint8], crop: Crop, start: WeakPerspective, five: Array
    ) -> list[Array]:
        """Camera coordinates `(V, 3)` of each stage, in pixels of the crop."""
        import torch

        from engine.networks.backbones import normalised_images
        from engine.networks.posed_mean import PosedMean

        half = crop.size / 2

        def tensor(values: NDArray) -> torch.Tensor:
            return torch.tensor(values[None], dtype=torch.float32, device=self.device)

        posed = PosedMean(
            tensor(crop.to_crop(five) / half - 1.0),
            tensor(start.rotation),
            tensor(np.array(start.scale / half)),
            tensor(start.translation / half - 1.0),
        )
        images = normalised_images(torch.from_numpy(pixels.copy())[None].to(self.device))
        with torch.inference_mode():
            output = self._network(images, posed)
        found = []
        for stage in (output.mean, output.coarse, output.refined):
            camera = stage[0].cpu().numpy().astype(np.float64) * half
            camera[:, :2] += half
            found.append(camera)
        return found

    def _settled(self, start: WeakPerspective, camera: Array) -> tuple[WeakPerspective, float]:
        """The pose in which the mesh stands as the mean head does, and what to add to its depth,
        which no pose of this kind holds.

        The network moves vertices and says no pose; what turn and shift of them is common to the
        whole face belongs to the camera. The size stays the mean head's: a photograph has none.
        """
        count = len(self._share)
        mean = self._mesh.vertices[:count]
        turn = fit_similarity(start.to_model(camera[:count]), mean, self._share, with_scale=False)
        rotation = start.rotation @ turn.rotation.T
        shift = rotation @ turn.translation * (start.scale * np.array([1.0, -1.0, 1.0]))
        pose = WeakPerspective(rotation, start.scale, start.translation - shift[:2])
        return pose, float(shift[2])

    def _confidences(self, mesh: Mesh, pose: WeakPerspective) -> Array:
        """How much each landmark faces the viewer, `(68,)`."""
        normals = vertex_normals(mesh.vertices, mesh.faces)[self._landmarks]
        facing: Array = (normals @ pose.rotation[2]).astype(np.float64)
        return np.clip(facing, LEAST_CONFIDENCE, 1.0)
