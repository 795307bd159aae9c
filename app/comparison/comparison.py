"""What is compared with what and how it is coloured: the state behind the comparison window."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.comparison.first_choice import likely_reference, likely_shown
from app.comparison.heat_choice import HeatChoice
from app.comparison.items import ComparedItem, document_items, file_item
from app.comparison.measurements import Measurements
from app.comparison.measuring import AlignChoice, Drawable, Loaded, Measured, Outcome, PairKey
from app.comparison.surface_files import NamedSurface
from app.jobs import JobRunner
from app.session import Session
from engine.errors import InputError
from engine.evaluation.fields import ScalarField
from engine.evaluation.heat import HeatStyle

MOST_SHOWN = 4
REST_MS = 400
"""A slider that moves is not measured; the face it leaves is."""

Layout = Literal["grid", "wipe", "blink", "overlay"]


class Comparison(QObject):
    """What is chosen of the document and of files, and what is known of it.

    Signals:
        items_changed: the list, the reference, what is shown or how it is aligned.
        measured: another mesh or measurement is there, or one failed.
        heat_changed: colours only; nothing has to be measured.
        busy_changed: whether something is loaded or measured, and a text.
        said: level and text for the message bar.
    """

    items_changed = Signal()
    measured = Signal()
    heat_changed = Signal()
    busy_changed = Signal(bool, str)
    said = Signal(str, str)

    def __init__(self, session: Session, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._made = Measurements(session, runner, self)
        self._files: tuple[ComparedItem, ...] = ()
        self._aligns: dict[str, AlignChoice] = {}
        self.items: tuple[ComparedItem, ...] = ()
        self.reference: str | None = None
        self.shown: tuple[str, ...] = ()
        self.current: str | None = None
        self.heat = HeatChoice()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.refresh)
        self._active = False
        session.code_changed.connect(self._wait_for_rest)
        session.items_changed.connect(self._wait_for_rest)
        session.opened.connect(self._wait_for_rest)
        self._made.arrived.connect(self._take)
        self._made.busy_changed.connect(self.busy_changed)
        self._made.said.connect(self.said)

    # What there is

    @property
    def is_open(self) -> bool:
        """Whether it follows the document, for its window is seen or about to be."""
        return self._active

    def open(self) -> None:
        """Begin to follow the document."""
        self._active = True
        self.refresh()

    def close(self) -> None:
        """Measure no more until `open`."""
        self._active = False
        self._rest.stop()
        self._made.cancel()

    def refresh(self) -> None:
        """Take over the document's faces and scans as they are now."""
        if not self._active or not self._session.ready:
            return
        document = self._session.state.document
        self.items = (*document_items(document), *self._files)
        keys = [item.key for item in self.items]
        self.shown = tuple(key for key in self.shown if key in keys)
        if self.reference not in keys:
            self.reference = likely_reference(self.items, self._session.state).key
        if not self.shown:
            self.shown = likely_shown(self.items, self.reference, document)
        if self.current not in self.shown:
            self.current = self.shown[0] if self.shown else None
        self.items_changed.emit()
        self._advance()

    def item(self, key: str | None) -> ComparedItem | None:
        return next((item for item in self.items if item.key == key), None)

    def surface_of(self, key: str | None) -> NamedSurface | None:
        loaded = self._loaded_of(key)
        return None if loaded is None else loaded.surface

    def drawable_of(self, key: str | None) -> Drawable | None:
        """The surface as it lies, without any alignment."""
        loaded = self._loaded_of(key)
        return None if loaded is None else loaded.drawable

    def measured_of(self, key: str | None) -> Measured | None:
        outcome = self._outcome_of(key)
        return None if outcome is None else outcome.measured

    def error_of(self, key: str | None) -> str | None:
        """Why an item is not measured."""
        loaded = self._loaded_of(key)
        if loaded is not None and loaded.error is not None:
            return loaded.error
        outcome = self._outcome_of(key)
        return None if outcome is None else outcome.error

    def align_of(self, key: str) -> AlignChoice:
        return self._aligns.get(key, AlignChoice())

    def all_measured(self) -> list[tuple[ComparedItem, Measured]]:
        """What is shown and measured, in the order of the list."""
        return [
            (item, measured)
            for item in self.items
            if item.key in self.shown and (measured := self.measured_of(item.key)) is not None
        ]

    # What the user decides

    def add_files(self, paths: Sequence[Path]) -> None:
        known = {item.key for item in self._files}
        fresh = [file_item(path) for path in paths if str(path) not in known]
        self._files = (*self._files, *fresh)
        room = MOST_SHOWN - len(self.shown)
        self.shown = (*self.shown, *(item.key for item in fresh[: max(room, 0)]))
        self.refresh()

    def show_meshes(
        self,
        reference: ComparedItem,
        others: Sequence[ComparedItem],
        align: AlignChoice | None = None,
    ) -> None:
        """Add meshes that a tool made, and show the others, aligned, against the reference."""
        fresh = (reference, *others)
        if align is not None:
            self._aligns.update({item.key: align for item in others})
        keys = {item.key for item in fresh}
        self._files = (*(item for item in self._files if item.key not in keys), *fresh)
        self.reference = reference.key
        self.shown = tuple(item.key for item in others)[:MOST_SHOWN]
        self.current = None
        if self._active:
            self.refresh()

    def remove_file(self, key: str) -> None:
        self._files = tuple(item for item in self._files if item.key != key)
        self.refresh()

    def set_reference(self, key: str) -> None:
        if key == self.reference:
            return
        before, self.reference = self.reference, key
        self.shown = tuple(k for k in self.shown if k != key)
        if not self.shown and before is not None:
            self.shown = (before,)
        self.current = self.shown[0] if self.shown else None
        self.items_changed.emit()
        self._advance()

    def set_shown(self, key: str, shown: bool) -> None:
        if shown and key not in self.shown and key != self.reference:
            if len(self.shown) >= MOST_SHOWN:
                self.said.emit("info", f"Up to {MOST_SHOWN} surfaces are shown. Hide one first.")
                self.items_changed.emit()
                return
            chosen = {*self.shown, key}
            self.shown = tuple(item.key for item in self.items if item.key in chosen)
        elif not shown:
            self.shown = tuple(k for k in self.shown if k != key)
        if self.current not in self.shown:
            self.current = self.shown[0] if self.shown else None
        self.items_changed.emit()
        self._advance()

    def replace_surface(self, key: str, surface: NamedSurface) -> None:
        """Take another mesh of the same item, such as one with painted regions."""
        item = self.item(key)
        if item is not None and self._made.replace_surface(item, surface):
            self.measured.emit()
            self._advance()

    def reload(self, key: str) -> None:
        """Make the mesh of an item anew."""
        item = self.item(key)
        if item is not None:
            self._made.forget(item)
            self.measured.emit()
            self._advance()

    def set_current(self, key: str) -> None:
        if key in self.shown and key != self.current:
            self.current = key
            self.heat = replace(self.heat, brush=None)
            self.items_changed.emit()

    def set_align(self, key: str, choice: AlignChoice) -> None:
        if self.align_of(key) != choice:
            self._aligns[key] = choice
            self.items_changed.emit()
            self._advance()

    def set_heat(self, heat: HeatChoice) -> None:
        """Colour in another way; nothing is measured again."""
        if heat != self.heat:
            if heat.kind != self.heat.kind:
                heat = replace(heat, brush=None)
            self.heat = heat
            self.heat_changed.emit()

    # Colours

    def field_of(self, key: str | None) -> ScalarField | None:
        """The values that are shown of an item, where they could be measured."""
        measured = self.measured_of(key)
        return None if measured is None else measured.fields.get(self.heat.kind)

    def style(self) -> HeatStyle:
        """The colours of all that is shown: one range, so that surfaces can be compared."""
        fields = [field for key in self.shown if (field := self.field_of(key)) is not None]
        return self.heat.style(fields)

    def colors_of(self, key: str | None) -> NDArray[np.uint8] | None:
        """Colours `(V, 3)` of an item's heatmap, brushed; None where it is not measured."""
        field = self.field_of(key)
        if field is None:
            return None
        colors = self.style().paint(field)
        return self.heat.brushed(colors, field.values) if key == self.current else colors

    # Work

    def _loaded_of(self, key: str | None) -> Loaded | None:
        item = self.item(key)
        return None if item is None else self._made.loaded_of(item)

    def _outcome_of(self, key: str | None) -> Outcome | None:
        pair = self._pair(key)
        return None if pair is None else self._made.outcome_of(pair)

    def _pair(self, key: str | None) -> PairKey | None:
        surface, reference = self.surface_of(key), self.surface_of(self.reference)
        if key is None or surface is None or reference is None or key == self.reference:
            return None
        return PairKey(surface, reference, self.align_of(key))

    def _advance(self) -> None:
        """Ask for the next thing that is missing."""
        if self._active:
            items = [self.item(key) for key in (self.reference, *self.shown)]
            pairs = [self._pair(key) for key in self.shown]
            self._made.request_missing(
                [item for item in items if item is not None],
                [pair for pair in pairs if pair is not None],
            )

    def _take(self, result: Loaded | Outcome) -> None:
        if isinstance(result, Loaded):
            self._made.keep_only(self.items)
        self.measured.emit()
        self._advance()

    @Slot()
    def _wait_for_rest(self) -> None:
        if self._active:
            self._rest.start()


def require_measured(comparison: Comparison) -> list[tuple[ComparedItem, Measured]]:
    """What is shown and measured.

    Raises:
        InputError: nothing is.
    """
    found = comparison.all_measured()
    if not found:
        raise InputError("Nothing is measured yet. Choose a reference and a surface to compare.")
    return found
