"""The version of this copy of Lineament."""

import tomllib
from importlib import metadata
from pathlib import Path


def lineament_version() -> str:
    """The version from the checkout's pyproject.toml, or of the installed package."""
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    if project.is_file():
        version = tomllib.loads(project.read_text("utf-8"))["project"]["version"]
        return str(version)
    return metadata.version("lineament")
