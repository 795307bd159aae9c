"""View settings as JSON and back, with every value checked."""

from typing import Any

from engine.errors import DocumentError
from engine.project.document import Camera, Vector3, ViewSettings

_DEFAULT = ViewSettings()


def view_to_json(view: ViewSettings) -> dict[str, Any]:
    """`view` as what `json.dumps` takes."""
    camera = view.camera
    return {
        "camera": camera
        and {
            "position": list(camera.position),
            "target": list(camera.target),
            "up": list(camera.up),
        },
        "wireframe": view.wireframe,
        "regions": view.regions,
        "topology": view.topology,
        "resolution": view.resolution,
        "locked": list(view.locked),
    }


def view_from_json(value: object) -> ViewSettings:
    """The settings in `value`; what is not there has its default.

    Raises:
        DocumentError: a value is of the wrong kind or outside its limits.
    """
    if not isinstance(value, dict):
        raise DocumentError("its view settings are damaged.")
    camera = value.get("camera")
    locked = value.get("locked", [])
    if not isinstance(locked, list):
        raise DocumentError(f"its list of locked parts is {locked!r}.")
    return ViewSettings(
        camera=None if camera is None else _camera(camera),
        wireframe=_of_kind(value, "wireframe", bool, _DEFAULT.wireframe),
        regions=_of_kind(value, "regions", bool, _DEFAULT.regions),
        topology=_of_kind(value, "topology", str, _DEFAULT.topology),
        resolution=_of_kind(value, "resolution", int, _DEFAULT.resolution),
        locked=tuple(str(part) for part in locked),
    )


def _camera(value: object) -> Camera:
    if not isinstance(value, dict):
        raise DocumentError(f"its camera is {value!r}.")
    return Camera(*(_vector(value.get(name), name) for name in ("position", "target", "up")))


def _vector(value: object, name: str) -> Vector3:
    if (
        not isinstance(value, list)
        or len(value) != 3
        or not all(type(element) in (int, float) for element in value)
    ):
        raise DocumentError(f"its camera's {name} is {value!r}, expected 3 numbers.")
    try:
        x, y, z = (float(element) for element in value)
    except OverflowError as error:
        raise DocumentError(f"its camera's {name} holds a number that is too large.") from error
    return x, y, z


def _of_kind(values: dict[str, Any], name: str, kind: type, default: Any) -> Any:
    value = values.get(name, default)
    if type(value) is not kind:
        raise DocumentError(f"its view setting '{name}' is {value!r}, expected {kind.__name__}.")
    return value
