"""The packages of the wheel; everything else is in pyproject.toml."""

from setuptools import find_namespace_packages, setup

ROOMS = ["app", "engine", "training"]

setup(
    packages=[
        *find_namespace_packages(include=[*ROOMS, *(f"{room}.*" for room in ROOMS)]),
        "lineament_assets",
    ],
    package_dir={"lineament_assets": "assets"},
    package_data={
        "lineament_assets": ["**/*"],
        "app": ["**/*.svg", "**/*.png", "**/*.qss", "**/*.json"],
        "training": ["**/*.json", "**/*.toml", "**/*.yaml"],
    },
    exclude_package_data={"": ["__pycache__/*", "*.pyc"]},
)
