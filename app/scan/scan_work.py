"""What is done to a scan off the GUI thread: reading it, and laying it on the head."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.stepping import Steps
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress

if TYPE_CHECKING:
    from engine.scans import FrameGuess, Scan, ScanAlignmentStep


@dataclass(frozen=True, slots=True, eq=False)
class ReadScan:
    """A frozen request to read a file; called on a worker thread."""

    path: Path

    def __call__(self, cancel: CancelToken, progress: Progress) -> "ReadResult":
        del progress
        from engine.scans import guess_frame, read_scan

        scan = read_scan(self.path)
        cancel.check()
        return ReadResult(scan, guess_frame(scan.mesh))


@dataclass(frozen=True, slots=True, eq=False)
class ReadResult:
    """A scan with the unit and axes that it is probably in."""

    scan: "Scan"
    frame: "FrameGuess"


def look_for_head(
    mesh: Mesh, model: FaceModel, unit_mm: float | None, size_is_fitted: bool
) -> Steps:
    """Find the head in a scan from its shape.

    Args:
        unit_mm: of the file; None to guess.
        size_is_fitted: whatever the unit, the scan is given the size that fits.
    """

    def steps(cancel: CancelToken) -> Iterator["ScanAlignmentStep"]:
        from engine.scans import align_scan

        if size_is_fitted:
            return align_scan(mesh, model, size="free", cancel=cancel)
        return align_scan(mesh, model, unit_mm=unit_mm, cancel=cancel)

    return steps


def match_surfaces(mesh: Mesh, model: FaceModel, start: Similarity, with_scale: bool) -> Steps:
    """Improve the place `start` of a scan."""

    def steps(cancel: CancelToken) -> Iterator["ScanAlignmentStep"]:
        from engine.scans import refine_alignment

        return refine_alignment(mesh, model, start, with_scale=with_scale, cancel=cancel)

    return steps
