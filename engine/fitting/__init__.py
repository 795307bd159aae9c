"""Scan → codes: generators that yield every step, without a window."""

from collections.abc import Iterator

from engine.fitting.settings import FitSettings as FitSettings
from engine.fitting.settings import FitStep as FitStep
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceModel
from engine.progress import CancelToken


def fit_scan(
    model: FaceModel,
    scan: Mesh,
    start: Similarity,
    settings: FitSettings | None = None,
    cancel: CancelToken | None = None,
) -> Iterator[FitStep]:
    """Find the codes and the pose with which the model's surface lies on `scan`.

    Every step is complete: stop taking them and the last one is what there is so far.

    Args:
        scan: in its file's units; start: from there to the model's millimetres, near the
            truth (see `engine.scans.align_scan`).

    Raises:
        InputError: too little of the scan lies about the model.
        Cancelled: `cancel` was raised meanwhile.
    """
    chosen = settings or FitSettings()
    if chosen.method == "published":
        from engine.fitting.published import fit_published

        return fit_published(model, scan, start, chosen, cancel)
    from engine.fitting.scan_fit import fit_fast

    return fit_fast(model, scan, start, chosen, cancel)
