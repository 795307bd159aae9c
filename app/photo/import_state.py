"""What the panel of a photo's import shows, as frozen state; no Qt here."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from app.photo.source import MethodChoice
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.photo.reconstruction import FoundFace

Stage = Literal["reading", "found", "none", "marking", "working"]
"""Reading and looking for faces; found some; found none; a hand marks one; reconstructing."""

MARKS = (
    "the person's right eye, on the left in an upright picture",
    "the person's left eye",
    "the tip of the nose",
    "the corner of the mouth on the same side as the first eye",
    "the other corner of the mouth",
)
"""What is clicked on, one after the other: the order of the detector's points."""

Marks = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoImportState:
    """An import in progress.

    Attributes:
        name: of the photo.
        stage: see `Stage`.
        picture: None until it is read.
        faces: in it, the best first.
        chosen: which of them, None if none is.
        marks: px that were clicked on, in the order of `MARKS`.
        methods: to choose from.
        method: the name of the one chosen.
        fraction, text: how far the work is.
        waiting: how many more photos come after this one.
        together: the photos that wait follow without asking, where they show one face.
        same_person: the photos that wait show the person of this one.
        person: index of the face that the photo is another picture of, None if of none.
    """

    name: str
    stage: Stage = "reading"
    picture: Picture | None = None
    faces: tuple["FoundFace", ...] = ()
    chosen: int | None = None
    marks: Marks = ()
    methods: tuple[MethodChoice, ...] = ()
    method: str = ""
    fraction: float = 0.0
    text: str = ""
    waiting: int = 0
    together: bool = False
    same_person: bool = False
    person: int | None = None

    @property
    def choice(self) -> MethodChoice | None:
        return next((choice for choice in self.methods if choice.name == self.method), None)

    @property
    def can_reconstruct(self) -> bool:
        """Whether a face is chosen or marked completely, and nothing runs."""
        if self.stage == "marking":
            return len(self.marks) == len(MARKS)
        return self.stage == "found" and self.chosen is not None

    def with_marking(self, marking: bool) -> "PhotoImportState":
        """A hand begins to mark a face, or leaves it; nothing else is going on then."""
        if self.stage not in ("found", "none", "marking"):
            return self
        usual: Stage = "found" if self.faces else "none"
        return replace(self, stage="marking" if marking else usual, marks=())

    def with_mark(self, x: float, y: float) -> "PhotoImportState":
        """One more mark at a pixel, if it is in the photo and one is missing."""
        picture = self.picture
        if self.stage != "marking" or picture is None or len(self.marks) == len(MARKS):
            return self
        inside = 0.0 <= x <= picture.width and 0.0 <= y <= picture.height
        return replace(self, marks=(*self.marks, (x, y))) if inside else self

    def begun(self) -> "PhotoImportState":
        """The face that is chosen or marked is being reconstructed.

        One that was marked stands beside those that were found, should this be cancelled.

        Raises:
            InputError: the marks lie in one place.
        """
        faces, chosen = self.faces, self.chosen
        if self.stage == "marking":
            faces, chosen = (*faces, face_of_marks(self.marks)), len(faces)
        begun = replace(self, stage="working", faces=faces, chosen=chosen, marks=())
        return replace(begun, fraction=0.0, text="")


def face_of_marks(marks: Marks) -> "FoundFace":
    """The face that five clicks say, with a box as a detector would draw it.

    Left and right may be confused: eyes and mouth are put in the order that shows a face from the
    front, not from inside.

    Raises:
        InputError: the clicks lie in one place.
    """
    from engine.errors import InputError
    from engine.photo.reconstruction import FoundFace

    points = np.array(marks, np.float64)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    down = mouth - eyes
    size = float(max(np.hypot(*down), np.hypot(*(points[1] - points[0]))))
    if size < 2.0:
        raise InputError("The marks lie in one place. Zoom in and mark eyes, nose and mouth apart.")
    for first, second in ((0, 1), (3, 4)):
        if _cross(points[second] - points[first], down) < 0.0:
            points[[first, second]] = points[[second, first]]
    # Of a detector's box, the eyes are about 0.4 of its height above the mouth.
    centre, half = (eyes + mouth) / 2.0, np.array([1.05, 1.3]) * size
    return FoundFace(np.concatenate([centre - half, centre + half]), points, 1.0)


def _cross(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float(first[0] * second[1] - first[1] * second[0])
