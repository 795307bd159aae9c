"""The exact surface of a face, as work for a job."""

import time
from dataclasses import dataclass, replace

from app.extraction import Extraction
from app.surfaces import Surface, on_free_mesh, on_template
from engine.editing.topology_choice import Topology
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken, Progress


@dataclass(frozen=True, slots=True, eq=False)
class Refinement:
    """A frozen request for the exact surface of one face; called on a worker thread."""

    model: FaceModel
    code: FaceCode
    topology: Topology
    resolution: int
    extraction: Extraction

    def __call__(self, cancel: CancelToken, progress: Progress) -> Surface:
        started = time.perf_counter()
        if self.topology == "template":
            vertices = self.model.template_surface(self.code, cancel)
            surface = on_template(self.model, self.code, vertices, exact=True)
        else:
            mesh = self.extraction.extract(self.model, self.code, self.resolution, cancel, progress)
            cancel.check()
            surface = on_free_mesh(self.model, self.code, mesh)
        return replace(surface, seconds=time.perf_counter() - started)
