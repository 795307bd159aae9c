"""Mesh files: one reader and writer per format."""

from engine.geometry.formats.file_frame import UNITS, UP_AXES, FileFrame, default_frame
from engine.geometry.formats.mesh_files import (
    MESH_SUFFIXES,
    MORPH_SUFFIXES,
    read_mesh,
    write_mesh,
)
from engine.geometry.formats.morph_target import MorphTarget
from engine.geometry.formats.textured_files import TEXTURE_SUFFIXES, write_textured_mesh

__all__ = [
    "MESH_SUFFIXES",
    "MORPH_SUFFIXES",
    "TEXTURE_SUFFIXES",
    "UNITS",
    "UP_AXES",
    "FileFrame",
    "MorphTarget",
    "default_frame",
    "read_mesh",
    "write_mesh",
    "write_textured_mesh",
]
