"""`lineament info`: what this copy is and how good it was measured to be."""

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib import metadata
from typing import TYPE_CHECKING, Any

from app.cli.console_progress import ConsoleProgress
from app.model_source import load_model
from app.spiral.source import load_spiral
from engine.models.protocol import FaceModel
from engine.photo.methods import available_methods, weights_info
from engine.version import lineament_version

if TYPE_CHECKING:
    from engine.models.spiral_autoencoder import SpiralModel

PACKAGES = ("torch", "numpy", "scipy", "PySide6-Essentials", "vtk", "pyvista", "libigl")


def run(options: argparse.Namespace) -> int:
    """Print what is known of this copy, its model and the device."""
    with ConsoleProgress(sys.stderr) as progress:
        progress(0.0, "Loading the model")
        model = load_model(options.device)
        progress(0.5, "Loading Neural3DMM")
        spiral = load_spiral(device=options.device)
    described = describe(model, spiral)
    if options.json:
        print(json.dumps(described, indent=2, ensure_ascii=False))
    else:
        print(as_text(described))
    return 0


def describe(model: FaceModel, spiral: "SpiralModel") -> dict[str, Any]:
    """Versions, machine and models as JSON values."""
    return {
        "lineament": lineament_version(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES},
        "models": [
            {
                "name": model.info.name,
                "identifier": model.info.identifier,
                "device": model.info.device,
                "parts": {part.name: part.size for part in model.parts},
                "template": {
                    "vertices": len(model.template.vertices),
                    "faces": len(model.template.faces),
                },
                "accuracy": dict(model.info.metrics),
            },
            {
                "name": spiral.info.name,
                "identifier": spiral.info.identifier,
                "device": spiral.info.device,
                "code": spiral.size,
                "template": {
                    "vertices": len(spiral.template.vertices),
                    "faces": len(spiral.template.faces),
                },
                "accuracy": dict(spiral.info.metrics),
            },
        ],
        "photo_methods": [asdict(weights_info(name)) for name in available_methods()],
    }


def as_text(described: dict[str, Any]) -> str:
    """`describe`'s values for people."""
    lines = [
        f"Lineament {described['lineament']}, Python {described['python']}",
        f"{described['system']}, {described['processors']} processors",
        ", ".join(f"{name} {version}" for name, version in described["packages"].items()),
    ]
    for model in described["models"]:
        template = model["template"]
        lines += [
            "",
            f"{model['name']} on {model['device']} ({model['identifier'][:12]})",
            _sizes(model),
            f"  template: {template['vertices']:,} vertices, {template['faces']:,} faces",
        ]
        lines += _figures(model["accuracy"])
    for method in described["photo_methods"]:
        lines += ["", f"{method['title']}, from photographs ({method['identifier'][:12]})"]
        lines += [f"  weights: {method['megabytes']:.1f} MB"]
        lines += _figures(method["metrics"])
    return "\n".join(lines)


def _figures(metrics: dict[str, float]) -> list[str]:
    width = max((len(name) for name in metrics), default=0)
    lines = ["  measured accuracy:"] if metrics else []
    return lines + [f"    {name:{width}}  {value:.4g}" for name, value in metrics.items()]


def _sizes(model: dict[str, Any]) -> str:
    if "parts" not in model:
        return f"  code: {model['code']} numbers"
    return "  sliders: " + ", ".join(f"{name} {size}" for name, size in model["parts"].items())


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
