"""A face as a file to hand on to another program."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.editing.arkit_names import with_arkit_names
from engine.editing.export_form import ExportForm
from engine.editing.face_mesh import face_mesh
from engine.editing.topology_choice import Topology
from engine.geometry.formats import (
    MORPH_SUFFIXES,
    TEXTURE_SUFFIXES,
    MorphTarget,
    write_mesh,
    write_textured_mesh,
)
from engine.geometry.formats.face_group import region_groups
from engine.geometry.formats.obj_files import write_obj_files
from engine.geometry.level_foot import with_level_foot
from engine.geometry.mesh import Mesh
from engine.geometry.smooth_step import smooth_step
from engine.geometry.textured_mesh import FaceTexture, TexturedMesh
from engine.models.protocol import REGIONS, FaceCode, FaceModel
from engine.progress import CancelToken, Progress, ignore_progress

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

MORPH_THRESHOLD_MM = 0.005
"""An expression that moves nothing further than this is left out: it is noise."""

QUIET_MM = (0.02, 0.06)
"""What an expression moves by less than the first is the networks' noise and left out; up to the
second it fades in. Otherwise a wink would move every vertex of the head a little."""

STANDARD_FORM = ExportForm()


def expression_morphs(
    model: FaceModel,
    code: FaceCode,
    cancel: CancelToken | None = None,
    progress: Progress = ignore_progress,
) -> tuple[MorphTarget, ...]:
    """Every expression as a displacement of the template, with the weight `code` gives it.

    A target is the model's linear motion of one expression coordinate: targets add up, and
    vertices that an expression leaves alone (`QUIET_MM`) have a displacement of exactly zero, so
    a GLB stores only the others. Expressions that move nothing are left out.

    Raises:
        Cancelled: `cancel` was raised meanwhile.
    """
    directions = model.parts[[part.name for part in model.parts].index("expression")].directions
    morphs: list[MorphTarget] = []
    for index, direction in enumerate(directions):
        progress(index / len(directions), f"Morph target {direction.name}")
        if cancel is not None:
            cancel.check()
        displacements = model.tangent("expression", index)
        if np.abs(displacements).max() > MORPH_THRESHOLD_MM:
            weight = float(code.expression[index])
            morphs.append(MorphTarget(direction.name, _without_noise(displacements), weight))
    progress(1.0, "Morph targets")
    return tuple(morphs)


def _without_noise(displacements: NDArray[np.float32]) -> NDArray[np.float32]:
    nothing, everything = QUIET_MM
    lengths = np.linalg.norm(displacements, axis=1, keepdims=True)
    return (displacements * smooth_step(lengths, nothing, everything)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ExportedFace:
    """What was written.

    Attributes:
        mesh: in mm as it was written, scaled if that was asked for.
        morphs: number of morph targets.
        files: the mesh's file first, then those beside it.
    """

    mesh: Mesh
    morphs: int
    files: tuple[Path, ...]


def export_face(
    model: FaceModel,
    code: FaceCode,
    path: Path | str,
    topology: Topology = "free",
    resolution: int = 256,
    cancel: CancelToken | None = None,
    progress: Progress = ignore_progress,
    residual: "ResidualLayer | None" = None,
    texture: FaceTexture | None = None,
    form: ExportForm = STANDARD_FORM,
) -> ExportedFace:
    """Write the face to `path` in the format of its suffix.

    A GLB on the template carries the expressions as morph targets. Its base is the person
    at rest, as rigs expect it: an expression of `code` is set with the targets' weights. A
    scan's detail, `residual`, is put on top of all of them.

    The colours of photographs, `texture`, are a picture where topology and format have one: the
    template in GLB, or in OBJ with an MTL and a PNG beside it; and colours of vertices elsewhere.

    Raises:
        InputError: the suffix, topology or resolution is unknown, the format does not hold what
            `form` asks for, or the file cannot be written; an older file is as it was.
        Cancelled: `cancel` was raised meanwhile; nothing was written.
    """
    suffix = Path(path).suffix.lower()
    form.require_suffix(suffix)
    with_morphs = form.morphs and topology == "template" and suffix in MORPH_SUFFIXES
    worn = code.at_rest() if with_morphs else code
    shown = ignore_progress if with_morphs else progress
    mesh = face_mesh(model, worn, topology, resolution, cancel, shown, residual, texture)
    morphs = expression_morphs(model, code, cancel, progress) if with_morphs else ()
    if form.morph_names == "arkit":
        morphs = with_arkit_names(morphs)
    if form.foot:
        mesh = with_level_foot(mesh)
    factor = form.factor(mesh)
    if factor != 1.0:
        mesh = mesh.with_vertices(mesh.vertices * np.float32(factor))
        morphs = tuple(replace(m, displacements=m.displacements * factor) for m in morphs)
    progress(1.0, "Writing the file")
    if cancel is not None:
        cancel.check()
    image = None
    if texture is not None and topology == "template" and suffix in TEXTURE_SUFFIXES:
        image = texture.image
    return ExportedFace(mesh, len(morphs), _write(Path(path), mesh, morphs, image, form))


def _write(
    path: Path,
    mesh: Mesh,
    morphs: Sequence[MorphTarget],
    image: NDArray[np.uint8] | None,
    form: ExportForm,
) -> tuple[Path, ...]:
    groups = region_groups(mesh, REGIONS) if form.groups else ()
    if image is not None:
        textured = TexturedMesh(mesh, image)
        return write_textured_mesh(path, textured, morphs, frame=form.frame, groups=groups)
    if groups:
        return write_obj_files(path, mesh, form.frame, groups=groups)
    write_mesh(path, mesh, morphs, frame=form.frame)
    return (path,)
