"""Rows are made when they are needed."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.panels.direction_row import DirectionRow
from app.panels.part_section import FIRST_ROWS, PartSection
from app.window import MainWindow
from engine.models.protocol import Direction, FaceCode, PartInfo
from tests.app.conftest import MakeWindow
from tests.synthetic_model import SIZES, SyntheticModel


class ManyDirections(SyntheticModel):
    """A model whose head has 300 directions, most of which move nothing."""

    @property
    def parts(self):
        names = tuple(Direction(f"Shape {k}", -3.0, 3.0, 1.0) for k in range(300))
        return tuple(
            PartInfo(part.name, names) if part.name == "head" else part for part in super().parts
        )

    def mean_code(self):
        return replace(super().mean_code(), head=np.zeros(300, np.float32))

    def preview(self, code):
        return super().preview(_known(code))

    def template_surface(self, code, cancel=None):
        return super().template_surface(_known(code), cancel)

    def tangent(self, part, index):
        if part == "head" and index >= SIZES["head"]:
            return np.zeros_like(self.template.vertices)
        return super().tangent(part, index)

    def eyes(self, code):
        return super().eyes(_known(code))


def _known(code: FaceCode) -> FaceCode:
    return replace(code, head=code.head[: SIZES["head"]])


def rows_of(section: PartSection) -> list[DirectionRow]:
    return [row for row in section.findChildren(DirectionRow) if not row.isHidden()]


def test_closed_cards_have_no_rows(window: MainWindow) -> None:
    assert len(rows_of(window.panel.sections["nose"])) == FIRST_ROWS
    assert len(window.panel.sections["head"].findChildren(DirectionRow)) == 0


def test_three_hundred_rows_come_in_batches(make_window: MakeWindow, qtbot: QtBot) -> None:
    window = make_window(model=ManyDirections())
    section = window.panel.reveal("head")
    assert len(rows_of(section)) == FIRST_ROWS
    qtbot.mouseClick(section.more, Qt.MouseButton.LeftButton)
    assert len(rows_of(section)) < 60
    qtbot.waitUntil(lambda: len(rows_of(section)) == 300, timeout=20_000)
    names = [row.name.text() for row in sorted(rows_of(section), key=lambda row: row.y())]
    assert names[:3] == ["Shape 0", "Shape 1", "Shape 2"]
    qtbot.mouseClick(section.more, Qt.MouseButton.LeftButton)
    assert len(rows_of(section)) == FIRST_ROWS


def test_the_filter_finds_expressions_by_words(window: MainWindow) -> None:
    section = window.panel.reveal("expression")
    section.filter.setText("left smi")
    assert [row.direction.name for row in rows_of(section)] == ["Smile left"]
    section.filter.setText("nothing like it")
    assert rows_of(section) == []
    section.filter.setText("")
    assert len(rows_of(section)) == 8


def test_rows_made_late_show_the_present_value(window: MainWindow) -> None:
    window.commands.set_value("mouth", 4, 1.5)
    row = window.panel.reveal("mouth").row(4)
    assert row.slider.amount == 1.5
    assert row.box.value() == 1.5


def test_everything_has_an_accessible_name(window: MainWindow) -> None:
    row = window.panel.reveal("nose").row(0)
    assert row.slider.accessibleName() == "Nose 1"
    assert row.box.accessibleName() == "Nose 1 value"
    header = window.panel.sections["nose"].header
    assert [header.lock.accessibleName(), header.random.accessibleName()] == [
        "Lock nose",
        "Random nose",
    ]
