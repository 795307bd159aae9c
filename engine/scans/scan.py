"""A scan as it came from a file."""

from dataclasses import dataclass

from engine.geometry.mesh import Mesh


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A surface from somewhere else, in the unit and axes of its file.

    Attributes:
        mesh: with junk removed, and colours where the file had any; GLB is in mm here, as
            its format states metres.
        name: of the file, without its suffix.
        notes: sentences about what was cleaned or left out, for the user.
    """

    mesh: Mesh
    name: str
    notes: tuple[str, ...] = ()
