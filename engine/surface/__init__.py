"""From a signed distance to a surface: extraction, update after an edit, projection."""

from engine.surface.extract import Surface, extract_surface
from engine.surface.project import Projection, project_to_surface
from engine.surface.track import update_surface

__all__ = [
    "Projection",
    "Surface",
    "extract_surface",
    "project_to_surface",
    "update_surface",
]
