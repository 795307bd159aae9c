"""What the window remembers between starts."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.theme import CHOICES, ThemeChoice

MOST_RECENT = 8


class Settings:
    """Typed access to a `QSettings`; a damaged value reads as its default."""

    def __init__(self, store: QSettings) -> None:
        self._store = store

    @classmethod
    def of_user(cls) -> "Settings":
        """The user's own."""
        return cls(QSettings("Lineament", "Lineament"))

    @classmethod
    def in_file(cls, path: Path) -> "Settings":
        """Those in an INI file."""
        return cls(QSettings(str(path), QSettings.Format.IniFormat))

    @property
    def theme(self) -> ThemeChoice:
        choice = self._text("theme", "system")
        return choice if choice in CHOICES else "system"

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._store.setValue("theme", choice)

    @property
    def skin(self) -> bool:
        return self._text("skin", "true") == "true"

    @skin.setter
    def skin(self, skin: bool) -> None:
        self._store.setValue("skin", "true" if skin else "false")

    @property
    def geometry(self) -> QByteArray:
        return self._bytes("geometry")

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)

    @property
    def layout(self) -> QByteArray:
        return self._bytes("layout")

    @layout.setter
    def layout(self, value: QByteArray) -> None:
        self._store.setValue("layout", value)

    @property
    def open_parts(self) -> tuple[str, ...] | None:
        """The parts whose cards were open; None at the first start."""
        text = self._text("open_parts", "unknown")
        return None if text == "unknown" else tuple(text.split())

    @open_parts.setter
    def open_parts(self, parts: tuple[str, ...]) -> None:
        self._store.setValue("open_parts", " ".join(parts))

    @property
    def recent_files(self) -> tuple[Path, ...]:
        return tuple(Path(line) for line in self._text("recent_files", "").split("\n") if line)

    def add_recent_file(self, path: Path) -> None:
        """Put `path` first."""
        others = [other for other in self.recent_files if other != path]
        self._keep_recent([path, *others])

    def remove_recent_file(self, path: Path) -> None:
        self._keep_recent([other for other in self.recent_files if other != path])

    @property
    def folder(self) -> Path:
        """Where the last file dialog was."""
        folder = Path(self._text("folder", str(Path.home())))
        return folder if folder.is_dir() else Path.home()

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._store.setValue("folder", str(folder))

    def export_choice(self, name: str, default: str) -> str:
        """What was last chosen for `name` in the export dialog."""
        return self._text(f"export/{name}", default)

    def set_export_choice(self, name: str, value: str) -> None:
        self._store.setValue(f"export/{name}", value)

    @property
    def spiral_weights(self) -> Path | None:
        """The user's own spiral autoencoder; None for the shipped one or if it is gone."""
        text = self._text("spiral_weights", "")
        return Path(text) if text and Path(text).is_file() else None

    @spiral_weights.setter
    def spiral_weights(self, file: Path | None) -> None:
        self._store.setValue("spiral_weights", "" if file is None else str(file.absolute()))

    def sync(self) -> None:
        """Write to disk now."""
        self._store.sync()

    def _keep_recent(self, paths: list[Path]) -> None:
        self._store.setValue("recent_files", "\n".join(str(p) for p in paths[:MOST_RECENT]))

    def _text(self, key: str, default: str) -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()
