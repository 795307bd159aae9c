"""The expressions under the names that face capture sends.

Apple's ARKit names 52 blend shapes, and capture programs for phones, Unreal's Live Link Face and
many rigs follow it. The expressions here have the same meaning; ARKit has one shape where two
sides are apart here, and two that have no counterpart: `mouthClose` and `tongueOut`.
"""

from collections.abc import Sequence

from engine.geometry.formats import MorphTarget

_SIDES = (" left", " right")
_ONE_FOR_BOTH_SIDES = ("Brow inner up", "Cheek puff")


def with_arkit_names(morphs: Sequence[MorphTarget]) -> tuple[MorphTarget, ...]:
    """`morphs` with ARKit's names, such as `eyeBlinkLeft`, and its one shape for two sides.

    Sides that are set differently get the mean of their weights.
    """
    by_name = {morph.name: morph for morph in morphs}
    renamed: list[MorphTarget] = []
    for morph in morphs:
        stem = next((stem for stem in _ONE_FOR_BOTH_SIDES if morph.name.startswith(stem)), None)
        sides = [by_name[stem + side] for side in _SIDES if stem and stem + side in by_name]
        if len(sides) < 2 or stem is None:
            renamed.append(MorphTarget(_camel_case(morph.name), morph.displacements, morph.weight))
        elif morph is sides[0]:
            both = sides[0].displacements + sides[1].displacements
            weight = (sides[0].weight + sides[1].weight) / 2.0
            renamed.append(MorphTarget(_camel_case(stem), both, weight))
    return tuple(renamed)


def _camel_case(name: str) -> str:
    first, *others = name.split()
    return first.lower() + "".join(word.capitalize() for word in others)
