"""The tables of the fit's accuracy, from results that are known."""

import argparse
import csv
import json
from pathlib import Path

import pytest

from engine.models.protocol import REGIONS
from training.fitting_accuracy import ScanAccuracy
from training.fitting_accuracy_command import summarise, write_results


def scan(kind: str, chamfer: float, failed: str = "") -> ScanAccuracy:
    return ScanAccuracy(
        "1.1",
        kind,
        chamfer,
        95.0,
        dict.fromkeys(REGIONS, (chamfer, 90.0)),
        0.05,
        unit_factor=1.02,
        seconds=4.0,
        cpu_seconds=3.0,
        iterations=20,
        failed=failed,
    )


def test_means_and_worst_leave_failures_out_but_count_them() -> None:
    summary = summarise([scan("clean", 0.2), scan("clean", 0.4), scan("clean", 9.0, "no head")])
    assert summary["scans"] == 3
    assert summary["failed"] == 1
    assert summary["chamfer_mm"] == pytest.approx(dict.fromkeys(("whole", *REGIONS), 0.3))
    assert summary["worst_chamfer_mm"] == pytest.approx(dict.fromkeys(("whole", *REGIONS), 0.4))
    assert summary["largest_scale_error"] == pytest.approx(0.02)
    assert summarise([scan("clean", 1.0, "no head")]) == {"scans": 1, "failed": 1}


def test_the_files_hold_every_scan(tmp_path: Path) -> None:
    options = argparse.Namespace(seed=7, method="fast")
    results = [scan("clean", 0.2), scan("degraded", 0.5), scan("degraded", 1.0, "no head")]
    write_results(results, tmp_path, "abc", options)
    content = json.loads((tmp_path / "fit-accuracy.json").read_text())
    assert content["seed"] == 7
    assert len(content["scans"]) == 3
    assert content["summary"]["degraded"]["failed"] == 1
    with (tmp_path / "fit-accuracy.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["kind"] for row in rows] == ["clean", "degraded", "degraded"]
    assert float(rows[0]["nose_chamfer_mm"]) == pytest.approx(0.2)
    assert rows[2]["failed"] == "no head"
    text = (tmp_path / "fit-accuracy.md").read_text()
    assert "| 1 clean | chamfer_mm | 0.200 |" in text
    assert "1 of 2 failed" in text
