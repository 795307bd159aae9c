"""The real file dialog: what it asks before a file is replaced."""

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.prompts import Prompts


class Person:
    """Types a name into the dialog that is open, and answers No to what it asks."""

    def __init__(self, name: str, filter_text: str | None = None) -> None:
        self.asked: list[str] = []
        self._name, self._filter = name, filter_text
        # A lambda keeps this alive until then.
        QTimer.singleShot(50, lambda: self._type())

    def _type(self) -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        if self._filter is not None:
            dialog.selectNameFilter(self._filter)
            dialog.filterSelected.emit(self._filter)
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(line, QLineEdit)
        line.setText(self._name)
        QTimer.singleShot(50, lambda: self._answer())
        dialog.accept()

    def _answer(self) -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            self.asked.append(box.text())
            box.button(QMessageBox.StandardButton.No).click()
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, QFileDialog)
            dialog.reject()


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_a_name_without_suffix_gets_the_filters(parent: QWidget, tmp_path: Path) -> None:
    Person("head")
    chosen = Prompts().ask_export(parent, tmp_path / "face.glb", "GLB (*.glb)")
    assert chosen == tmp_path / "head.glb"
    Person("head", "STL (*.stl)")
    chosen = Prompts().ask_export(parent, tmp_path / "face.glb", "GLB (*.glb);;STL (*.stl)")
    assert chosen == tmp_path / "head.stl"


def test_the_completed_name_is_asked_about(parent: QWidget, tmp_path: Path) -> None:
    (tmp_path / "head.glb").write_bytes(b"precious")
    person = Person("head")
    assert Prompts().ask_export(parent, tmp_path / "face.glb", "GLB (*.glb)") is None
    assert len(person.asked) == 1
    assert "head.glb" in person.asked[0]


@pytest.mark.parametrize(("button", "wanted"), [("Replace", True), ("Cancel", False)])
def test_files_beside_are_asked_about_by_name(
    parent: QWidget, tmp_path: Path, button: str, wanted: bool
) -> None:
    texts: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        texts.append(box.informativeText())
        named = [one for one in box.findChildren(QPushButton) if button in one.text()]
        named[0].click()

    files = [tmp_path / f"head-{number}.obj" for number in range(9)]
    QTimer.singleShot(50, answer)
    assert Prompts().ask_replace(parent, files) is wanted
    assert "head-0.obj" in texts[0]
    assert "and 3 more" in texts[0]
    assert Prompts().ask_replace(parent, [])
