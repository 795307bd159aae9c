"""The shipped files are found in a checkout and a bundle; a wheel is tried in tests/packaging."""

import sys
from pathlib import Path

import pytest

from engine import assets_location
from engine.assets_location import assets_folder
from engine.errors import WeightsError
from engine.version import lineament_version

ROOT = Path(__file__).resolve().parents[2]


def test_a_checkout_uses_its_own_folder() -> None:
    assert assets_folder() == ROOT / "assets"
    assert lineament_version() == "0.1.0"


def test_a_bundle_uses_its_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "lineament_assets").mkdir()
    monkeypatch.setattr(assets_location, "__file__", str(tmp_path / "engine" / "x.py"))
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert assets_folder() == tmp_path / "lineament_assets"


def test_a_copy_without_its_files_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets_location, "__file__", str(tmp_path / "engine" / "x.py"))
    monkeypatch.setattr(assets_location, "PACKAGE", "lineament_assets_gone")
    with pytest.raises(WeightsError, match="Install Lineament again"):
        assets_folder()
