"""Colour maps for error heatmaps: even to the eye, and safe for the colour-blind.

Tables of 256 colours, no plotting library needed. `viridis`, `inferno`, `magma` are by Smith,
van der Walt and Firing, `cividis` by Nuñez, Anderton and Renslow ("Optimizing Colormaps with
Consideration for Color Vision Deficiency", 2018), all in the public domain (CC0), here every
fifth colour of theirs. `ember` and `vane` are drawn here, in even steps of Oklab (Ottosson, "A
Perceptual Color Space for Image Processing", 2020). In every one high is hot and light or dark
alone tells the order, so that a grey print and a colour-blind reader see it too.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import frozen

SIZE = 256
MapKind = Literal["sequential", "diverging"]

NO_VALUE = (150, 150, 154)
"""The colour of vertices without a value, or below a threshold."""

_VIRIDIS = (
    "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a"
    "3a538b38598c355e8d33638d31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d"
    "20928c1f978b1e9c891fa18821a58524aa8328ae802eb37c35b7793dbc7446c06f50c46a5ac864"
    "65cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26cae11fd8e219e5e419f1e51dfde725"
)
_INFERNO = (
    "00000402020c0504170a072210092d160b391e0c45260c512f0a5b380962400a67490b6a510e6c"
    "59106e61136e69166e71196e781c6d801f6c88226a902568982766a02a63a82e5fb0315bb73557"
    "bf3952c63d4dcc4248d34743d94d3ddf5337e45a31e9612bed6925f1711ff47918f78212f98b0b"
    "fa9407fb9d07fca60cfcb014fbba1ffac42af8cd37f6d746f4e156f2ea69f2f27df5f992fcffa4"
)
_MAGMA = (
    "00000402020b0504160907200e0b2b140e361a104221114e29115a311165390f6e420f754a1079"
    "52137c5a167e6219806a1c81721f81792282812581892881912b81992d80a1307eaa337db2357b"
    "ba3878c23b75ca3e72d2426fd9466be04c67e75263ec5860f1605df4695cf7725cf97b5dfb8560"
    "fc8e64fd9869fea16efeaa74feb47bfebd82fec68afecf92fed89afde2a3fdebacfcf4b6fcfdbf"
)
_CIVIDIS = (
    "00224e002656002a5f002d68003070083370163770203a6f273e6e2e416d34456c3a486c3f4c6c"
    "444f6c49536c4e566c535a6d575d6d5c616e60646f656870696b716d6f727272747676767a7a78"
    "7e7d788381798885788d8878928c789690779b9476a09875a59c74aaa073afa471b5a86fbaac6d"
    "bfb06bc4b468c9b965cfbd62d4c15fdac65bdfca57e5cf52ead34cf0d846f6dd3ffce236fee838"
)
_EMBER = (
    (0.955, 0.012, 0.030),
    (0.84, 0.045, 0.125),
    (0.66, 0.135, 0.105),
    (0.46, 0.150, 0.060),
    (0.27, 0.085, 0.020),
)
"""Oklab L, a, b: pale, amber, vermilion, red, dark: reads on a shaded surface."""

_COOL_ARM = (
    (0.955, 0.0, 0.005),
    (0.80, -0.040, -0.080),
    (0.60, -0.045, -0.140),
    (0.36, -0.010, -0.140),
)
_HOT_ARM = ((0.955, 0.0, 0.005), (0.80, 0.060, 0.085), (0.60, 0.150, 0.095), (0.36, 0.125, 0.050))
"""Oklab L, a, b of the arms of `vane`, from its middle: as light at the same distance from it."""


@dataclass(frozen=True, slots=True, eq=False)
class ColorMap:
    """A table of colours.

    Attributes:
        name: as in `COLOR_MAPS`; `kind`: sequential for magnitudes, diverging for signed values.
        table: `(256, 3)` uint8 sRGB, from the lowest value to the highest.
    """

    name: str
    kind: MapKind
    table: NDArray[np.uint8]

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", frozen(self.table, np.uint8))

    def reversed(self) -> "ColorMap":
        """High where low was."""
        return ColorMap(self.name, self.kind, self.table[::-1])

    def paint(
        self, values: NDArray, low: float, high: float, mask_below: float | None = None
    ) -> NDArray[np.uint8]:
        """Colours `(V, 3)` uint8 of `values` `(V,)`: the ends stand for all that lies beyond.

        Args:
            low, high: the values of the table's ends.
            mask_below: magnitudes under it get `NO_VALUE`, as values that are no numbers do.

        Raises:
            InputError: the range is empty or not finite.
        """
        require_range(low, high)
        array = np.asarray(values, np.float32)
        places = (array - np.float32(low)) * np.float32((SIZE - 1) / (high - low))
        known = np.isfinite(array)
        index = np.clip(np.where(known, places, 0) + np.float32(0.5), 0, SIZE - 1).astype(np.uint8)
        colors: NDArray[np.uint8] = self.table[index]
        if mask_below is not None:
            known &= np.abs(array) >= mask_below
        colors[~known] = NO_VALUE
        return colors


def require_range(low: float, high: float) -> None:
    """Check that `low` to `high` can be coloured.

    Raises:
        InputError: the range is empty or not finite.
    """
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise InputError(
            f"The range of colours must go from a lower to a higher number, got {low} to {high}."
        )


def color_map(name: str, is_reversed: bool = False) -> ColorMap:
    """The map called `name`.

    Raises:
        InputError: there is none.
    """
    if name not in COLOR_MAPS:
        raise InputError(f"There is no colour map '{name}'. There are {', '.join(COLOR_MAPS)}.")
    found = _make(name)
    return found.reversed() if is_reversed else found


@cache
def _make(name: str) -> ColorMap:
    return ColorMap(name, COLOR_MAPS[name], _TABLES[name]())


def default_map(signed: bool) -> str:
    """The map that suits values on both sides of zero, or magnitudes."""
    return "vane" if signed else "ember"


def _from_nodes(nodes: str) -> NDArray[np.uint8]:
    """A table from every fifth of its colours, as hexadecimal digits."""
    colors = np.frombuffer(bytes.fromhex(nodes), np.uint8).reshape(-1, 3).astype(np.float64)
    places = np.linspace(0, SIZE - 1, len(colors))
    wanted = np.arange(SIZE)
    channels = [np.interp(wanted, places, colors[:, channel]) for channel in range(3)]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)


def _through(nodes: tuple[tuple[float, float, float], ...], count: int) -> NDArray[np.float64]:
    """`count` Oklab colours in even steps along a smooth path through `nodes`."""
    path = monotone_path(np.array(nodes), 4001)
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    even = np.linspace(0, lengths[-1], count)
    return np.stack([np.interp(even, lengths, path[:, axis]) for axis in range(3)], axis=1)


def monotone_path(nodes: NDArray, count: int) -> NDArray[np.float64]:
    """`count` points `(count, C)` on the cubic path through evenly spaced `nodes` `(N, C)`.

    Where nodes rise or fall, so does the path (Fritsch and Butland, 1984), N at least 3. SciPy
    has it too, but takes a fifth of a second to load, which the first heatmap would wait for.
    """
    steps = np.diff(nodes, axis=0)
    before, after = steps[:-1], steps[1:]
    product, total = before * after, before + after
    slopes = np.zeros_like(nodes)
    np.divide(2.0 * product, total, out=slopes[1:-1], where=product > 0.0)
    for end, (near, next_to_it) in ((0, steps[:2]), (-1, steps[:-3:-1])):
        slope = 1.5 * near - 0.5 * next_to_it
        turns = near * next_to_it < 0.0
        slope = np.where(turns & (np.abs(slope) > 3.0 * np.abs(near)), 3.0 * near, slope)
        slopes[end] = np.where(slope * near > 0.0, slope, 0.0)
    places = np.linspace(0, len(steps), count)
    piece = np.minimum(places.astype(np.int64), len(steps) - 1)
    t = (places - piece)[:, None]
    rest = nodes[piece] + t * slopes[piece]
    bend = 3.0 * steps[piece] - 2.0 * slopes[piece] - slopes[piece + 1]
    twist = slopes[piece] + slopes[piece + 1] - 2.0 * steps[piece]
    path: NDArray[np.float64] = rest + t**2 * bend + t**3 * twist
    return path


def _ember() -> NDArray[np.uint8]:
    return srgb_from_oklab(_through(_EMBER, SIZE))


def _vane() -> NDArray[np.uint8]:
    cool, hot = _through(_COOL_ARM, SIZE // 2), _through(_HOT_ARM, SIZE // 2)
    return srgb_from_oklab(np.concatenate([cool[::-1], hot]))


def srgb_from_oklab(colors: NDArray) -> NDArray[np.uint8]:
    """sRGB `(N, 3)` uint8 of Oklab colours `(N, 3)`, cut at the gamut's border (Ottosson, 2020)."""
    roots = np.asarray(colors, np.float64) @ np.array(
        [
            [1.0, 1.0, 1.0],
            [0.3963377774, -0.1055613458, -0.0894841775],
            [0.2158037573, -0.0638541728, -1.2914855480],
        ]
    )
    linear = roots**3 @ np.array(
        [
            [4.0767416621, -1.2684380046, -0.0041960863],
            [-3.3077115913, 2.6097574011, -0.7034186147],
            [0.2309699292, -0.3413193965, 1.7076147010],
        ]
    )
    clipped = np.clip(linear, 0, 1)
    encoded = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return np.round(255 * encoded).astype(np.uint8)


_TABLES = {
    "ember": _ember,
    "inferno": lambda: _from_nodes(_INFERNO),
    "magma": lambda: _from_nodes(_MAGMA),
    "viridis": lambda: _from_nodes(_VIRIDIS),
    "cividis": lambda: _from_nodes(_CIVIDIS),
    "vane": _vane,
}

COLOR_MAPS: dict[str, MapKind] = {
    name: "diverging" if name == "vane" else "sequential" for name in _TABLES
}
"""The kind of each map, by name."""
