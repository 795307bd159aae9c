"""The spiral autoencoder as the editor uses it: a second face model, of whole meshes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.devices import chosen_device, require_device
from engine.errors import InputError, WeightsError
from engine.geometry.mesh import Mesh, frozen
from engine.geometry.mesh_hierarchy import hierarchy_from_tensors
from engine.models.protocol import FaceModel, ModelInfo
from engine.models.template_transfer import TemplateOrigin, TemplateTransfer
from engine.weights import load_weights

if TYPE_CHECKING:
    from engine.networks.spiral_autoencoder import SpiralAutoencoder

Floats = NDArray[np.float32]

KIND = "spiral-autoencoder"
WEIGHTS_FILE = "network.safetensors"
SHAPE, NETWORK, HIERARCHY, LATENT = "shape.", "network.", "hierarchy.", "latent."


@dataclass(frozen=True, slots=True, eq=False)
class LatentSpace:
    """Principal directions of the training meshes' codes, d of them.

    Attributes:
        mean: `(d,)`.
        directions: `(d, d)` orthonormal rows, largest first.
        spreads: `(d,)` standard deviation of the codes along each.
    """

    mean: Floats
    directions: Floats
    spreads: Floats

    def code(self, values: NDArray) -> Floats:
        """The code `(d,)` of slider values `(d,)` or fewer, in standard deviations."""
        given = np.asarray(values, np.float32)
        if given.ndim != 1 or len(given) > len(self.spreads) or not np.isfinite(given).all():
            raise InputError(
                f"Expected at most {len(self.spreads)} finite slider values, got {given.shape}."
            )
        steps = given * self.spreads[: len(given)]
        code = self.mean + steps @ self.directions[: len(given)]
        return code.astype(np.float32, copy=False)

    def values(self, code: NDArray) -> Floats:
        """The slider values `(d,)` of a code `(d,)`."""
        along = (np.asarray(code, np.float32) - self.mean) @ self.directions.T
        values = along / np.maximum(self.spreads, 1e-9)
        return values.astype(np.float32, copy=False)

    def random(self, rng: np.random.Generator, strength: float = 1.0) -> Floats:
        """A code drawn from the normal distribution of the training codes."""
        return self.code(strength * rng.standard_normal(len(self.spreads)).astype(np.float32))


class SpiralModel:
    """A trained spiral autoencoder; torch loads with the first reconstruction.

    Args:
        file: exported weights.
        device: `cpu`, `cuda`, … or `auto`.

    Raises:
        WeightsError: the file is missing, damaged or of another kind.
        InputError: there is no such device.
    """

    def __init__(self, file: Path, device: str = "auto") -> None:
        self._weights = load_weights(file, KIND)
        self._device = require_device(device)
        tensors = self._weights.tensors
        try:
            self.template = Mesh(tensors[f"{SHAPE}mean"], tensors[f"{SHAPE}faces"])
            self.landmarks: NDArray[np.int32] = tensors[f"{SHAPE}landmarks"].astype(np.int32)
            self.latent = LatentSpace(
                *(
                    frozen(tensors[f"{LATENT}{name}"], np.float32)
                    for name in ("mean", "directions", "spreads")
                )
            )
        except (KeyError, InputError) as error:
            raise WeightsError(f"{file} is not whole ({error}). Export it again.") from error
        self._origin = TemplateOrigin.from_tensors(_within(tensors, SHAPE))
        self._transfers: dict[int, TemplateTransfer] = {}

    @property
    def info(self) -> ModelInfo:
        header = self._weights.header
        device = self._device if self._device != "auto" else self.__dict__.get("device", "cpu")
        return ModelInfo("Spiral autoencoder", self._weights.identifier, device, header.metrics)

    @property
    def size(self) -> int:
        """Length d of a code."""
        return len(self.latent.spreads)

    @cached_property
    def device(self) -> str:
        """Where it runs."""
        return chosen_device(self._device)

    def encode(self, vertices: NDArray) -> Floats:
        """The code `(d,)` of a mesh `(V, 3)` in mm on this model's topology.

        Raises:
            InputError: another number of vertices, or one that is not finite.
        """
        import torch

        given = self._require_vertices(vertices)
        with torch.inference_mode():
            code = self._network.encode(torch.tensor(given)[None].to(self.device))[0]
        found: Floats = code.cpu().numpy()
        return found

    def decode(self, code: NDArray) -> Floats:
        """The mesh `(V, 3)` in mm of a code `(d,)`.

        Raises:
            InputError: a code of another length, or not finite.
        """
        import torch

        given = np.ascontiguousarray(code, dtype=np.float32)
        if given.shape != (self.size,) or not np.isfinite(given).all():
            raise InputError(f"Expected a finite code of shape ({self.size},), got {given.shape}.")
        with torch.inference_mode():
            vertices = self._network.decode(torch.tensor(given)[None].to(self.device))[0]
        found: Floats = vertices.cpu().numpy()
        return found

    def reconstruct(self, vertices: NDArray) -> Floats:
        """What the model makes of a mesh `(V, 3)` in mm on its topology: encoded and decoded."""
        return self.decode(self.encode(vertices))

    def interpolate(self, first: NDArray, second: NDArray, fraction: float) -> Floats:
        """The mesh `(V, 3)` of the code at `fraction` of the way between two codes."""
        a, b = np.asarray(first, np.float32), np.asarray(second, np.float32)
        return self.decode((1.0 - fraction) * a + fraction * b)

    def transfer(self, model: FaceModel) -> TemplateTransfer:
        """How faces of `model`, on its template, come onto this topology.

        For a scan, fit `model` to it first and hand over the fitted template with its residual.

        Raises:
            InputError: this model was trained on meshes that do not say how they lie on a face.
        """
        if self._origin is None:
            raise InputError(
                "This spiral autoencoder was trained on meshes of another topology, so faces of "
                "the editor cannot be carried onto it. Open meshes of its own topology."
            )
        known = self._transfers.get(id(model.template))
        if known is None:
            known = self._origin.transfer(model, self.template.faces)
            self._transfers = {id(model.template): known}
        return known

    def _require_vertices(self, vertices: NDArray) -> Floats:
        given = np.ascontiguousarray(vertices, dtype=np.float32)
        wanted = self.template.vertices.shape
        if given.shape != wanted or not np.isfinite(given).all():
            raise InputError(
                f"Expected finite vertices of shape {wanted} on the autoencoder's own topology, "
                f"got {given.shape}. Carry other faces onto it first."
            )
        return given

    @cached_property
    def _network(self) -> "SpiralAutoencoder":
        import torch

        from engine.networks.spiral_autoencoder import SpiralAutoencoder, config_from_plain

        tensors = self._weights.tensors
        hierarchy = hierarchy_from_tensors(_within(tensors, HIERARCHY))
        if hierarchy.sizes[0] != len(self.template.vertices):
            raise WeightsError("The hierarchy does not fit the mesh. Export the weights again.")
        network = SpiralAutoencoder(hierarchy, config_from_plain(self._weights.header.config))
        state = {
            name: torch.from_numpy(array.astype(np.float32))
            for name, array in _within(tensors, NETWORK).items()
        }
        try:
            network.load_state_dict(state)
        except RuntimeError as error:
            raise WeightsError(
                f"The spiral weights do not fit their configuration ({error}). Export them again."
            ) from error
        return network.to(self.device).eval()


def _within(tensors: Mapping[str, NDArray], prefix: str) -> dict[str, NDArray]:
    return {n.removeprefix(prefix): a for n, a in tensors.items() if n.startswith(prefix)}
