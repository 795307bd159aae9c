"""What lies under the mouse: the active face or another item."""

import numpy as np
from numpy.typing import NDArray

from app.other_items import PlacedItem
from app.picking import Hit, Pick, Ray, carried, first_hit
from app.viewport.surface_actor import SurfaceActor


def nearest_pick(ray: Ray, face: SurfaceActor | None, items: tuple[PlacedItem, ...]) -> Pick | None:
    """The first point that `ray` meets, on the active face, if it is drawn, or on an item."""
    best: Pick | None = None
    nearest = np.inf
    if face is not None:
        hit = first_hit(face.vertices, face.faces, ray)
        if hit is not None:
            best, nearest = Pick(None, hit.point, hit.face), hit.distance
    for item in items:
        hit = first_hit(item.drawn.vertices, item.drawn.faces, carried(ray, item.matrix))
        if hit is not None and (distance := _distance(hit, item, ray.origin)) < nearest:
            best, nearest = Pick(item.ref, hit.point, hit.face), distance
    return best


def _distance(hit: Hit, item: PlacedItem, origin: NDArray[np.float64]) -> float:
    """How far from `origin` a hit in an item's own coordinates is in the scene."""
    place = item.matrix[:3, :3] @ hit.point + item.matrix[:3, 3]
    return float(np.linalg.norm(place - origin))
