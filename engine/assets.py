"""The models that ship with Lineament."""

from engine.assets_location import assets_folder
from engine.models.parts_model import PartsModel

PARTS_FOLDER = "parts"


def load_model(device: str = "auto") -> PartsModel:
    """The shipped parts model.

    Args:
        device: `cpu`, `cuda`, … or `auto`, which takes a GPU where there is one.

    Raises:
        WeightsError: its weights are missing or damaged.
    """
    return PartsModel(assets_folder() / PARTS_FOLDER, device)
