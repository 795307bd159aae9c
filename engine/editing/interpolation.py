"""From one face to another: together, per part, or one part after the other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.editing.part_names import require_parts, require_same_layout, require_share
from engine.editing.transplant import blend
from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode

EASINGS: Mapping[str, Callable[[float], float]] = {
    "linear": lambda time: time,
    "smooth": lambda time: time * time * (3.0 - 2.0 * time),
}
"""How a part's fraction runs over its time, both in [0, 1]; `smooth` starts and stops gently."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a transition.

    Attributes:
        time: 0 at the first face, 1 at the last.
        fractions: of each part's way, by name.
        code: the face.
    """

    time: float
    fractions: Mapping[str, float]
    code: FaceCode


def interpolate(start: FaceCode, end: FaceCode, fractions: Mapping[str, float]) -> FaceCode:
    """The face whose parts are `fractions` of the way from `start` to `end`.

    A part that `fractions` does not name stays as in `start`.

    Raises:
        InputError: no such part, a fraction outside [0, 1], or codes of different models.
    """
    require_parts(fractions)
    require_same_layout(start, end)
    code = start
    for part, fraction in fractions.items():
        require_share(f"fraction of {part}", fraction)
        code = code.with_part(part, blend(start.part(part), end.part(part), fraction))
    return code


def fractions_at(
    time: float, parts: Sequence[str] = PARTS, in_order: bool = False, easing: str = "linear"
) -> dict[str, float]:
    """How far each of `parts` is at `time` in [0, 1].

    Args:
        in_order: one part after the other, each in an equal share of the time; else together.
        easing: one of `EASINGS`.

    Raises:
        InputError: no such part or easing, no part, one named twice, or a time outside [0, 1].
    """
    _require_order(parts)
    require_share("time", time)
    if easing not in EASINGS:
        raise InputError(f"There is no easing '{easing}'. Choose {' or '.join(EASINGS)}.")
    ease = EASINGS[easing]
    if not in_order:
        return {part: ease(time) for part in parts}
    place = time * len(parts)
    return {part: ease(min(max(place - turn, 0.0), 1.0)) for turn, part in enumerate(parts)}


def transition(
    start: FaceCode,
    end: FaceCode,
    frames: int,
    parts: Sequence[str] = PARTS,
    in_order: bool = False,
    easing: str = "linear",
) -> Iterator[Frame]:
    """`frames` faces at equal times from `start` to `end`, both included.

    See `fractions_at` for the rest. Parts that are not named stay as in `start`.

    Raises:
        InputError: fewer than two frames, and what `fractions_at` and `interpolate` raise.
    """
    if frames < 2:
        raise InputError(f"A transition has 2 frames or more, got {frames}.")
    for number in range(frames):
        time = number / (frames - 1)
        fractions = fractions_at(time, parts, in_order, easing)
        yield Frame(time, fractions, interpolate(start, end, fractions))


def part_sequence(
    start: FaceCode,
    end: FaceCode,
    order: Sequence[str] = PARTS,
    frames_each: int = 12,
    easing: str = "linear",
) -> Iterator[FaceCode]:
    """One part after the other, as in Figures 2 and 8 of Gu and Pears' paper.

    The first face is `start`; then every part has `frames_each` faces, the last of which has
    it wholly from `end`.

    Raises:
        InputError: as `transition`.
    """
    if frames_each < 1:
        raise InputError(f"A part has 1 frame or more, got {frames_each}.")
    _require_order(order)
    for frame in transition(start, end, frames_each * len(order) + 1, order, True, easing):
        yield frame.code


def _require_order(parts: Sequence[str]) -> None:
    require_parts(parts)
    if not parts or len(set(parts)) < len(parts):
        raise InputError(
            f"Name each part at most once and at least one, got '{', '.join(parts)}'. "
            f"The parts are {', '.join(PARTS)}."
        )
