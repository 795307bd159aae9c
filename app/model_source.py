"""Where the app gets its model from; tests put another in its place."""

from engine.models.protocol import FaceModel


def load_model(device: str = "auto") -> FaceModel:
    """The shipped model on `device`.

    Raises:
        WeightsError: its weights are missing or damaged.
        InputError: there is no such device.
    """
    # Imported here because it brings torch, which takes seconds.
    from engine.assets import load_model as load_shipped_model

    return load_shipped_model(device)
