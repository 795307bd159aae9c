"""Names and ranges of the sliders, from the header of the template's weights."""

import re
from collections.abc import Mapping
from typing import Any

from engine.models.protocol import PARTS, Direction, PartInfo

SHAPE_LIMIT = 3.0
"""Sliders of shape run from −3σ to 3σ; codes are whitened, so σ is 1."""


def describe_parts(config: Mapping[str, Any]) -> tuple[PartInfo, ...]:
    """Parts from `sizes`, `expression_names`, `expression_spread` and optional `hints`."""
    parts = []
    for part in PARTS[:4]:
        hints = config.get("hints", {}).get(part, [])
        directions = tuple(
            Direction(_shape_name(part, index, hints), -SHAPE_LIMIT, SHAPE_LIMIT, 1.0)
            for index in range(config["sizes"][part])
        )
        parts.append(PartInfo(part, directions))
    expressions = tuple(
        Direction(readable_name(name), 0.0, 1.0, spread)
        for name, spread in zip(
            config["expression_names"], config["expression_spread"], strict=True
        )
    )
    return (*parts, PartInfo("expression", expressions))


def readable_name(name: str) -> str:
    """`mouthSmile_L` becomes `Mouth smile left`."""
    side = {"_L": " left", "_R": " right"}.get(name[-2:], "")
    stem = name[:-2] if side else name
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem).lower()
    return words[:1].upper() + words[1:] + side


def _shape_name(part: str, index: int, hints: list[str]) -> str:
    name = f"{part.capitalize()} {index + 1}"
    return f"{name} · {hints[index]}" if index < len(hints) and hints[index] else name
