"""Where the shipped files lie: a source checkout, an installed wheel or a desktop bundle."""

import sys
from importlib import resources
from pathlib import Path

from engine.errors import WeightsError

PACKAGE = "lineament_assets"
"""The name under which the wheel installs the folder `assets/`."""


def assets_folder() -> Path:
    """The folder of the shipped files.

    Raises:
        WeightsError: this copy of Lineament came without its files.
    """
    checkout = Path(__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").is_file() and (checkout / "assets").is_dir():
        return checkout / "assets"
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None and (Path(bundle) / PACKAGE).is_dir():
        return Path(bundle) / PACKAGE
    return _installed_folder()


def _installed_folder() -> Path:
    try:
        folder = resources.files(PACKAGE)
    except ModuleNotFoundError as error:
        raise WeightsError(
            f"The files that ship with Lineament are missing: there is no package '{PACKAGE}' "
            "beside 'engine'. Install Lineament again, for example with 'pip install .'."
        ) from error
    if not isinstance(folder, Path):
        raise WeightsError(
            f"The files that ship with Lineament must lie in a folder, but '{PACKAGE}' is inside "
            "an archive. Install the wheel instead of running from a zip file."
        )
    return folder
