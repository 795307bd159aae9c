"""Where on the head lips, brows, beard, scalp … are: masks on its vertices, made once.

Coordinates are those of the mean head at rest, mm, so that every identity and expression carries
its paint along.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.photos.rendering.head_mesh import HeadMesh

Floats = NDArray[np.float32]

SOCKET = slice(11248, 13294)
"""The mouth's cavity, registered numbering."""
FIELDS = 48
STREAKS = 12
HAIRLINE = np.array(
    [[-90, -75], [-60, -55], [-20, -28], [0, 2], [30, 22], [52, 30], [66, 44], [84, 62],
     [98, 84], [112, 105], [145, 140]], float
)  # fmt: skip
"""y of the scalp's front border and the z in front of which there is no hair."""


@dataclass(frozen=True, slots=True, eq=False)
class SkinMap:
    """Masks `(V,)` in [0, 1] unless said otherwise.

    Attributes:
        lips: inside the lips' outline, soft; mouth: the cavity's darkness.
        lids: `(V,)` mm to the nearest eye's outline, upper lids only (large elsewhere).
        sockets: about the eyes; rings: below them.
        cheeks, nose, ears: blush.
        beard: where a beard grows; moustache: above the lips.
        scalp: mm behind the hairline, negative in front of it.
        noise: `(V, FIELDS)` smooth noise of unit variance, coarse to fine.
        iris: `(V,)` radians from each eyeball's axis (large elsewhere).
        under_lid: the eyeball's part under the upper lid.
        streaks: `(V, STREAKS)` noise of unit variance along strands that fall from the crown.
        brow_rows: `(R,)` vertices where brows may be; brow_places: `(R, 2)` their x ≥ 0 and y.
        brow_line: `(5, 2)` brow's outline, inner end last, x ≥ 0.
    """

    lips: Floats
    mouth: Floats
    lids: Floats
    sockets: Floats
    rings: Floats
    cheeks: Floats
    nose: Floats
    ears: Floats
    beard: Floats
    moustache: Floats
    scalp: Floats
    noise: Floats
    iris: Floats
    under_lid: Floats
    streaks: Floats
    brow_rows: NDArray[np.int64]
    brow_places: Floats
    brow_line: Floats


def map_skin(head: HeadMesh, seed: int = 7) -> SkinMap:
    """The masks of `head`; `seed` of the noise fields."""
    p = head.rest.astype(np.float64)
    marks = p[head.landmarks]
    skin = head.kinds == 0
    side = np.abs(p[:, 0])
    lips, mouth = _lips(p, marks, skin)
    eyes = _distance_to_eyes(p, marks)
    front = skin & (p[:, 2] > 55)
    above = p[:, 1] > 35.0
    lids = np.where(front & above, eyes, 99.0)
    rings = np.exp(-(((side - 27) / 14) ** 2) - ((p[:, 1] - 22) / 6) ** 2) * front
    cheeks = np.exp(-(((side - 46) / 17) ** 2) - ((p[:, 1] - 2) / 15) ** 2) * front
    nose = np.exp(-((side / 10) ** 2) - ((p[:, 1] - 4) / 10) ** 2 - ((p[:, 2] - 128) / 12) ** 2)
    ears = _step(74, 80, side) * _step(-25, -10, p[:, 1]) * skin
    rows = np.flatnonzero(front & (p[:, 1] > 48) & (p[:, 1] < 78) & (side < 68))
    beard, moustache = _beard(p, side, lips, skin)
    return SkinMap(
        lips=_f(lips),
        mouth=_f(mouth),
        lids=_f(lids),
        sockets=_f(np.exp(-((np.maximum(eyes, 0) / 7) ** 2)) * front),
        rings=_f(rings),
        cheeks=_f(cheeks),
        nose=_f(nose * skin),
        ears=_f(ears),
        beard=_f(beard),
        moustache=_f(moustache),
        scalp=_f(_scalp(p, side, skin)),
        noise=_noise(p, seed),
        iris=_iris(head),
        under_lid=_f(_step(0, 9, p[:, 1] - 36.2) * ((head.kinds == 1) | (head.kinds == 2))),
        streaks=_streaks(p, seed),
        brow_rows=rows,
        brow_places=_f(np.stack([side[rows], p[rows, 1]], 1)),
        brow_line=_f(marks[22:27][::-1, :2]),
    )


def _f(values: NDArray) -> Floats:
    return np.ascontiguousarray(values, np.float32)


