"""An OBJ with the files beside it: an MTL with its materials, and a PNG with its texture."""

from collections.abc import Sequence
from pathlib import Path

from engine.geometry.formats.atomic_file import replace_file
from engine.geometry.formats.face_group import FaceGroup
from engine.geometry.formats.file_frame import FileFrame
from engine.geometry.formats.obj import SKIN, encode_obj
from engine.geometry.mesh import Mesh

WHITE = (255, 255, 255)


def obj_companions(path: Path, *, textured: bool, grouped: bool) -> tuple[Path, ...]:
    """The files that `write_obj_files` writes beside `path`.

    The texture is not called as the OBJ is: a face made from `ada.png` may well be `ada.obj`.
    Readers split the names in these files at spaces, so the names have none.
    """
    stem = "_".join(path.stem.split())
    material = (path.with_name(f"{stem}.mtl"),) if textured or grouped else ()
    return (*material, path.with_name(f"{stem}_{SKIN}.png")) if textured else material


def write_obj_files(
    path: Path,
    mesh: Mesh,
    frame: FileFrame | None = None,
    picture: bytes | None = None,
    groups: Sequence[FaceGroup] = (),
) -> tuple[Path, ...]:
    """Write `mesh` with its materials; what is there already is replaced.

    The OBJ is written last, so that it never names files that are not there.

    Args:
        picture: a PNG over the mesh's UV, which every material shows; None for plain colours.
        groups: of faces, which hold every face once, with a material each.

    Returns:
        The files that were written, the OBJ first.

    Raises:
        InputError: the folder cannot be written to.
    """
    beside = obj_companions(path, textured=picture is not None, grouped=bool(groups))
    library = beside[0].name if beside else None
    image = beside[1].name if picture is not None else None
    content = encode_obj(mesh, path.stem, frame, library, groups)
    if picture is not None:
        replace_file(beside[1], picture)
    if library is not None:
        colors = {group.name: group.color for group in groups} or {SKIN: WHITE}
        blocks = [_material(name, color, image) for name, color in colors.items()]
        replace_file(beside[0], "\n".join(["# Lineament", *blocks, ""]).encode("utf-8"))
    replace_file(path, content)
    return (path, *beside)


def _material(name: str, color: tuple[int, int, int], image: str | None) -> str:
    # A texture is multiplied by the colour.
    shown = WHITE if image is not None else color
    shades = " ".join(f"{channel / 255.0:.4g}" for channel in shown)
    lines = [f"newmtl {name}", "Ka 0 0 0", f"Kd {shades}", "Ks 0 0 0", "illum 1"]
    if image is not None:
        lines.append(f"map_Kd {image}")
    return "\n".join(lines)
