"""The photograph laid onto the face: a colour for every vertex and a picture over its UV.

Layers lie over each other, the best on top: what each photograph shows, what it shows of the
other side, and the model's own colours. Each is brought to the tone of those above it, so that
no seam is seen, and shows where those above are not sure.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from engine.editing.reflection import Reflection, find_reflection
from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.textured_mesh import FaceTexture
from engine.models.protocol import FaceModel
from engine.photo.flat_raster import FlatFragments, cover
from engine.photo.reconstruction import PhotoFace, Reconstruction
from engine.photo.texture_layers import Layer, PhotoView, ToneMatch
from engine.progress import CancelToken

Floats = NDArray[np.float32]

SIZES = (64, 4096)
SKIN = (215.0, 180.0, 160.0)
"""Of a template without colours of its own."""


class TexturePainter:
    """Makes textures of faces on one template.

    Args:
        template: with UV; colours of its own fill what no photograph shows.
        size: S, texels per side.

    Raises:
        InputError: no UV, or a size that is out of range.
    """

    def __init__(self, template: Mesh, size: int = 1024) -> None:
        least, greatest = SIZES
        if template.uv is None:
            raise InputError("A texture needs a template with UV. Choose the template topology.")
        if not least <= size <= greatest:
            raise InputError(f"A texture has {least} to {greatest} texels a side, got {size}.")
        self._template, self._size = template, size
        self._texels = _texels_of(template, size)
        self._reflection: Reflection = find_reflection(template)
        self._tones = ToneMatch(template.faces, len(template.vertices))

    def paint(
        self,
        photographs: Sequence[tuple[NDArray, PhotoView]],
        cancel: CancelToken | None = None,
    ) -> FaceTexture:
        """The texture of a face.

        Args:
            photographs: the face's template vertices `(V, 3)` mm, with the expression that it has
                in the photograph, and the photograph; the best first.

        Raises:
            InputError: no photographs, or another number of vertices.
            Cancelled: `cancel` was raised meanwhile.
        """
        if not photographs:
            raise InputError("A texture needs at least one photograph.")
        count, texels = len(self._template.vertices), len(self._texels.pixel)
        shown, picture = np.zeros((count, 3), np.float32), np.zeros((texels, 3), np.float32)
        covered, covered_texels = np.zeros(count, np.float32), np.zeros(texels, np.float32)
        seen = np.zeros(count, np.float32)
        for number, layer in enumerate(self._layers(photographs)):
            if cancel is not None:
                cancel.check()
            # Where nothing lies above yet, there is no tone to match.
            above = shown / np.maximum(covered, 1e-6)[:, None]
            added = self._tones.difference(above, layer.vertices, covered * layer.trust)
            share = (1.0 - covered) * layer.trust
            share_texels = (1.0 - covered_texels) * self._mix(layer.trust)
            shown += share[:, None] * (layer.vertices + added)
            picture += share_texels[:, None] * (layer.texels + self._mix(added))
            covered, covered_texels = covered + share, covered_texels + share_texels
            if number < len(photographs):
                seen += share
        return FaceTexture(_bytes(shown), self._image(picture), seen)

    def _layers(self, photographs: Sequence[tuple[NDArray, PhotoView]]) -> Iterator[Layer]:
        mirrored = []
        px_per_mm = self._size * float(np.median(_stretch(self._template)))
        for vertices, photograph in photographs:
            mesh = self._template.with_vertices(vertices)
            view = photograph.reduced(px_per_mm)
            trust = view.trust(mesh)
            yield self._layer(view, mesh.vertices, trust)
            corners, weights = self._reflection.corners, self._reflection.weights
            opposite = np.einsum("vk,vkd->vd", weights, mesh.vertices[corners])
            mirrored.append((view, opposite, (weights * trust[corners]).sum(axis=1)))
        for view, opposite, trust in mirrored:
            yield self._layer(view, opposite, trust)
        own = self._template.colors
        count = len(self._template.vertices)
        colors = (np.tile(SKIN, (count, 1)) if own is None else own).astype(np.float32)
        yield Layer(colors, self._mix(colors), np.ones(count, np.float32))

    def _layer(self, view: PhotoView, vertices: NDArray, trust: Floats) -> Layer:
        return Layer(view.sample(vertices), view.sample(self._mix(vertices)), trust)

    def _mix(self, values: NDArray) -> Floats:
        """At texels what `values` `(V, …)` are at vertices."""
        return self._texels.mix(values, self._template.faces)

    def _image(self, colors: Floats) -> NDArray[np.uint8]:
        """The picture, with texels outside of the map taking the nearest inside it."""
        image = np.zeros((self._size * self._size, 3), np.uint8)
        image[self._texels.pixel] = _bytes(colors)
        empty = np.ones(len(image), np.bool_)
        empty[self._texels.pixel] = False
        square = (self._size, self._size)
        rows, columns = distance_transform_edt(
            empty.reshape(square), return_distances=False, return_indices=True
        )
        filled: NDArray[np.uint8] = image.reshape(*square, 3)[rows, columns]
        return filled


def paint_faces(
    model: FaceModel,
    photographs: Sequence[tuple[PhotoFace, Reconstruction]],
    size: int = 1024,
    cancel: CancelToken | None = None,
) -> FaceTexture:
    """The texture of one person from photographs whose faces were found, the best first.

    Raises:
        InputError: no photographs, or a reconstruction without codes.
        Cancelled: `cancel` was raised meanwhile.
    """
    given = []
    for face, found in photographs:
        if found.code is None:
            raise InputError(
                f"A face of the method '{found.method}' is not on the template. Fit the model to "
                "it first."
            )
        given.append((model.preview(found.code), PhotoView(face.pixels, found.camera)))
    return TexturePainter(model.template, size).paint(given, cancel)


def _texels_of(template: Mesh, size: int) -> FlatFragments:
    """Each texel inside the map with the one triangle that it shows.

    A map that is cut open has a few triangles that close it across the others, such as the end
    of a neck. They are turned over or stretched, and show nothing where others do.
    """
    uv = np.asarray(template.uv, np.float64)
    places = np.stack([uv[:, 0], 1.0 - uv[:, 1]], axis=1) * size
    first, second, third = (places[template.faces[:, k]] for k in range(3))
    right, up = second - first, third - first
    turn = np.sign(right[:, 0] * up[:, 1] - right[:, 1] * up[:, 0])
    stretch = _stretch(template)
    regular = np.flatnonzero(turn == np.sign(turn.sum()))
    regular = regular[np.argsort(stretch[regular], kind="stable")]
    found = cover(places, template.faces[regular], size, size)
    # The first that holds a texel is the least stretched of them.
    pixel, chosen = np.unique(found.pixel, return_index=True)
    return FlatFragments(pixel, regular[found.face[chosen]], found.weights[chosen])


def _stretch(template: Mesh) -> NDArray[np.float64]:
    """Length on the map per mm `(F,)` of each triangle's most stretched side."""
    uv = np.asarray(template.uv, np.float64)
    sides = template.faces[:, [0, 1, 2, 0]]
    lengths = np.linalg.norm(np.diff(template.vertices[sides], axis=1), axis=2)
    spans = np.linalg.norm(np.diff(uv[sides], axis=1), axis=2)
    most: NDArray[np.float64] = (spans / np.maximum(lengths, 1e-6)).max(axis=1)
    return most


def _bytes(colors: NDArray) -> NDArray[np.uint8]:
    return np.clip(np.round(colors), 0, 255).astype(np.uint8)
