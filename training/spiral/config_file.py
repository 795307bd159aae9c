"""Settings of a spiral run from a TOML file."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError
from engine.networks.spiral_autoencoder import SpiralConfig
from training.config_file import fill
from training.spiral.trainer import SpiralTraining


@dataclass(frozen=True, slots=True)
class SpiralNetworkChoice:
    """Table `[network]`: length of the code, components of the skip (0: the paper's network
    without one) and width of its network."""

    latent: int = 64
    components: int = 0
    hidden: int = 256

    def config(self) -> SpiralConfig:
        components = max(self.components, self.latent) if self.components else 0
        return SpiralConfig(latent=self.latent, components=components, hidden=self.hidden)


@dataclass(frozen=True, slots=True)
class SpiralConfigFile:
    """Tables `[network]` and `[training]` of a spiral run."""

    network: SpiralNetworkChoice = field(default_factory=SpiralNetworkChoice)
    training: SpiralTraining = field(default_factory=SpiralTraining)


def read_spiral_config(file: Path | None) -> SpiralConfigFile:
    """Read a configuration; None gives the paper's.

    Raises:
        InputError: the file is missing, not TOML, or names a setting that does not exist.
    """
    if file is None:
        return SpiralConfigFile()
    try:
        values = tomllib.loads(file.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{file} cannot be read as a TOML configuration: {error}") from error
    return fill(SpiralConfigFile, values, str(file))
