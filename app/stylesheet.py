"""The style sheet of the window, from a theme's colours."""

from dataclasses import asdict
from string import Template

from app.theme import Theme

_SHEET = Template("""
* { outline: none; }
QMainWindow, QDialog { background: $window; }
QToolTip {
    background: $raised; color: $text; border: 1px solid $line; border-radius: 6px;
    padding: 5px 8px;
}

QMenuBar { background: $panel; color: $text; padding: 2px 6px; border-bottom: 1px solid $line; }
QMenuBar::item { background: transparent; padding: 5px 10px; border-radius: 6px; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $card; color: $text; border: 1px solid $line; padding: 6px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: 6px 8px; }
QMenu::icon { padding-left: 8px; }

QToolBar {
    background: $panel; border: none; border-bottom: 1px solid $line; padding: 5px 8px;
    spacing: 3px;
}
QToolBar::separator { background: $line; width: 1px; margin: 5px 7px; }
QToolButton {
    background: transparent; color: $text; border: 1px solid transparent; border-radius: 7px;
    padding: 5px;
}
QToolButton:hover { background: $raised; }
QToolButton:pressed { background: $line; }
QToolButton:checked { background: $raised; border-color: $accent; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faint; }
QToolButton::menu-indicator { image: none; }
/* What has no room in a tool bar: a narrow button, whose arrow the padding would hide. */
#qt_toolbar_ext_button { background: $raised; padding: 0; border: 1px solid $line; }

QPushButton {
    background: $raised; color: $text; border: 1px solid $line; border-radius: 7px;
    padding: 6px 14px;
}
QPushButton:hover { border-color: $faint; }
QPushButton:pressed { background: $line; }
QPushButton:checked { border-color: $accent; color: $accent; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faint; }
QPushButton:default, QPushButton#primary {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QPushButton:default:hover, QPushButton#primary:hover { background: $accent_hover; }
QPushButton#primary:disabled, QPushButton:default:disabled {
    background: $groove; border-color: $groove; color: $faint;
}
QPushButton#link {
    background: transparent; border: 1px solid transparent; color: $accent; padding: 4px 8px;
}
QPushButton#link:hover { background: $raised; }
QPushButton#link:focus { border-color: $accent; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $window; color: $text; border: 1px solid $line; border-radius: 6px;
    padding: 3px 7px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover { border-color: $faint; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border-color: $accent; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
    color: $faint;
}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
    width: 0; border: none;
}
QSpinBox QLineEdit, QDoubleSpinBox QLineEdit {
    background: transparent; border: none; padding: 0 5px;
}
QDoubleSpinBox#value {
    background: transparent; border-color: transparent; color: $muted; padding: 2px 4px;
}
QDoubleSpinBox#value[moved="true"] { color: $text; }
QDoubleSpinBox#value:hover { border-color: $line; background: $window; }
QDoubleSpinBox#value:focus { border-color: $accent; background: $window; color: $text; }
QComboBox { padding-right: 20px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView {
    background: $card; color: $text; border: 1px solid $line; padding: 4px;
    selection-background-color: $accent; selection-color: $on_accent;
}

QDockWidget { color: $muted; }
QDockWidget > QWidget { background: $panel; }
QScrollArea, QWidget#panel, QWidget#panelBody { background: $panel; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar::handle:vertical { background: $groove; border-radius: 3px; min-height: 36px; }
QScrollBar::handle:vertical:hover { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; width: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QFrame#card { background: $card; border: 1px solid $line; border-radius: 10px; }
QFrame#card[active="true"] { border-color: $faint; }
QFrame#globalCard { background: $card; border: 1px solid $line; border-radius: 10px; }
QLabel#sectionTitle { color: $text; font-weight: 600; }
QPushButton#sectionTitle {
    color: $text; font-weight: 600; background: transparent; border: 1px solid transparent;
    text-align: left; padding: 4px 2px; border-radius: 6px;
}
QPushButton#sectionTitle:focus { border-color: $accent; }
QListWidget#partOrder {
    background: $window; color: $text; border: 1px solid $line; border-radius: 6px;
}
QListWidget#partOrder::item:selected { background: $raised; color: $text; }
QLabel#count { color: $muted; }
QLabel#rowName { color: $muted; }
QLabel#rowName[moved="true"] { color: $text; }
QLabel#rowName:hover { color: $accent; }
QLabel#hint { color: $muted; }
QLabel#heading { color: $text; font-size: 15pt; font-weight: 600; }

QFrame#message {
    background: $raised; border: none; border-bottom: 1px solid $line;
    border-left: 4px solid $accent;
}
QFrame#message[level="error"] { border-left-color: $danger; }
QFrame#message[level="warning"] { border-left-color: $warning; }
QFrame#message[level="done"] { border-left-color: $good; }
QFrame#message QLabel { color: $text; background: transparent; }

QFrame#viewBar { background: $card; border: 1px solid $line; border-radius: 11px; }
QLabel#loading { color: $muted; font-size: 12pt; }
QWidget#stage { background: $window; }

QStatusBar { background: $panel; color: $muted; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $muted; padding: 2px 8px; }
QLabel#chip { border-radius: 8px; padding: 1px 9px; background: $raised; color: $muted; }
QLabel#chip[state="exact"] { color: $good; }
QLabel#chip[state="preview"] { color: $warning; }
QLabel#chip[state="working"] { color: $accent; }

QProgressBar {
    background: $groove; border: none; border-radius: 4px; height: 8px; text-align: center;
    color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QCheckBox, QRadioButton { color: $text; spacing: 8px; }
QCheckBox:disabled, QRadioButton:disabled { color: $faint; }
QSplitter::handle, QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QTreeView {
    background: $panel; color: $text; border: none; padding: 0 4px;
    selection-background-color: $raised; selection-color: $text; show-decoration-selected: 1;
}
QTreeView::item { height: 28px; }
QTreeView::item:hover { background: $card; }
QTreeView::item:selected { background: $raised; color: $text; }
QTreeView::branch:selected { background: $raised; }
QTreeView QLineEdit { padding: 0 3px; border-radius: 4px; }
QTableView, QTextBrowser {
    background: $card; border: 1px solid $line; border-radius: 8px; color: $text;
}
""")


def style_sheet(theme: Theme) -> str:
    """The sheet for `theme`."""
    return _SHEET.substitute(asdict(theme))
