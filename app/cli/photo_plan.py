"""Which photographs `lineament photo` reads together, and where their faces are written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli.output import make_folder, require_output
from engine.errors import InputError
from engine.geometry.formats import MESH_SUFFIXES
from engine.photo.reading import PHOTO_SUFFIXES
from engine.project.archive import SUFFIX

OUTPUT_SUFFIXES = (SUFFIX, *MESH_SUFFIXES)


@dataclass(frozen=True, slots=True)
class PhotoGroup:
    """Photographs that are reconstructed together: one, or all of one person.

    Attributes:
        photos: their files.
        output: the file of what they give, None where only figures are wanted; a mesh file with
            several faces has numbers added.
    """

    photos: tuple[Path, ...]
    output: Path | None


def photo_files(names: Sequence[str]) -> list[Path]:
    """The files of `names`, each once; a folder stands for the pictures in it, by name.

    A file that is not there stays in the list, so that it fails alone.

    Raises:
        InputError: a folder holds no picture.
    """
    files: list[Path] = []
    for name in names:
        path = Path(name)
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(p for p in path.iterdir() if p.suffix.lower() in PHOTO_SUFFIXES)
        if not inside:
            raise InputError(
                f"There is no picture in the folder '{name}'. Pictures end in "
                f"{', '.join(PHOTO_SUFFIXES)}."
            )
        files += inside
    return list(dict.fromkeys(files))


def plan_groups(
    files: Sequence[Path], output: str | None, same_person: bool, file_format: str
) -> list[PhotoGroup]:
    """Groups of `files` with their outputs; makes the folder if one is asked for.

    Raises:
        InputError: the output has no place or an unknown format.
    """
    groups = [tuple(files)] if same_person else [(file,) for file in files]
    if output is None:
        return [PhotoGroup(photos, None) for photos in groups]
    path = Path(output)
    if path.is_dir() or output.endswith(("/", "\\")) or not path.suffix:
        if not path.is_dir():
            make_folder(path)
        names = distinct_names(photos[0] for photos in groups)
        places = [path / f"{name}.{file_format}" for name in names]
        return [PhotoGroup(*pair) for pair in zip(groups, places, strict=True)]
    require_output(path, OUTPUT_SUFFIXES)
    if len(groups) == 1:
        return [PhotoGroup(groups[0], path)]
    names = distinct_names(photos[0] for photos in groups)
    places = [path.with_name(f"{path.stem}-{name}{path.suffix}") for name in names]
    return [PhotoGroup(*pair) for pair in zip(groups, places, strict=True)]


def distinct_names(files: Iterable[Path]) -> list[str]:
    """A name for each of `files`: its own without the suffix, and a number where that is taken
    (also by other capitals, which some disks do not tell apart)."""
    names: list[str] = []
    taken: set[str] = set()
    for file in files:
        stem = file.stem or "photo"
        name, number = stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}"
        names.append(name)
        taken.add(name.lower())
    return names
