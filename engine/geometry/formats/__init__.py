"""Mesh files: one reader and writer per format."""

from engine.geometry.formats.mesh_files import (
    MESH_SUFFIXES,
    MORPH_SUFFIXES,
    read_mesh,
    write_mesh,
)
from engine.geometry.formats.morph_target import MorphTarget

__all__ = ["MESH_SUFFIXES", "MORPH_SUFFIXES", "MorphTarget", "read_mesh", "write_mesh"]
