"""A scan that was read, and where it lies on the head so far."""

from dataclasses import dataclass, replace

from app.scan.import_state import ImportState
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceModel


@dataclass(frozen=True, slots=True, eq=False)
class HeldScan:
    """What an import holds beside the state that it shows.

    Attributes:
        mesh: in the file's unit and axes.
        guessed_unit: of the file, mm.
        similarity: from the file to the model's millimetres.
        index: of the scan in the document; None while it is not there.
    """

    mesh: Mesh
    guessed_unit: float
    similarity: Similarity
    index: int | None = None

    def lying(self, similarity: Similarity) -> "HeldScan":
        """The scan in another place."""
        return replace(self, similarity=similarity)

    def upright(self, state: ImportState, model: FaceModel) -> "HeldScan":
        """The scan where its unit and the axes that `state` names put it alone."""
        from engine.scans import FrameGuess, placed_by

        unit = state.chosen_unit_mm or self.guessed_unit
        frame = FrameGuess(unit, "", state.up, state.forward, 0.0)
        head = model.template.vertices
        middle = (head.min(axis=0) + head.max(axis=0)) / 2.0
        return self.lying(placed_by(frame, self.mesh, middle))

    def told_axes(self, state: ImportState) -> ImportState:
        """`state` with the axes of the file that point up and forward where the scan lies."""
        from engine.scans import frame_of

        frame = frame_of(self.similarity, self.mesh)
        return replace(state, up=frame.up, forward=frame.forward)
