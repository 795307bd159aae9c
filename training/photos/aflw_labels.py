"""300W-LP and AFLW2000-3D (Zhu et al., CVPR 2016) as they are distributed.

AFLW2000-3D is one folder of `image00002.jpg` with `image00002.mat`; 300W-LP has the folders AFW,
HELEN, IBUG and LFPW, each again mirrored as `AFW_Flip` …, and the landmarks in
`landmarks/AFW/<name>_pts.mat`. The MAT files (version 5) hold

* `Pose_Para` `(1, 7)`: pitch, yaw and roll in radians, translation, scale of the fitted model,
* `pt3d_68` `(3, 68)`, only in AFLW2000-3D: the fitted model's landmarks, y down, with a depth,
* `pts_3d` and `pts_2d` `(68, 2)` in 300W-LP's landmark files: the same landmarks, and those of
  the visible outline; mirrored folders have no files of their own.

`pt2d`, the original marks, is not used: it has 21 points in AFLW2000-3D, and in LFPW its y points
up. Matlab counts pixels from 1, so half a pixel is taken off to have centres at half numbers.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import loadmat
from scipy.io.matlab import MatReadError
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.geometry.mesh import frozen
from engine.progress import Progress, ignore_progress

SUBSETS = ("AFW", "HELEN", "IBUG", "LFPW")
MIRRORED = "_Flip"
LANDMARKS = 68
LARGEST_BYTES = 16 << 20
"""Of a MAT file; those of the sets have less than a tenth of it."""
_FIRST_PIXEL = 0.5
"""Where our pixels have the place that Matlab calls 1, less than 1."""
_REFLECTED = np.array(
    [
        *(*range(16, -1, -1), *range(26, 16, -1)),  # jaw, brows
        *(*range(27, 31), *range(35, 30, -1)),  # nose
        *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),  # eyes
        *(*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1)),  # lips
    ]
)
"""Which landmark of a face each landmark of its mirror image is."""
_DAMAGE = (
    MatReadError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    NotImplementedError,
    EOFError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPhoto:
    """A photograph with the landmarks of one face.

    Attributes:
        image: the file.
        person: photographs made from one original share it.
        landmarks: `(68, 2)` px, pixel centres at half numbers, y down.
        depths: `(68,)` px as they are stored, NaN where the set has none.
        pose: `(3,)` pitch, yaw and roll in degrees, as published.
    """

    image: Path
    person: str
    landmarks: NDArray[np.float64]
    depths: NDArray[np.float64]
    pose: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("landmarks", "depths", "pose"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))

    @property
    def box(self) -> NDArray[np.float64]:
        """`(4,)` x0, y0, x1, y1 about the landmarks, whose size normalises the sets' errors."""
        return np.concatenate([self.landmarks.min(axis=0), self.landmarks.max(axis=0)])

    @property
    def rotation(self) -> NDArray[np.float64]:
        """`(3, 3)` of `pose`, from a face whose y is up to the viewer: R(pitch) R(yaw) R(roll)
        in the authors' code, with angles that turn the other way."""
        matrix: NDArray[np.float64] = Rotation.from_euler(
            "XYZ", -self.pose, degrees=True
        ).as_matrix()
        return matrix


def read_aflw_folder(
    folder: Path, outline: bool = False, progress: Progress = ignore_progress
) -> tuple[LabelledPhoto, ...]:
    """The labels of a folder in either layout, by name.

    Args:
        outline: take 300W-LP's marks of the visible outline (`pts_2d`) instead of those of the
            face's own (`pts_3d`), which is what AFLW2000-3D is marked with.

    Raises:
        InputError: there are no photographs, or a file is missing, damaged or of another layout;
            the message names it.
    """
    images = [
        image
        for place in _photo_folders(folder)
        for image in sorted(place.iterdir())
        if image.suffix.lower() == ".jpg"
    ]
    if not images:
        raise InputError(
            f"{folder} holds no photographs. Name the folder of AFLW2000-3D with its JPEG and MAT "
            f"files, or that of 300W-LP with {', '.join(SUBSETS)}."
        )
    read = []
    for done, image in enumerate(images):
        read.append(_read_photo(image, "pts_2d" if outline else "pts_3d"))
        progress((done + 1) / len(images), f"Reading labels: {done + 1} of {len(images)}")
    return tuple(read)


def _photo_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}. Check its name.")
    names = [subset + ending for subset in SUBSETS for ending in ("", MIRRORED)]
    found = [folder / name for name in names if (folder / name).is_dir()]
    return found or [folder]


def _read_photo(image: Path, wanted: str) -> LabelledPhoto:
    file = image.with_suffix(".mat")
    labels = _read_mat(file, ("Pose_Para", "pt3d_68"))
    pose = np.degrees(_field(labels, "Pose_Para", (7,), file)[:3])
    if "pt3d_68" in labels:
        points = _field(labels, "pt3d_68", (3, LANDMARKS), file)
        places, depths, person = points[:2].T - _FIRST_PIXEL, points[2], image.stem
    else:
        places = _separate_landmarks(image, wanted)
        depths, person = np.full(LANDMARKS, np.nan), image.stem.rpartition("_")[0] or image.stem
    return LabelledPhoto(image, person, places, depths, pose)


def _separate_landmarks(image: Path, wanted: str) -> NDArray[np.float64]:
    """300W-LP's landmarks `(68, 2)` of `image`, which lie in a folder of their own."""
    subset = image.parent.name.removesuffix(MIRRORED)
    file = image.parent.parent / "landmarks" / subset / f"{image.stem}_pts.mat"
    points = _field(_read_mat(file, (wanted,)), wanted, (LANDMARKS, 2), file) - _FIRST_PIXEL
    if not image.parent.name.endswith(MIRRORED):
        return points
    try:
        with Image.open(image) as opened:
            width = opened.width
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"Cannot read {image}: {error}. Unpack the set again.") from error
    mirrored: NDArray[np.float64] = np.array([width, 0.0]) + points[_REFLECTED] * (-1.0, 1.0)
    return mirrored


def _read_mat(file: Path, names: tuple[str, ...]) -> Mapping[str, NDArray]:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise InputError(
                f"{file} is too large for the labels of one face. Unpack the set again."
            )
        loaded: Mapping[str, NDArray] = loadmat(str(file), variable_names=names)
    except FileNotFoundError as error:
        raise InputError(
            f"There is no file {file}, which holds the labels of a photograph beside it or of its "
            "subset. Unpack the whole set again."
        ) from error
    except _DAMAGE as error:
        raise InputError(
            f"{file} is damaged or no MAT file of version 5 ({error}). Unpack the set again."
        ) from error
    return loaded


def _field(
    labels: Mapping[str, NDArray], name: str, shape: tuple[int, ...], file: Path
) -> NDArray[np.float64]:
    """Field `name` with `shape`, finite; vectors may lie in a row or a column."""
    if name not in labels:
        raise InputError(f"{file} has no field {name}. Choose a folder of 300W-LP or AFLW2000-3D.")
    stored = np.asarray(labels[name])
    given = stored.reshape(-1) if len(shape) == 1 else stored
    if given.shape != shape or given.dtype.kind not in "fiu" or not np.isfinite(given).all():
        raise InputError(
            f"{file}: {name} has shape {stored.shape} and type {stored.dtype}, expected finite "
            f"numbers {shape}. Unpack the set again."
        )
    return given.astype(np.float64)
