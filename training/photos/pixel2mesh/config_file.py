"""Settings of a Pixel2Mesh run from a TOML file."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from engine.errors import InputError
from engine.networks.backbones import BackboneConfig
from engine.networks.pixel2mesh import Pixel2MeshConfig, published_for_heads
from engine.networks.pixel2mesh_face import published as published_for_faces
from training.config_file import read_config
from training.photos.pixel2mesh.losses import MeshLossWeights

VARIANTS = ("pixel2mesh", "pixel2mesh-face")


@dataclass(frozen=True, slots=True)
class Pixel2MeshChoice:
    """Table `[network]`: what differs from the published network of the variant.

    Attributes:
        width: of the backbone. image_size, hidden, layers, blocks, unpools, shortcut, deforms,
            coordinates, steers: as `Pixel2MeshConfig`.
        adaptive: learned unpooling; colours: the colour branch.
        start: `mean`, or `published`: the paper's own.
    """

    width: float = 1.0
    image_size: int = 224
    hidden: int = 128
    layers: int = 14
    blocks: int = 4
    unpools: bool = True
    adaptive: bool = False
    shortcut: bool = True
    deforms: bool = False
    coordinates: bool = False
    steers: bool = True
    colours: bool = True
    start: str = "published"

    def config(self, variant: str) -> Pixel2MeshConfig:
        """The network's configuration.

        Raises:
            InputError: there is no such variant or start.
        """
        if variant not in VARIANTS:
            raise InputError(f"There is no '{variant}'. Choose {' or '.join(VARIANTS)}.")
        if self.start not in ("mean", "published"):
            raise InputError(f"[network] start must be mean or published, got '{self.start}'.")
        base = published_for_faces() if variant == "pixel2mesh-face" else published_for_heads()
        own = asdict(self)
        own["backbone"] = BackboneConfig(base.backbone.name, own.pop("width"))
        if self.start == "published":
            own["start"] = base.start
        return replace(base, **own)


@dataclass(frozen=True, slots=True)
class Pixel2MeshTraining:
    """Table `[training]`.

    Attributes:
        steps: of Adam; batch: photographs of each.
        learning_rate: at the start, after `warm` steps.
        schedule: `cosine`, down to a hundredth, or `drops`.
        drop: factor of the learning rate at each of `drops`, shares of the steps.
        weight_decay: Adam's L2 penalty.
        points: true points per photograph.
        near_shares: how many of them lie in the key region about the landmarks, around it and
            beyond (Liu et al., table 3), in any unit; none, and they are drawn evenly.
        early_steps: steps in which only `early_blocks` blocks are trained, on `early_points`.
        whole_share: share of the later steps that run all blocks; the others stop one earlier,
            which costs a third.
        bfloat16: the layers compute in bfloat16.
        seed: of weights and batches.
    """

    steps: int = 30_000
    batch: int = 1
    learning_rate: float = 3e-5
    warm: int = 0
    schedule: str = "drops"
    drop: float = 0.3333
    drops: list[float] = field(default_factory=lambda: [0.8])
    weight_decay: float = 1e-5
    points: int = 9000
    near_shares: list[float] = field(default_factory=list)
    early_steps: int = 0
    early_blocks: int = 2
    early_points: int = 1000
    whole_share: float = 1.0
    bfloat16: bool = False
    seed: int = 11

    def __post_init__(self) -> None:
        if self.schedule not in ("cosine", "drops"):
            raise InputError(f"[training] schedule must be cosine or drops, got '{self.schedule}'.")


@dataclass(frozen=True, slots=True)
class Pixel2MeshConfigFile:
    """Tables `[network]`, `[training]` and `[losses]` of a run."""

    network: Pixel2MeshChoice = field(default_factory=Pixel2MeshChoice)
    training: Pixel2MeshTraining = field(default_factory=Pixel2MeshTraining)
    losses: MeshLossWeights = field(default_factory=MeshLossWeights)


def read_pixel2mesh_config(file: Path | None) -> Pixel2MeshConfigFile:
    """Read a configuration; None gives that of Wang et al. Raises as `read_config`."""
    return read_config(Pixel2MeshConfigFile, file)


def in_steps(settings: Pixel2MeshTraining, steps: int) -> Pixel2MeshTraining:
    """The same schedule over another number of steps.

    Raises:
        InputError: there would be no step.
    """
    if steps < 1:
        raise InputError(f"A training needs at least one step, got {steps}.")
    early = round(settings.early_steps * steps / settings.steps)
    return replace(settings, steps=steps, early_steps=early)
