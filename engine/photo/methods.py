"""The ways from a photograph to a face that a user chooses from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, runtime_checkable

from engine.assets_location import assets_folder
from engine.devices import chosen_device
from engine.errors import InputError, WeightsError
from engine.models.protocol import FaceModel
from engine.photo.reconstruction import PhotoFace, PhotoMethod, Reconstruction
from engine.weights import load_weights

PHOTO_FOLDER = "photo"
METHODS = ("codes", "pixel2mesh", "pixel2mesh-face", "coarse-to-fine")
"""By name, the practical one first."""
MEAN = "mean"
"""The mean head posed on the detector's five points: what every figure stands beside. It needs no
weights and is not offered to users."""
TITLES = {
    "codes": "Face codes",
    "pixel2mesh": "Pixel2Mesh",
    "pixel2mesh-face": "Pixel2Mesh for faces",
    "coarse-to-fine": "Coarse-to-fine spiral network",
    MEAN: "Mean head",
}
"""What a user reads."""


KINDS = {
    "codes": "photo-codes",
    "pixel2mesh": "photo-pixel2mesh",
    "pixel2mesh-face": "photo-pixel2mesh",
    "coarse-to-fine": "photo-coarse-to-fine",
}
"""What each method's weights file says it is."""


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """A method's title, and its weights' identifier, size in MB and measured figures."""

    title: str
    identifier: str
    megabytes: float
    metrics: Mapping[str, float]


@runtime_checkable
class PersonMethod(Protocol):
    """A method that can join several photographs of one person."""

    def reconstruct_person(self, faces: Sequence[PhotoFace]) -> Sequence[Reconstruction]:
        """One identity for all `faces`, each with its own pose and expression."""
        ...


def weights_file(name: str) -> Path:
    """Where the shipped weights of the method `name` lie, or would lie.

    Raises:
        InputError: there is no such method, or it has no weights.
        WeightsError: this copy of Lineament came without its files.
    """
    if name not in METHODS:
        raise InputError(f"There is no method '{name}'. Choose from {', '.join(METHODS)}.")
    return assets_folder() / PHOTO_FOLDER / f"{name}.safetensors"


def available_methods() -> tuple[str, ...]:
    """Names of the methods whose weights are there, in the order of `METHODS`; loads nothing."""
    try:
        return tuple(name for name in METHODS if weights_file(name).is_file())
    except WeightsError:
        return ()


def weights_info(name: str) -> WeightsInfo:
    """What the shipped weights of the method `name` say of themselves, without loading torch.

    Raises:
        WeightsError: they are missing or damaged.
    """
    file = weights_file(name)
    weights = load_weights(file, KINDS[name])
    return WeightsInfo(
        TITLES[name], weights.identifier, file.stat().st_size / 1e6, dict(weights.header.metrics)
    )


def load_method(
    name: str,
    model: FaceModel,
    device: str = "auto",
    file: Path | None = None,
    placed: bool = True,
) -> PhotoMethod:
    """The method `name` with its network; brings torch.

    Args:
        name: one of `METHODS`, or `mean`.
        model: the face model whose codes, template and face region it uses.
        device: `cpu`, `cuda`, … or `auto`, which takes a GPU where there is one.
        file: other weights than those that ship.
        placed: whether the face's five points are found again by the network of codes, if that
            ships and knows `model`, before the published networks see it. `codes` does so itself.

    Raises:
        InputError: there is no such method or device.
        WeightsError: its weights are missing, damaged or made for another model.
    """
    if name == MEAN:
        from engine.photo.mean_head import MeanHeadMethod

        return MeanHeadMethod(model)
    file = _require_weights(name, file)
    if name == "codes":
        from engine.photo.codes_method import CodesMethod

        return CodesMethod(file, model, device)
    published = _load_published(name, file, model, device)
    return _placed(published, model, device) if placed else published


def _load_published(name: str, file: Path, model: FaceModel, device: str) -> PhotoMethod:
    if name == "coarse-to-fine":
        from engine.photo.coarse_to_fine_method import CoarseToFineMethod

        return CoarseToFineMethod(file, model, device)
    from engine.photo.pixel2mesh_method import Pixel2MeshMethod

    return Pixel2MeshMethod(file, model, device)


def _placed(method: PhotoMethod, model: FaceModel, device: str) -> PhotoMethod:
    """`method` behind the network of codes, or by itself where that is of no use."""
    from engine.photo.codes_network import CodesNetwork
    from engine.photo.placed_method import PlacedMethod
    from engine.photo.placing import place_again

    if "codes" not in available_methods():
        return method
    try:
        network = CodesNetwork(weights_file("codes"), model, chosen_device(device))
    except WeightsError:
        return method
    return PlacedMethod(method, partial(place_again, model, network))


def _require_weights(name: str, file: Path | None) -> Path:
    chosen = weights_file(name) if file is None else file
    if chosen.is_file():
        return chosen
    others = [other for other in available_methods() if other != name]
    instead = f" Or choose another method: {', '.join(others)}." if others else ""
    raise WeightsError(
        f"The weights of {TITLES[name]} are missing: there is no file {chosen}. Install Lineament "
        f"again, or train them with `lineament-train photos`.{instead}"
    )
