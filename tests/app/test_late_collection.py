"""Garbage is collected from the first exact surface on, without what is there then."""

import gc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.late_collection import LateCollection
from app.window import MainWindow


@pytest.fixture
def collector() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.usefixtures("collector")
def test_collection_begins_with_the_first_exact_surface(window: MainWindow) -> None:
    gc.unfreeze()
    late = LateCollection(window.follower, window)
    assert not gc.isenabled()
    surface = window.follower.surface
    assert surface is not None
    window.follower.replaced.emit(replace(surface, exact=False))
    assert not gc.isenabled()
    before = len(gc.get_objects())
    window.follower.replaced.emit(replace(surface, exact=True))
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0.9 * before
    assert len(gc.get_objects()) < 0.1 * before
    gc.unfreeze()
    window.follower.replaced.emit(replace(surface, exact=True))
    assert gc.get_freeze_count() == 0, "only once"
    assert not late._patience.isActive()


@pytest.mark.usefixtures("collector")
def test_it_begins_without_a_surface_too(window: MainWindow) -> None:
    late = LateCollection(window.follower, window)
    late._patience.timeout.emit()
    assert gc.isenabled()
