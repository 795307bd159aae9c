"""The folder of a set that is being rendered, and whether a later run may go on with it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from training.photos.photo_set import ABOUT_FILE, IMAGES_FILE
from training.photos.rendering.points import Places

PARTS_FOLDER = "unfinished"
POINTS_FILE = "points.npz"
SAME_MM = 0.01
"""Templates that differ by less are one, computed on two machines."""


def open_images(
    output: Path, about: str, shape: tuple[int, ...], rows: NDArray[np.int64], places: Places
) -> NDArray[np.uint8]:
    """The images' file of a new set or of one that was begun, mapped for writing; a set of other
    options or points stays untouched.

    Args:
        about: the options of the set, as they are noted; shape: of all its images.
        rows: `(P,)` vertices of the template that its labels show; places: where they are.

    Raises:
        InputError: `output` holds something else, or cannot be written.
    """
    parts = output / PARTS_FOLDER
    noted = parts / ABOUT_FILE
    try:
        if noted.is_file() and noted.read_text(encoding="utf-8") == about:
            _require_same_points(output, rows, places)
            images: NDArray[np.uint8] = np.load(output / IMAGES_FILE, mmap_mode="r+")
            return images
        if output.is_dir() and any(output.iterdir()):
            raise InputError(
                f"{output} is not empty and was not made with these options. Name another folder "
                "with -o, or remove this one."
            )
        parts.mkdir(parents=True, exist_ok=True)
        images = np.lib.format.open_memmap(output / IMAGES_FILE, "w+", np.uint8, shape)
        np.savez(parts / POINTS_FILE, rows=rows, rest=places.rest, motion=places.motion)
        noted.write_text(about, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{output} cannot be written: {error}") from error
    return images


def _require_same_points(output: Path, rows: NDArray[np.int64], places: Places) -> None:
    """What is there and what would be added must show the same points of the same faces."""
    file = output / PARTS_FOLDER / POINTS_FILE
    if file.is_file():
        with np.load(file, allow_pickle=False) as kept:
            same = np.array_equal(kept["rows"], rows) and all(
                kept[name].shape == now.shape and np.allclose(kept[name], now, atol=SAME_MM)
                for name, now in (("rest", places.rest), ("motion", places.motion))
            )
        if same:
            return
    raise InputError(
        f"{output} was begun with another version of the face model: its labels show other points "
        "than those that would be added. Remove the folder, or name another with -o."
    )
