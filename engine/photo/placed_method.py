"""A method that gets better places of a face's five points than a detector's."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.photo.reconstruction import PhotoFace, PhotoMethod, Reconstruction
from engine.progress import CancelToken, Progress, ignore_progress

Place = Callable[[Sequence[PhotoFace]], Sequence[PhotoFace]]


class PlacedMethod:
    """`method` behind another front end than the published one.

    Meshes that start at a head posed on the detector's five points hardly recover where these are
    off by a centimetre and more, as they are on turned heads.

    Args:
        place: the faces with better points, `engine.photo.placing.place_again`.
    """

    def __init__(self, method: PhotoMethod, place: Place) -> None:
        self._method, self._place = method, place

    @property
    def name(self) -> str:
        return self._method.name

    @property
    def title(self) -> str:
        return self._method.title

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        """See `PhotoMethod`; `seconds` counts the placing, too."""
        begun = time.perf_counter()
        (placed,) = self._place([face])
        took = time.perf_counter() - begun
        if cancel is not None:
            cancel.check()
        made = self._method.reconstruct(placed, cancel, progress)
        return replace(made, seconds=made.seconds + took)
