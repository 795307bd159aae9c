"""Weights of the installed package `mtcnn`, and files that would do something else."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import lz4.frame
import numpy as np
import pytest

import engine.photo.mtcnn_weights as weights
from engine.errors import WeightsError
from engine.photo.mtcnn_weights import read_mtcnn_arrays


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], int]:
    """Puts a file of some content where P-Net's is sought."""
    monkeypatch.setattr(weights, "_package_folder", lambda: tmp_path)
    folder = tmp_path / "assets" / "weights"
    folder.mkdir(parents=True)
    return (folder / "pnet.lz4").write_bytes


@pytest.mark.parametrize(
    ("name", "count", "parameters"),
    [("pnet", 13, 6632), ("rnet", 16, 100178), ("onet", 21, 389040)],
)
def test_the_package_s_arrays_are_read(name: str, count: int, parameters: int) -> None:
    arrays = read_mtcnn_arrays(name)
    assert len(arrays) == count
    assert sum(array.size for array in arrays) == parameters
    assert all(array.dtype == np.float32 for array in arrays)


def test_arrays_are_read_as_joblib_reads_them(package: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    stored = [
        rng.normal(size=(3, 2, 4, 5)).astype(np.float32),
        np.asfortranarray(rng.normal(size=(7, 3)).astype(np.float32)),
        rng.normal(size=9).astype(np.float32),
    ]
    joblib.dump(stored, tmp_path / "dump.lz4")
    package((tmp_path / "dump.lz4").read_bytes())
    for found, expected in zip(read_mtcnn_arrays("pnet"), stored, strict=True):
        np.testing.assert_array_equal(found, expected)


class _Writes:
    """A pickle of it writes a file when it is loaded in the usual way."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self._file,))


def test_a_file_that_runs_code_is_refused_and_does_not_run(package: Any, tmp_path: Path) -> None:
    written = tmp_path / "written"
    content = pickle.dumps([_Writes(written)])
    pickle.loads(content)
    assert written.exists()  # the trap works
    written.unlink()
    package(lz4.frame.compress(content))
    with pytest.raises(WeightsError, match="it names pathlib"):
        read_mtcnn_arrays("pnet")
    assert not written.exists()


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ([np.zeros(3)], "numbers of type 'f8'"),
        ([np.array([{}], object)], "numbers of type 'O8'"),
        ([np.zeros(0, np.float32)], "an array of shape"),
        ([1, 2], "holds no list of arrays"),
        ({"a": np.zeros(2, np.float32)}, "holds no list of arrays"),
    ],
)
def test_other_content_is_refused(package: Any, tmp_path: Path, stored: object, words: str) -> None:
    joblib.dump(stored, tmp_path / "dump.lz4")
    package((tmp_path / "dump.lz4").read_bytes())
    with pytest.raises(WeightsError, match=words):
        read_mtcnn_arrays("pnet")


def test_damaged_files_are_refused(package: Any, tmp_path: Path) -> None:
    joblib.dump([np.ones((50, 50), np.float32)], tmp_path / "dump.lz4")
    content = (tmp_path / "dump.lz4").read_bytes()
    for broken in (b"", b"text", content[:40], lz4.frame.compress(b"\x80\x04\x95")):
        package(broken)
        with pytest.raises(WeightsError, match="Install it again"):
            read_mtcnn_arrays("pnet")
    package(lz4.frame.compress(lz4.frame.decompress(content)[:-400]))
    with pytest.raises(WeightsError, match="damaged"):
        read_mtcnn_arrays("pnet")


def test_a_missing_file_or_package(monkeypatch: pytest.MonkeyPatch, package: Any) -> None:
    with pytest.raises(WeightsError, match="lacks"):
        read_mtcnn_arrays("pnet")
    monkeypatch.undo()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(WeightsError, match="pip install 'mtcnn"):
        read_mtcnn_arrays("pnet")
