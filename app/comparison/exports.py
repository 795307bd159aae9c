"""What the comparison window writes: tables, curves and values."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from app.comparison.comparison import Comparison, require_measured
from app.prompts import Prompts
from app.settings import Settings
from engine.errors import InputError, LineamentError
from engine.evaluation.curves import CumulativeCurve
from engine.evaluation.plots import save_curves
from engine.evaluation.tables import pairs_table, write_bytes, write_table
from engine.evaluation.values_file import write_values

TABLE_FILTER = "CSV (*.csv);;Markdown (*.md);;LaTeX (*.tex);;JSON (*.json)"
CURVES_FILTER = "SVG (*.svg);;PDF (*.pdf);;PNG (*.png)"
VALUES_FILTER = "PLY with values (*.ply);;CSV (*.csv);;NumPy (*.npz)"


class ComparisonExports(QObject):
    """Asks for a file and writes it.

    Signals:
        said: level and text for the message bar.
    """

    said = Signal(str, str)

    def __init__(
        self, comparison: Comparison, prompts: Prompts, settings: Settings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._comparison, self._prompts, self._settings, self._window = (
            comparison,
            prompts,
            settings,
            parent,
        )

    def curves(self) -> dict[str, CumulativeCurve]:
        """The curve of each surface that is shown, by a name of its own."""
        found: dict[str, CumulativeCurve] = {}
        for item, measured in self._comparison.all_measured():
            name, number = item.name, 2
            while name in found:
                name, number = f"{item.name} ({number})", number + 1
            found[name] = measured.comparison.report.whole.curve
        return found

    def save_table(self) -> None:
        def write(path: Path) -> None:
            pairs = [m.comparison for _, m in require_measured(self._comparison)]
            by_region = any(pair.report.regions for pair in pairs)
            write_table(pairs_table(pairs, by_region), path)

        self._save("figures.csv", TABLE_FILTER, write)

    def save_curves(self) -> None:
        self._save("curves.svg", CURVES_FILTER, lambda path: save_curves(self.curves(), path))

    def save_picture(self, picture: QImage) -> None:
        """A picture of the window's views."""

        def write(path: Path) -> None:
            content = QBuffer()
            content.open(QBuffer.OpenModeFlag.WriteOnly)
            picture.save(content, "PNG")  # type: ignore[call-overload]
            write_bytes(path, bytes(content.data().data()))

        self._save("comparison.png", "PNG (*.png)", write)

    def save_values(self) -> None:
        """The values of the current surface, where its alignment took it."""

        def write(path: Path) -> None:
            comparison = self._comparison
            measured = comparison.measured_of(comparison.current)
            if measured is None:
                raise InputError("No surface is measured yet, so there are no values to write.")
            fields = {str(kind): field for kind, field in measured.fields.items()}
            colors = comparison.colors_of(comparison.current)
            write_values(path, measured.drawable.mesh, fields, colors)

        self._save("values.ply", VALUES_FILTER, write)

    def _save(self, name: str, filter_text: str, write: Callable[[Path], None]) -> None:
        path = self._prompts.ask_export(self._window, self._settings.folder / name, filter_text)
        if path is None:
            return
        if not path.suffix:
            path = path.with_suffix(Path(name).suffix)
        try:
            write(path)
        except LineamentError as error:
            self.said.emit("error", str(error))
        else:
            self.said.emit("done", f"Written: {path}")
