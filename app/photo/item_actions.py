"""What the outliner's menu offers for photos and for the faces that were made from them."""

from collections.abc import Callable
from functools import partial

from app.commands import Commands
from app.panels.outliner_panel import ItemAction, OutlinerPanel
from app.photo.landmarks import LandmarkEditing
from app.photo.methods import MethodComparison
from app.photo.overlay import PhotoOverlay
from app.photo.photo_import import PhotoImport
from app.photo.source import MESH_METHODS
from app.photo.texturing import PhotoTexturing
from app.session import Session
from engine.project.document import Document
from engine.project.items import ItemRef, face_at, photo_at, photos_of, set_code


class PhotoItemActions:
    """Adds the entries and does what they say.

    Args:
        add_photos: asks for more photos of a face's person.
    """

    def __init__(
        self,
        session: Session,
        commands: Commands,
        photo_import: PhotoImport,
        overlay: PhotoOverlay,
        landmarks: LandmarkEditing,
        methods: MethodComparison,
        texturing: PhotoTexturing,
        add_photos: Callable[[int], object],
    ) -> None:
        self._session, self._commands = session, commands
        self._import, self._overlay, self._landmarks = photo_import, overlay, landmarks
        self._methods, self._texturing, self._add_photos = methods, texturing, add_photos

    def offer(self, outliner: OutlinerPanel) -> None:
        """Add the entries to the menus of photos and faces."""
        for action in (*self._of_photos(), *self._of_faces()):
            outliner.add_item_action(action)

    def _of_photos(self) -> tuple[ItemAction, ...]:
        return (
            ItemAction("photo", "Look through its camera\tP", self._look, self._is_posed),
            ItemAction("photo", "Move its landmarks…\tShift+P", self._open, self._is_posed),
            *(
                ItemAction(
                    "photo",
                    f"Reconstruct with {title}",
                    partial(self._run_method, name),
                    partial(self._has_method, name),
                )
                for name, title in MESH_METHODS
            ),
            ItemAction("photo", "Project onto its face", self._project, self._has_face),
            ItemAction("photo", "Same person as the edited face…", self._join, self._may_join),
            ItemAction("photo", "Take its expression", self._take_expression, self._may_take),
        )

    def _of_faces(self) -> tuple[ItemAction, ...]:
        return (
            ItemAction("face", "Project its photos onto it", self._project_all, self._has_photos),
            ItemAction("face", "Remove photo colours", self._unpaint, self._has_colours),
            ItemAction("face", "Add photos of the same person…", self._add, self._has_photos),
        )

    # Of a photo

    def _is_posed(self, ref: ItemRef) -> bool:
        return photo_at(self._document, ref.index).camera is not None

    def _has_face(self, ref: ItemRef) -> bool:
        return self._is_posed(ref) and photo_at(self._document, ref.index).face is not None

    def _look(self, ref: ItemRef) -> None:
        self._overlay.look_through(ref.index)

    def _open(self, ref: ItemRef) -> None:
        self._landmarks.open(ref.index)

    def _run_method(self, name: str, ref: ItemRef) -> None:
        self._methods.run(ref.index, (name,))

    def _has_method(self, name: str, ref: ItemRef) -> bool:
        del ref
        return name in [choice.name for choice in self._methods.choices()]

    def _project(self, ref: ItemRef) -> None:
        face = photo_at(self._document, ref.index).face
        if face is not None:
            self._texturing.project(face, (ref.index,))

    def _join(self, ref: ItemRef) -> None:
        self._import.begin_joining(ref.index)

    def _may_join(self, ref: ItemRef) -> bool:
        document = self._document
        other = photo_at(document, ref.index).face != document.active
        return other and bool(photos_of(document, document.active))

    def _may_take(self, ref: ItemRef) -> bool:
        return self._has_face(ref) and photo_at(self._document, ref.index).expression is not None

    def _take_expression(self, ref: ItemRef) -> None:
        """Give the face the expression that it has in a photo."""
        document = self._document
        photo = photo_at(document, ref.index)
        if photo.face is None or photo.expression is None:
            return
        code = document.faces[photo.face].code.with_part("expression", photo.expression)
        after = set_code(document, photo.face, code)
        self._commands.items.change(after, f"Expression of {photo.name}")
        self._overlay.look_through(ref.index)

    # Of a face

    def _has_photos(self, ref: ItemRef) -> bool:
        return bool(photos_of(self._document, ref.index))

    def _has_colours(self, ref: ItemRef) -> bool:
        return face_at(self._document, ref.index).texture is not None

    def _project_all(self, ref: ItemRef) -> None:
        self._texturing.project(ref.index, photos_of(self._document, ref.index))

    def _unpaint(self, ref: ItemRef) -> None:
        self._texturing.remove(ref.index)

    def _add(self, ref: ItemRef) -> None:
        self._add_photos(ref.index)

    @property
    def _document(self) -> Document:
        return self._session.state.document
