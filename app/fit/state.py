"""What the fit's panel shows and asks for, as frozen state; no Qt here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.fit.job import Phase
from engine.models.protocol import PARTS

if TYPE_CHECKING:
    from engine.fitting.report import FitReport

Target = Literal["new", "active"]


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What the user chose.

    Attributes:
        target: a new face, or the active one.
        parts: those that may change.
        detail: keep what the codes cannot express as a layer of its own.
    """

    target: Target = "new"
    parts: tuple[str, ...] = PARTS
    detail: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class FitState:
    """What the fit's panel shows.

    Attributes:
        scan: index of the scan; scan_name, face_name: for people.
        scans: index and name of every scan that a face can be fitted to.
        options: as chosen last.
        stage: waits for the start, runs, or is over.
        phase: what a running fit does now.
        fraction: of the codes' steps that are done.
        rms_mm: distance so far, None before the first step.
        report: figures of a fit that was not stopped.
        stopped: the user ended it early.
    """

    scan: int
    scan_name: str
    face_name: str
    options: FitOptions = FitOptions()
    scans: tuple[tuple[int, str], ...] = ()
    stage: Literal["ready", "fitting", "done"] = "ready"
    phase: Phase = "fitting"
    fraction: float = 0.0
    rms_mm: float | None = None
    report: "FitReport | None" = None
    stopped: bool = False
