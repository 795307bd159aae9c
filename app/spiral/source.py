"""Where the app gets its spiral autoencoder from; tests put another in its place."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.models.spiral_autoencoder import SpiralModel

WEIGHTS_SUFFIX = ".safetensors"


def load_spiral(weights: Path | None = None, device: str = "auto") -> "SpiralModel":
    """The shipped autoencoder, or the one in the file `weights`.

    Raises:
        WeightsError: the weights are missing, damaged or of another kind.
        InputError: there is no such file.
    """
    from engine.errors import InputError

    if weights is None:
        from engine.assets import load_spiral_model

        return load_spiral_model(device)
    from engine.models.spiral_autoencoder import SpiralModel

    if not weights.is_file():
        raise InputError(f"There is no file '{weights}'. Give the weights of an autoencoder.")
    return SpiralModel(weights, device)


class SpiralSource:
    """Loads one autoencoder when it is first asked for; jobs of any thread share it.

    Args:
        file: its weights; the shipped ones if None.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._loaded: tuple[Path | None, SpiralModel] | None = None

    @property
    def file(self) -> Path | None:
        """The chosen weights; None for the shipped ones."""
        return self._file

    def choose(self, file: Path | None) -> "SpiralModel":
        """Load other weights and use them from now on; the old ones stay where that fails.

        Raises:
            WeightsError, InputError: as `load_spiral`.
        """
        model = load_spiral(file)
        self._file, self._loaded = file, (file, model)
        return model

    def get(self) -> "SpiralModel":
        """The model; two threads that both load it get equal ones.

        Raises:
            WeightsError, InputError: as `load_spiral`.
        """
        wanted, known = self._file, self._loaded
        if known is not None and known[0] == wanted:
            return known[1]
        model = load_spiral(wanted)
        self._loaded = wanted, model
        return model
