"""Sizes of the coarse-to-fine spiral network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import WeightsError
from engine.networks.backbones import BackboneConfig

DECODER = (128, 128, 64, 32, 16, 8)
"""Published channels of the decoder on the six levels, coarsest first."""
REFINER = (8, 16, 32, 16, 8)
"""Published channels of the refiner's hidden convolutions."""
LEVELS = len(DECODER)


@dataclass(frozen=True, slots=True)
class CoarseToFineConfig:
    """Sizes; the defaults are the published ones.

    Attributes:
        backbone: the image encoder's.
        size: S, pixels per side of the images.
        embedding: numbers in which the encoder ends.
        decoder_width, refiner_width: factors on the published channels of each, at least 4.
        grid: channels of the encoder's next to last feature map that keep their place on the
            way to the embedding; 0, as published, leaves only the last map's mean.
        start: whether the encoder reads the pose of the mean head; published: no.
        frame: axes of the displacements: `camera` (published) or `head`, those of the mean head
            as it is posed, in which a face's shape looks the same from every side.
    """

    backbone: BackboneConfig = field(default_factory=lambda: BackboneConfig("resnet50"))
    size: int = 256
    embedding: int = 256
    decoder_width: float = 1.0
    refiner_width: float = 1.0
    grid: int = 0
    start: bool = False
    frame: str = "camera"

    def __post_init__(self) -> None:
        if self.frame not in ("camera", "head"):
            raise WeightsError(f"The frame must be 'camera' or 'head', got {self.frame!r}.")

    @property
    def decoder(self) -> tuple[int, ...]:
        """Channels of the decoder on the six levels, coarsest first."""
        return tuple(max(4, round(n * self.decoder_width)) for n in DECODER)

    @property
    def refiner(self) -> tuple[int, ...]:
        """Channels of the refiner's hidden convolutions."""
        return tuple(max(4, round(n * self.refiner_width)) for n in REFINER)


def config_from_plain(values: Mapping[str, Any]) -> CoarseToFineConfig:
    """The configuration that a weights file's header holds.

    Raises:
        WeightsError: a value is missing, unknown or of another type.
    """
    try:
        backbone = BackboneConfig(**values["backbone"])
        return CoarseToFineConfig(**(dict(values) | {"backbone": backbone}))
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"The coarse-to-fine network's configuration is not whole ({error}). Export it again."
        ) from error
