"""From a photograph to a mesh with Pixel2Mesh or Pixel2Mesh for faces."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.devices import chosen_device
from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.similarity import fit_similarity
from engine.models.protocol import FaceModel
from engine.photo.crop import Crop, average_box, box_crop, cut, head_crop
from engine.photo.mean_head import mean_landmarks, pose_mean_head
from engine.photo.near_camera import NearCamera
from engine.photo.pixel2mesh_file import load_pixel2mesh
from engine.photo.reconstruction import FoundFace, PhotoFace, Reconstruction
from engine.photo.weak_perspective import WeakPerspective
from engine.progress import CancelToken, Progress, ignore_progress

if TYPE_CHECKING:
    from torch import Tensor

    from engine.networks.pixel2mesh import CameraPoses, DeformedMeshes

Array = NDArray[np.float64]

TITLES = {"pixel2mesh": "Pixel2Mesh", "pixel2mesh-face": "Pixel2Mesh for faces"}
LEAST_CONFIDENCE = 0.1
"""Of a landmark that faces away."""
DOWN = np.array([1.0, -1.0, 1.0])


class Pixel2MeshMethod:
    """`PhotoMethod` of a trained network; brings torch.

    Args:
        file: exported weights of either network.
        model: whose mean head is posed as the start.
        device: `cpu`, `cuda`, … or `auto`.

    Raises:
        WeightsError: the file is missing, damaged or of another kind.
        InputError: there is no such device.
    """

    def __init__(self, file: Path, model: FaceModel, device: str = "auto") -> None:
        self.device = chosen_device(device)
        self._model = model
        self._file = load_pixel2mesh(file)
        self._network = self._file.network.to(self.device)
        self.name = self._file.name
        self.title = TITLES.get(self.name, self.name)
        self._faces = tuple(level.faces.astype(np.int32) for level in self._network.levels)

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        """The face in the photograph; stages are the meshes after each block.

        Raises:
            InputError: the face cannot be used.
            Cancelled: `cancel` was raised.
        """
        started = time.perf_counter()
        size = self._network.config.image_size
        posed = pose_mean_head(self._model, face.found)
        crop = self._crop(face, posed, size)
        start = posed.through(crop.matrix)
        progress(0.1, "Reading the face")
        if cancel is not None:
            cancel.check()
        meshes = self._run(cut(face.pixels, crop), start)
        progress(0.9, "Placing the mesh")
        cameras = [_pixels(after, size) for after in meshes.afters]
        if not all(np.isfinite(camera).all() for camera in cameras):
            raise InputError("The network found no surface in this picture. Mark the face again.")
        marks = self._landmarks(cameras[-1])
        pose = self._settled(start, marks)
        colours = meshes.colours
        painted = (
            None if colours is None else np.rint(255 * colours[:, 0].cpu().numpy()).astype(np.uint8)
        )
        last = len(cameras) - 1
        stages = tuple(
            Mesh(
                pose.to_model(camera).astype(np.float32),
                faces,
                colors=painted if index == last else None,
            )
            for index, (camera, faces) in enumerate(zip(cameras, self._faces, strict=True))
        )
        return Reconstruction(
            self.name,
            NearCamera.of(pose.through(crop.inverse())),
            stages,
            None,
            crop.to_image(marks[:, :2]),
            self._confidences(stages[-1], pose),
            time.perf_counter() - started,
        )

    def _crop(self, face: PhotoFace, posed: WeakPerspective, size: int) -> Crop:
        if self._network.config.crop == "head":
            return head_crop(posed, size)
        return box_crop(usable_box(face.found, face.pixels.shape), size)

    def _run(self, pixels: NDArray[np.uint8], start: WeakPerspective) -> "DeformedMeshes":
        import torch

        from engine.networks.backbones import normalised_images

        images = normalised_images(torch.from_numpy(np.array(pixels))[None].to(self.device))
        with torch.inference_mode():
            meshes: DeformedMeshes = self._network(images, _poses(start, self.device))
        return meshes

    def _landmarks(self, camera: Array) -> Array:
        """The landmarks `(68, 3)` of the finest mesh, camera coordinates."""
        corners = self._file.landmark_corners
        return np.einsum("nk,nkd->nd", corners, camera[self._file.landmark_vertices])

    def _settled(self, start: WeakPerspective, marks: Array) -> WeakPerspective:
        """The pose under which the mean head's landmarks lie nearest to the mesh's own."""
        wanted = (marks - [*start.translation, 0.0]) * DOWN
        found = fit_similarity(mean_landmarks(self._model), wanted)
        shift = found.translation * DOWN
        return WeakPerspective(found.rotation, found.scale, start.translation + shift[:2])

    def _confidences(self, mesh: Mesh, pose: WeakPerspective) -> Array:
        """How much each landmark faces the viewer, in [LEAST_CONFIDENCE, 1]."""
        normals = vertex_normals(mesh.vertices, mesh.faces) @ pose.rotation[2]
        facing = (self._file.landmark_corners * normals[self._file.landmark_vertices]).sum(1)
        confident: Array = np.clip(0.5 + 1.5 * facing, LEAST_CONFIDENCE, 1.0)
        return confident


def usable_box(found: FoundFace, shape: tuple[int, ...]) -> Array:
    """The detector's box, or the average one where it has no area (Liu et al., 3.1.1)."""
    x0, y0, x1, y1 = found.box
    if x1 - x0 >= 1.0 and y1 - y0 >= 1.0:
        return np.asarray(found.box)
    return average_box(shape[1], shape[0])


def _poses(pose: WeakPerspective, device: str) -> "CameraPoses":
    import torch

    from engine.networks.pixel2mesh import CameraPoses

    def tensor(values: NDArray | float) -> torch.Tensor:
        return torch.from_numpy(np.asarray(values, np.float32)[None]).to(device)

    return CameraPoses(tensor(pose.rotation), tensor(pose.scale), tensor(pose.translation))


def _pixels(places: "Tensor", size: int) -> Array:
    """Camera coordinates `(V, 3)` in pixels of the crop from `(V, 1, 3)` of the network."""
    half = size / 2
    camera: Array = places[:, 0].float().cpu().numpy().astype(np.float64) * half
    camera[:, :2] += half
    return camera
