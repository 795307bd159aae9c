"""The view of the latent space's window: one shape, as clay with its creases."""

import numpy as np
from numpy.typing import NDArray

from app.viewport.comparison_view import ComparisonView
from app.viewport.heat_look import look_plain


class LatentView(ComparisonView):
    """Shows a shape that moves; the viewer goes round it as in the comparison."""

    def show_shape(
        self,
        vertices: NDArray[np.float32],
        normals: NDArray[np.float32],
        faces: NDArray[np.int32],
        colors: NDArray[np.uint8],
    ) -> None:
        """Show `vertices` `(V, 3)`; where `faces` is the same array, only buffers are written."""
        first = not self.has_content
        self._measured_actor.show(vertices, normals, faces, colors)
        look_plain(self._measured_actor.actor)
        self._arrange()
        if first:
            self.set_orbit(self.framed("front"))
