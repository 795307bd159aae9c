"""Settings of a spiral run from a TOML file."""

from dataclasses import dataclass, field
from pathlib import Path

from engine.networks.spiral_autoencoder import SpiralConfig
from training.config_file import read_config
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
    """Read a configuration; None gives the paper's. Raises as `read_config`."""
    return read_config(SpiralConfigFile, file)
