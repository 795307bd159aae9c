"""A photo's face by the published networks, as frozen values; no Qt here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.photo.source import MethodChoice, PhotoSource
from engine.errors import Cancelled, LineamentError
from engine.geometry.mesh import Mesh
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress
from engine.project.document import NamedFace
from engine.project.named_photo import NamedPhoto

if TYPE_CHECKING:
    from engine.photo.reconstruction import Reconstruction


@dataclass(frozen=True, slots=True, eq=False)
class RunMethods:
    """Reconstruct a photo's face by several methods, one after the other.

    Attributes:
        face: of the document that the photo shows, None if there is none.
    """

    source: PhotoSource
    model: FaceModel
    photo: NamedPhoto
    face: NamedFace | None
    choices: tuple[MethodChoice, ...]

    def __call__(self, cancel: CancelToken, progress: Progress) -> "MethodsRun":
        from engine.photo.reconstruction import PhotoFace

        code = self.model.mean_code() if self.face is None else self.face.code
        reference = self.model.template.with_vertices(self.model.template_surface(code, cancel))
        given = PhotoFace(self.photo.pixels, self.photo.found)
        made: list[MadeMesh] = []
        errors: list[str] = []
        for number, choice in enumerate(self.choices):
            cancel.check()
            report = _share(progress, number, len(self.choices), choice.title)
            report(0.0, "")
            try:
                method = self.source.method(choice.name, self.model)
                made.append(MadeMesh(choice, method.reconstruct(given, cancel, report)))
            except Cancelled:
                raise
            except LineamentError as error:
                errors.append(str(error))  # one method that fails never stops the rest
        return MethodsRun(self.photo, self.face, reference, tuple(made), tuple(errors))


@dataclass(frozen=True, slots=True, eq=False)
class MadeMesh:
    """What one method made."""

    choice: MethodChoice
    result: "Reconstruction"

    def stage(self, step: int, steps: int) -> Mesh:
        """The mesh after `step` of `steps`, where methods have different numbers of stages."""
        count = len(self.result.stages)
        return self.result.stages[max(0, -(-step * count // steps) - 1)]


@dataclass(frozen=True, slots=True, eq=False)
class MethodsRun:
    """The outcome of `RunMethods`.

    Attributes:
        reference: the face of the document, or the mean one.
        errors: of the methods that failed.
    """

    photo: NamedPhoto
    face: NamedFace | None
    reference: Mesh
    made: tuple[MadeMesh, ...]
    errors: tuple[str, ...]

    @property
    def steps(self) -> int:
        """Of the method with the most stages."""
        return max((len(mesh.result.stages) for mesh in self.made), default=1)

    @property
    def reference_name(self) -> str:
        return "Mean face" if self.face is None else self.face.name


def _share(progress: Progress, number: int, count: int, title: str) -> Callable[[float, str], None]:
    def report(fraction: float, text: str) -> None:
        progress((number + fraction) / count, f"{title}: {text}" if text else title)

    return report
