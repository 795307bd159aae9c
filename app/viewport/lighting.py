"""The studio: a key, a fill, two rims and a soft top light that travel with the viewer."""

from dataclasses import dataclass

import pyvista as pv

from engine.project.document import Vector3


@dataclass(frozen=True, slots=True)
class Lamp:
    """A directional light in the camera's frame.

    Attributes:
        position: x right, y up, z towards the viewer; it shines to the origin.
        color: linear RGB in [0, 1].
        intensity: factor of the colour.
    """

    position: Vector3
    color: Vector3
    intensity: float


STUDIO = (
    Lamp((-0.62, 0.70, 1.0), (1.0, 0.97, 0.93), 0.70),
    Lamp((0.85, 0.10, 0.95), (0.88, 0.93, 1.0), 0.36),
    Lamp((1.0, 0.45, -0.70), (0.80, 0.88, 1.0), 0.50),
    Lamp((-1.0, 0.35, -0.75), (1.0, 0.93, 0.86), 0.30),
    Lamp((0.0, 1.0, 0.20), (1.0, 1.0, 1.0), 0.15),
)


def light_studio(plotter: pv.BasePlotter) -> None:
    """Replace the plotter's lights by the studio's."""
    plotter.remove_all_lights()
    for lamp in STUDIO:
        plotter.add_light(
            pv.Light(
                position=lamp.position,
                focal_point=(0.0, 0.0, 0.0),
                color=lamp.color,
                light_type="camera light",
                intensity=lamp.intensity,
            )
        )