def _step(low: float, high: float, values: NDArray) -> NDArray:
    share = np.clip((values - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def _lips(p: NDArray, marks: NDArray, skin: NDArray) -> tuple[NDArray, NDArray]:
    outline = marks[48:60, :2]
    distance = polygon_distance(p[:, :2], outline)
    lips = 1 - _step(-0.8, 1.2, distance)
    lips = lips * (skin & (p[:, 2] > 92))
    mouth = np.zeros(len(p))
    mouth[SOCKET] = 1 - _step(94, 106, p[SOCKET, 2])
    return lips, mouth


def polygon_distance(points: NDArray, corners: NDArray) -> NDArray:
    """Signed distance `(N,)` of points `(N, 2)` from a polygon `(M, 2)`, negative inside."""
    best, inside = np.full(len(points), np.inf), np.zeros(len(points), bool)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        best = np.minimum(best, segment_distance(points, a, b))
        crosses = (a[1] > points[:, 1]) != (b[1] > points[:, 1])
        with np.errstate(divide="ignore", invalid="ignore"):
            x = a[0] + (points[:, 1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
        inside ^= crosses & (points[:, 0] < x)
    return np.where(inside, -best, best)


def segment_distance(points: NDArray, a: NDArray, b: NDArray) -> NDArray:
    """Distance `(N,)` of points `(N, D)` from the segment a–b."""
    along = b - a
    share = np.clip((points - a) @ along / max(along @ along, 1e-12), 0, 1)
    return np.linalg.norm(points - a - share[:, None] * along, axis=1)


def _distance_to_eyes(p: NDArray, marks: NDArray) -> NDArray:
    right = polygon_distance(p[:, :2], marks[36:42, :2])
    return np.minimum(right, polygon_distance(p[:, :2], marks[42:48, :2]))


def _beard(p: NDArray, side: NDArray, lips: NDArray, skin: NDArray) -> tuple[NDArray, NDArray]:
    top = np.interp(side, [0, 14, 30, 45, 58, 66, 74], [-15, -15, -26, -30, -14, 10, 32])
    area = 1 - _step(-4, 3, p[:, 1] - top)
    area *= _step(8, 22, p[:, 2]) * _step(-108, -88, p[:, 1]) * (side < 76)
    inner = np.ones(len(p))
    inner[SOCKET] = 0
    area *= np.clip(1 - 1.6 * lips, 0, 1) * skin * inner
    moustache = area * _step(-37, -32, p[:, 1]) * (side < 30)
    return area, moustache


def _scalp(p: NDArray, side: NDArray, skin: NDArray) -> NDArray:
    front = np.interp(p[:, 1], HAIRLINE[:, 0], HAIRLINE[:, 1])
    depth = (front - p[:, 2]) * 0.8
    nape = (p[:, 1] + 62 + 0.2 * np.minimum(p[:, 2] + 60, 0)) * 0.8
    ear = np.where((p[:, 1] < 50) & (p[:, 1] > -30) & (p[:, 2] > -34), (81 - side) * 0.8, 99)
    scalp = np.minimum(np.minimum(depth, nape), ear)
    pinna = (((p[:, 1] - 20) / 34) ** 2 + ((p[:, 2] - 1) / 24) ** 2 < 1) & (side > 62)
    scalp[pinna] = np.minimum(scalp[pinna], -8)
    scalp[SOCKET] = -99
    return np.where(skin, scalp, -99)


def _noise(p: NDArray, seed: int) -> Floats:
    """Sums of plane waves, from 80 mm to 6 mm long."""
    rng = np.random.default_rng(seed)
    fields = []
    for index in range(FIELDS):
        length = 80.0 * (6.0 / 80.0) ** (index / (FIELDS - 1))
        waves = rng.normal(0, 2 * np.pi / length / np.sqrt(3), (6, 3))
        fields.append(np.sin(p @ waves.T + rng.uniform(0, 2 * np.pi, 6)).sum(1) / np.sqrt(3))
    return _f(np.stack(fields, 1))


def _streaks(p: NDArray, seed: int) -> Floats:
    rng = np.random.default_rng([seed, 2])
    angle = np.arctan2(p[:, 0], p[:, 2] + 10)
    fields = []
    for index in range(STREAKS):
        cycles = rng.integers(9 + 3 * index // 2, 16 + 3 * index, 3)
        bend = rng.normal(0, 0.012, 3)
        waves = angle[:, None] * cycles + p[:, [1]] * bend + rng.uniform(0, 6.3, 3)
        fields.append(np.sin(waves).sum(1) * np.sqrt(2 / 3))
    return _f(np.stack(fields, 1))


def _iris(head: HeadMesh) -> Floats:
    angles = np.full(len(head.rest), 9.0)
    for kind in (1, 2):
        rows = head.kinds == kind
        points = head.rest[rows].astype(np.float64)
        centre = (points.max(0) + points.min(0)) / 2
        away = points - centre
        # The cornea bulges: its tip shows where the eye looks at rest.
        tip = away[np.argmax(away[:, 2])]
        cosine = away @ tip / (np.linalg.norm(away, axis=1) * np.linalg.norm(tip) + 1e-9)
        angles[rows] = np.arccos(np.clip(cosine, -1, 1))
    return _f(angles)
