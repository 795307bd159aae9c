"""Everything the window shows, as frozen state; no Qt here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.models.protocol import FaceCode, FaceModel
from engine.project.document import Document, ViewSettings, new_document
from engine.project.items import ItemRef


@dataclass(frozen=True, slots=True)
class EditorState:
    """Everything the window shows.

    Attributes:
        document: the faces, which one is edited, and the view that is saved with them.
        path: the document's file, None before the first save.
        dirty: there is work that is not in the file.
        active_part: the part whose panel has the keyboard, if any.
        hovered_part: the part whose panel is under the mouse, if any.
        moving: a hand is on a slider.
        skin: the face has its natural colours, not those of clay.
        spread: visible items stand side by side, not in one place.
        scan, photo: index of what is chosen in the outliner, None if it is of another kind.
    """

    document: Document
    path: Path | None = None
    dirty: bool = False
    active_part: str | None = None
    hovered_part: str | None = None
    moving: bool = False
    skin: bool = True
    spread: bool = False
    scan: int | None = None
    photo: int | None = None

    @property
    def code(self) -> FaceCode:
        return self.document.face.code

    @property
    def view(self) -> ViewSettings:
        return self.document.view

    @property
    def locks(self) -> frozenset[str]:
        return frozenset(self.view.locked)

    @property
    def selected(self) -> ItemRef:
        """What the outliner's commands act on: a scan, a photo, or the active face."""
        if self.scan is not None:
            return ItemRef("scan", self.scan)
        if self.photo is not None:
            return ItemRef("photo", self.photo)
        return ItemRef("face", self.document.active)

    @property
    def highlight(self) -> str | None:
        """The part to highlight on the face."""
        return self.hovered_part or self.active_part

    @property
    def title(self) -> str:
        """The document's name for people."""
        return self.path.stem if self.path is not None else "Untitled"

    def with_items(self, document: Document) -> "EditorState":
        """All items and the active face from `document`; what is new is chosen, or the same."""
        scan = self._scan_in(document)
        return replace(self, document=document, scan=scan, photo=self._photo_in(document))

    def _scan_in(self, after: Document) -> int | None:
        """Which scan is chosen when the items become those of `after`: a new one, or the same."""
        known = [scan.mesh for scan in self.document.scans]
        return self._chosen_in(after, self.scan, known, [scan.mesh for scan in after.scans])

    def _photo_in(self, after: Document) -> int | None:
        """Which photo is chosen then; a new one comes with its face, which is chosen instead."""
        if len(after.faces) > len(self.document.faces):
            return None
        known = [photo.picture for photo in self.document.photos]
        return self._chosen_in(after, self.photo, known, [photo.picture for photo in after.photos])

    def _chosen_in(
        self, after: Document, chosen: int | None, known: Sequence[object], now: Sequence[object]
    ) -> int | None:
        """The place in `now` of what is new or chosen of `known`; things are themselves only."""
        if after.active != self.document.active:
            return None
        for index, thing in enumerate(now):
            if not any(thing is other for other in known):
                return index
        if chosen is None:
            return None
        places = [index for index, thing in enumerate(now) if thing is known[chosen]]
        return places[0] if places else None


@dataclass(frozen=True, slots=True)
class ViewChange:
    """How the face was shown, and how it is now."""

    before: ViewSettings
    after: ViewSettings
    skin_before: bool
    skin_after: bool


def fresh_document(model: FaceModel) -> Document:
    """The mean face on the fixed topology, the one that follows the hand best."""
    document = new_document(model)
    return replace(document, view=replace(document.view, topology="template"))
