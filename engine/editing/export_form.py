"""What a person may ask of an exported file besides its surface."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from engine.errors import InputError
from engine.geometry.formats import FileFrame
from engine.geometry.mesh import Mesh

MorphNames = Literal["readable", "arkit"]
MORPH_NAMES: tuple[MorphNames, ...] = get_args(MorphNames)


@dataclass(frozen=True, slots=True)
class ExportForm:
    """How a face is written.

    Attributes:
        scale: 1 for life size.
        height_mm: of the head with its neck, in place of `scale`; None for that.
        frame: unit and axis of an OBJ, PLY or STL; None for those that suit the format.
        morphs: expressions as morph targets, where topology and format have them.
        morph_names: `readable` such as `Jaw open`, or `arkit` such as `jawOpen`.
        groups: nose, eyes, mouth and head as groups with a material each; in OBJ only.
        foot: a level foot under the slanting end of the neck, so that a print stands; in STL only.

    Raises:
        InputError: a size that is not above zero, or names of another kind.
    """

    scale: float = 1.0
    height_mm: float | None = None
    frame: FileFrame | None = None
    morphs: bool = True
    morph_names: MorphNames = "readable"
    groups: bool = False
    foot: bool = False

    def __post_init__(self) -> None:
        for name, size in (("scale", self.scale), ("height", self.height_mm)):
            if size is not None and not (np.isfinite(size) and size > 0.0):
                raise InputError(f"The {name} of an export must be above 0, got {size}.")
        if self.morph_names not in MORPH_NAMES:
            raise InputError(
                f"Morph targets have {' or '.join(MORPH_NAMES)} names, got '{self.morph_names}'."
            )

    def factor(self, mesh: Mesh) -> float:
        """What the positions of `mesh`, in mm of life size, are multiplied by."""
        if self.height_mm is None:
            return self.scale
        height = float(np.ptp(mesh.vertices[:, 1]))
        if height <= 0.0:
            raise InputError("A surface without height cannot be made as high as you ask.")
        return self.height_mm / height

    def require_suffix(self, suffix: str) -> None:
        """Check that a format, `.obj` for example, holds what is asked for.

        Raises:
            InputError: it does not; what to do instead.
        """
        if self.groups and suffix != ".obj":
            raise InputError(
                f"A {suffix or 'nameless'} file holds no groups of parts. Choose a name that ends "
                "in .obj, or leave the groups out."
            )
        if self.foot and suffix != ".stl":
            raise InputError(
                "A foot is for prints. Choose a name that ends in .stl, or leave the foot out."
            )
        if self.frame is not None and suffix == ".glb":
            raise InputError(
                "A .glb is in metres with y up, as its standard says. Leave the unit and the axis "
                "out, or choose .obj, .ply or .stl."
            )
