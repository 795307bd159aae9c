"""The COMA set (Ranjan et al., ECCV 2018) as it is distributed.

`FaceTalk_170725_00137_TA/bareteeth/bareteeth.000001.ply`: a folder per subject, in it one per
expression, in it the registered frames of the sequence, in metres.
"""

from pathlib import Path

from engine.errors import InputError
from engine.geometry.formats.mesh_files import read_mesh
from engine.progress import Progress, ignore_progress
from training.spiral.mesh_folder import (
    MeshFile,
    find_template,
    read_landmarks,
    read_mesh_files,
)
from training.spiral.registered_set import RegisteredSet

METRE_MM = 1000.0
SUBJECTS = "FaceTalk_*"


def read_coma(folder: Path, every: int = 1, progress: Progress = ignore_progress) -> RegisteredSet:
    """Every `every`-th frame of each sequence, in millimetres.

    Raises:
        InputError: the folder has no subjects or a subject no frames, or a file is damaged or
            of another topology; the message names it.
    """
    if every < 1:
        raise InputError(f"Expected to take every 1st frame or fewer, got every {every}.")
    subjects = sorted(path for path in folder.glob(SUBJECTS) if path.is_dir())
    if not subjects:
        raise InputError(f"{folder} holds no folder {SUBJECTS}. Name the folder COMA unpacks to.")
    files: list[MeshFile] = []
    for subject in subjects:
        sequences = sorted(path for path in subject.iterdir() if path.is_dir())
        found = [
            MeshFile(frame, subject.name, f"{sequence.name}/{frame.stem.rpartition('.')[2]}")
            for sequence in sequences
            for frame in sorted(sequence.glob("*.ply"))[::every]
        ]
        if not found:
            raise InputError(f"{subject} holds no PLY frames. Unpack the subject again.")
        files += found
    template_file = find_template(folder)
    template = read_mesh(template_file) if template_file else None
    return read_mesh_files("COMA", files, template, read_landmarks(folder), METRE_MM, progress)
