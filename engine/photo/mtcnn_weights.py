"""The weights of MTCNN's networks, read from the installed package `mtcnn`.

The package is found, never imported: its `__init__` asks for TensorFlow. Its files are lists of
arrays dumped by joblib, which are pickles, and a pickle may name any function to call. So they
are not loaded by joblib but walked with an unpickler that knows three names and gives each a
meaning of ours: an array's description, the class of array and the type of its numbers. Any
other name is refused, and nothing from the file is ever called.
"""

import importlib.util
import io
import pickle
from pathlib import Path
from typing import Any

import lz4.frame
import numpy as np
from numpy.typing import NDArray

from engine.errors import WeightsError

LARGEST_BYTES = 16 << 20
"""Of a file unpacked; the largest has 1.6 MB."""
LARGEST_ARRAY = 1 << 20
_AGAIN = "Install it again: pip install --force-reinstall 'mtcnn>=1.0,<2'"


def read_mtcnn_arrays(name: str) -> tuple[NDArray[np.float32], ...]:
    """The arrays of `pnet`, `rnet` or `onet` in the order in which they are stored.

    Raises:
        WeightsError: the package is missing, or its file is missing, damaged or holds anything
            but arrays of numbers.
    """
    file = _package_folder() / "assets" / "weights" / f"{name}.lz4"
    try:
        with file.open("rb") as packed:
            content = lz4.frame.LZ4FrameDecompressor().decompress(packed.read(), LARGEST_BYTES)
        loaded = _ArrayUnpickler(io.BytesIO(content)).load()
    except FileNotFoundError as error:
        raise WeightsError(f"The package mtcnn lacks {file}. {_AGAIN}.") from error
    except (
        OSError,
        RuntimeError,
        ValueError,
        TypeError,
        LookupError,
        EOFError,
        AttributeError,
        pickle.UnpicklingError,
    ) as error:
        raise WeightsError(f"{file} is damaged or holds no weights ({error}). {_AGAIN}.") from error
    if not isinstance(loaded, list) or not all(isinstance(item, _Array) for item in loaded):
        raise WeightsError(f"{file} holds no list of arrays. {_AGAIN}.")
    return tuple(item.values for item in loaded)


def _package_folder() -> Path:
    found = importlib.util.find_spec("mtcnn")
    if found is None or not found.submodule_search_locations:
        raise WeightsError(
            "Finding faces needs the package mtcnn, which is not installed. "
            "Install it: pip install 'mtcnn>=1.0,<2'."
        )
    return Path(found.submodule_search_locations[0])


class _Number:
    """Stands for `numpy.dtype`: `f4` with the byte order `<` is all there is."""

    def __init__(self, name: str, *_: object) -> None:
        if name != "f4":
            raise pickle.UnpicklingError(f"numbers of type '{name}'")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] not in ("<", "|", "="):
            raise pickle.UnpicklingError(f"numbers in the order '{state[1]}'")


class _Array:
    """Stands for joblib's `NumpyArrayWrapper`, behind which an array's bytes lie in the stream."""

    stream: io.BytesIO
    values: NDArray[np.float32]

    def __setstate__(self, state: dict[str, Any]) -> None:
        shape = tuple(int(length) for length in state["shape"])
        count = int(np.prod(shape, dtype=np.int64))
        if not isinstance(state["dtype"], _Number) or not 0 < count <= LARGEST_ARRAY:
            raise pickle.UnpicklingError(f"an array of shape {shape}")
        if state.get("numpy_array_alignment_bytes") is not None:
            self.stream.read(self.stream.read(1)[0])
        values = np.frombuffer(self.stream.read(4 * count), "<f4", count)
        self.values = values.reshape(shape, order="F" if state["order"] == "F" else "C")


class _ArrayUnpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(_Unbuffered(stream))
        self._array = type("_ArrayOfStream", (_Array,), {"stream": stream})

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("joblib.numpy_pickle", "NumpyArrayWrapper"): self._array,
            ("numpy", "ndarray"): object,
            ("numpy", "dtype"): _Number,
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return known[module, name]


class _Unbuffered:
    """A stream without `peek`, so that the unpickler reads no byte ahead of an array."""

    def __init__(self, stream: io.BytesIO) -> None:
        self.read = stream.read
        self.readline = stream.readline
