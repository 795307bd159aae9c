"""Tiny folders in the layouts in which 300W-LP and AFLW2000-3D are distributed."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat

from engine.photo.mean_head import mean_landmarks
from engine.photo.weak_perspective import WeakPerspective
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel()
SIDE = 450
TURN = (0.15, -0.5, 0.1)
"""Pitch, yaw and roll in radians, as the sets write them."""


def their_rotation(pitch: float, yaw: float, roll: float) -> NDArray[np.float64]:
    """`RotationMatrix` of the authors' Matlab code."""
    (cp, cy, cr), (sp, sy, sr) = np.cos([pitch, yaw, roll]), np.sin([pitch, yaw, roll])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


POSE = WeakPerspective(their_rotation(*TURN), 1.4, np.array([220.0, 240.0]))
SEEN = POSE.project(mean_landmarks(MODEL))
"""Where the mean head's landmarks are, px with centres at half numbers."""


def photograph(folder: Path, name: str, side: int = SIDE) -> None:
    """An image with a bright spot at its first pixel."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.full((side, side, 3), 40, np.uint8)
    pixels[:8, :8] = 250
    Image.fromarray(pixels).save(folder / f"{name}.jpg", quality=95)


def parameters() -> dict[str, NDArray]:
    """What both sets' MAT files hold."""
    return {
        "Pose_Para": np.array([[*TURN, 0.1, 0.2, -60.0, 0.001]]),
        "Shape_Para": np.zeros((199, 1)),
        "Exp_Para": np.zeros((29, 1)),
        "Illum_Para": np.zeros((1, 10)),
        "Color_Para": np.zeros((1, 7)),
        "Tex_Para": np.zeros((199, 1)),
        "roi": np.array([[1, 1, SIDE, SIDE]], np.int16),
    }


def write_aflw2000(folder: Path, names: tuple[str, ...] = ("image00002", "image00004")) -> Path:
    for name in names:
        photograph(folder, name)
        stored = np.concatenate([SEEN.T + 0.5, np.arange(68.0)[None]])
        marks = {"pt3d_68": stored, "pt2d": np.full((2, 21), -1.0)}
        savemat(folder / f"{name}.mat", parameters() | marks)
    (folder / "Code").mkdir(exist_ok=True)
    savemat(folder / "Code" / "Model_Shape.mat", {"w": np.zeros(3)})
    return folder


def write_300w_lp(folder: Path) -> Path:
    name = "AFW_134212_1_0"
    for subset in ("AFW", "AFW_Flip"):
        photograph(folder / subset, name)
        savemat(folder / subset / f"{name}.mat", parameters() | {"pt2d": np.zeros((2, 68))})
    photograph(folder / "AFW", "AFW_134212_1_1")
    savemat(folder / "AFW" / "AFW_134212_1_1.mat", parameters())
    (folder / "landmarks" / "AFW").mkdir(parents=True)
    for variant in (0, 1):
        marks = {"pts_2d": SEEN + 1.5, "pts_3d": SEEN + 0.5}
        savemat(folder / "landmarks" / "AFW" / f"AFW_134212_1_{variant}_pts.mat", marks)
    return folder
