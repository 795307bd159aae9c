"""The meshes and measurements that were made, and the work on those that are missing."""

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.comparison.items import ComparedItem, ScanSource
from app.comparison.measuring import Loaded, LoadItem, MeasurePair, Measurer, Outcome, PairKey
from app.comparison.surface_files import NamedSurface
from app.jobs import JobRunner
from app.session import Session
from engine.errors import LineamentError


class Measurements(QObject):
    """Keeps what a runner made, one thing at a time.

    Signals:
        arrived: a `Loaded` or an `Outcome`; it may tell of a failure.
        busy_changed: whether something is loaded or measured, and a text.
        said: level and text for the message bar.
    """

    arrived = Signal(object)
    busy_changed = Signal(bool, str)
    said = Signal(str, str)

    def __init__(self, session: Session, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._loaded: dict[object, Loaded] = {}
        self._outcomes: dict[PairKey, Outcome] = {}
        self._measurer: Measurer | None = None
        runner.finished.connect(self._keep)
        runner.failed.connect(self._fail)
        runner.progressed.connect(self._tell_progress)
        runner.busy_changed.connect(self._tell_busy)

    def loaded_of(self, item: ComparedItem) -> Loaded | None:
        return self._loaded.get(_cache_key(item))

    def outcome_of(self, pair: PairKey) -> Outcome | None:
        return self._outcomes.get(pair)

    def request_missing(self, items: Iterable[ComparedItem], pairs: Iterable[PairKey]) -> None:
        """Ask for the first that is missing, a mesh before a measurement."""
        if self._runner.busy:
            return
        for item in items:
            if self.loaded_of(item) is None:
                self._runner.request(LoadItem(item, self._session.model))
                return
        for pair in pairs:
            if pair not in self._outcomes:
                if self._measurer is None:
                    self._measurer = Measurer(self._session.model)
                self._runner.request(MeasurePair(pair, self._measurer))
                return

    def cancel(self) -> None:
        """Leave what is under way."""
        self._runner.cancel()

    def replace_surface(self, item: ComparedItem, surface: NamedSurface) -> bool:
        """Take another mesh of an item; False where there was none."""
        loaded = self.loaded_of(item)
        if loaded is None:
            return False
        self._loaded[_cache_key(item)] = replace(loaded, surface=surface)
        return True

    def forget(self, item: ComparedItem) -> None:
        """Let the mesh of an item be made anew."""
        self._loaded.pop(_cache_key(item), None)

    def keep_only(self, items: Iterable[ComparedItem]) -> None:
        """Forget meshes of other items, and measurements of meshes that are forgotten."""
        keys = {_cache_key(item) for item in items}
        self._loaded = {key: loaded for key, loaded in self._loaded.items() if key in keys}
        alive = {id(loaded.surface) for loaded in self._loaded.values()}
        self._outcomes = {
            key: outcome
            for key, outcome in self._outcomes.items()
            if id(key.surface) in alive and id(key.reference) in alive
        }

    def _keep(self, result: object) -> None:
        if isinstance(result, Loaded):
            self._loaded[_cache_key(result.item)] = result
            for note in result.surface.notes if result.surface is not None else ():
                self.said.emit("info", f"{result.item.name}: {note}")
            name = result.item.name
        elif isinstance(result, Outcome):
            self._outcomes[result.key] = result
            name = result.key.surface.name
        else:
            return
        if result.error is not None:
            self.said.emit("error", f"{name}: {result.error}")
        self.arrived.emit(result)

    @Slot(float, str)
    def _tell_progress(self, share: float, text: str) -> None:
        del share
        self.busy_changed.emit(True, text)

    @Slot(bool)
    def _tell_busy(self, busy: bool) -> None:
        self.busy_changed.emit(busy, "")

    def _fail(self, error: LineamentError) -> None:
        self.said.emit("error", str(error))


def _cache_key(item: ComparedItem) -> object:
    source = item.source
    if isinstance(source, ScanSource):
        return id(source.mesh), id(source.alignment)
    return source
