"""The models that ship with Lineament."""

from engine.assets_location import assets_folder
from engine.models.parts_model import PartsModel
from engine.models.spiral_autoencoder import WEIGHTS_FILE, SpiralModel

PARTS_FOLDER = "parts"
SPIRAL_FOLDER = "spiral"


def load_model(device: str = "auto") -> PartsModel:
    """The shipped parts model.

    Args:
        device: `cpu`, `cuda`, … or `auto`, which takes a GPU where there is one.

    Raises:
        WeightsError: its weights are missing or damaged.
    """
    return PartsModel(assets_folder() / PARTS_FOLDER, device)


def load_spiral_model(device: str = "auto") -> SpiralModel:
    """The shipped spiral autoencoder.

    Args:
        device: as in `load_model`.

    Raises:
        WeightsError: its weights are missing or damaged.
    """
    return SpiralModel(assets_folder() / SPIRAL_FOLDER / WEIGHTS_FILE, device)
