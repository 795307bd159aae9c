"""A fit as the window asks for it: codes, then the scan's detail, then the figures."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.progress import CancelToken

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer
    from engine.fitting import FitStep
    from engine.fitting.report import FitReport

Phase = Literal["fitting", "detail", "measuring", "done"]


@dataclass(frozen=True, slots=True, eq=False)
class FitRequest:
    """A frozen request for a fit; iterated on a worker thread.

    Attributes:
        scan: in its file's unit; similarity: from there to the model's mm.
        start: the codes to begin with; parts that are not free keep theirs.
        parts: which are free.
        detail: whether to keep what the codes cannot express as a residual layer.
        pose_free: whether the scan's place is refined, too.
    """

    model: FaceModel
    scan: Mesh
    similarity: Similarity
    start: FaceCode
    parts: tuple[str, ...] = PARTS
    detail: bool = True
    pose_free: bool = True

    def __call__(self, cancel: CancelToken) -> Iterator["FitUpdate"]:
        # Not at the top: the window must open before the fit's libraries are loaded.
        from engine.editing.residual import fit_residual
        from engine.fitting import FitSettings, fit_scan
        from engine.fitting.report import fit_report

        started = time.perf_counter()
        settings = FitSettings(self.parts, self.start, self.pose_free)
        step: FitStep | None = None
        for step in fit_scan(self.model, self.scan, self.similarity, settings, cancel):
            yield FitUpdate("fitting", step, seconds=time.perf_counter() - started)
        if step is None:
            return
        seconds = time.perf_counter() - started
        update = FitUpdate("detail" if self.detail else "measuring", step, seconds=seconds)
        yield update
        if self.detail:
            placed = self.scan.with_vertices(step.similarity.apply(self.scan.vertices))
            residual = fit_residual(self.model, step.code, placed, cancel=cancel)
            update = replace(update, phase="measuring", residual=residual)
            yield update
        report = fit_report(
            self.model,
            step.code,
            step.similarity,
            self.scan,
            update.residual,
            seconds,
            step.iteration,
            cancel,
        )
        yield replace(update, phase="done", report=report)


@dataclass(frozen=True, slots=True, eq=False)
class FitUpdate:
    """How far a fit is; complete, so that it may be stopped here.

    Attributes:
        phase: what is being done now.
        step: codes and place so far.
        residual: the layer of detail, once there is one.
        report: the figures, at the end.
        seconds: since the start, or those of the fit itself once it is over.
    """

    phase: Phase
    step: "FitStep"
    residual: "ResidualLayer | None" = None
    report: "FitReport | None" = None
    seconds: float = 0.0
