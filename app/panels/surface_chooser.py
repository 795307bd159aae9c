"""Which surface is shown: the template, or the free one at a resolution."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.panels.choice_box import ChoiceBox
from app.session import Session
from engine.project.document import ViewSettings

RESOLUTIONS = (64, 96, 128, 192, 256, 384, 512)


class SurfaceChooser(ChoiceBox):
    """Shows and sets the session's topology and resolution."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setAccessibleName("Surface")
        self.setToolTip(
            "Template: the same vertices for every face, follows the sliders best.\n"
            "Free: the model's own surface, at a resolution."
        )
        self.setSizeAdjustPolicy(ChoiceBox.SizeAdjustPolicy.AdjustToContents)
        self.addItem("Template surface", None)
        for resolution in RESOLUTIONS:
            self.addItem(f"Free surface {resolution}³", resolution)
        self.setEnabled(False)
        self.activated.connect(self._choose)
        session.opened.connect(self._show)
        session.view_changed.connect(lambda _change: self._show())

    def _choose(self, index: int) -> None:
        view = self._session.state.view
        resolution = self.itemData(index, Qt.ItemDataRole.UserRole)
        if resolution is None:
            self._session.set_view(replace(view, topology="template"))
        else:
            self._session.set_view(replace(view, topology="free", resolution=int(resolution)))

    def _show(self) -> None:
        self.setEnabled(True)
        self.setCurrentIndex(_index_of(self._session.state.view))


def _index_of(view: ViewSettings) -> int:
    if view.topology == "template":
        return 0
    distances = [abs(resolution - view.resolution) for resolution in RESOLUTIONS]
    return 1 + distances.index(min(distances))
