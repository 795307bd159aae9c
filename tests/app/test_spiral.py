"""The spiral autoencoder in the real window: reconstructions and the latent space."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea

from app.spiral.latent_panel import FEW
from engine.errors import Cancelled
from engine.evaluation.surface_report import ReportSettings
from engine.geometry.formats import read_mesh
from engine.models.spiral_autoencoder import SpiralModel
from engine.project import items
from engine.project.document import NamedFace
from tests.app.executors import InlineExecutor, ManualExecutor
from tests.synthetic_model import SyntheticModel
from tests.tiny_spiral_model import LATENT, write_tiny_spiral

MODEL = SyntheticModel(30, 40)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp("spiral") / "tiny.safetensors"
    write_tiny_spiral(file, MODEL)
    return file


@pytest.fixture
def editor(make_window, weights, monkeypatch):
    """An editor with the mean face and one with another nose, which is active."""
    quick = ReportSettings(samples=3000, region_samples=600, points=False)
    monkeypatch.setattr("app.comparison.measuring.REPORT", quick)
    monkeypatch.setattr(
        "app.spiral.source.load_spiral",
        lambda file=None, device="auto": SpiralModel(file or weights, "cpu"),
    )
    window = make_window(model=MODEL)
    code = MODEL.mean_code().with_value("nose", 0, 1.5)
    document = items.add_face(window.session.state.document, NamedFace("Nosy", code))
    window.session.set_items(document)
    return window


@pytest.fixture
def latent(editor, qtbot):
    """The window of the latent space."""
    editor.actions_by_name["latent"].trigger()
    qtbot.waitExposed(editor.spiral.window)
    return editor.spiral.window


def vertices_of(editor):
    return editor.spiral.latent.last.mesh.vertices


def test_one_click_compares_the_face_with_its_reconstruction(editor, qtbot):
    editor.actions_by_name["reconstruct"].trigger()
    comparison = editor.compare.comparison
    qtbot.waitUntil(editor.compare.window.isVisible)
    (key,) = comparison.shown
    assert comparison.item(key).name == "Nosy by Neural3DMM"
    field = comparison.field_of(key)
    assert field.kind == "corresponding"
    surface = comparison.surface_of(key).mesh
    reference = comparison.surface_of(comparison.reference).mesh
    truth = MODEL.template_surface(editor.session.state.code)
    assert np.allclose(reference.vertices, truth, atol=1e-4)
    apart = np.linalg.norm(surface.vertices - truth, axis=1)
    assert np.allclose(field.values, apart, atol=1e-3)
    # The nose is one of its components, so it comes back much nearer than the mean face is.
    mean = MODEL.template_surface(MODEL.mean_code())
    assert 0.0 < apart.mean() < 0.5 * np.linalg.norm(mean - truth, axis=1).mean()
    text = editor.compare.window.messages.text
    assert f"{apart.mean():.2f} mm" in text


def test_a_second_click_takes_the_place_of_the_first(editor):
    for value in (1.5, 0.5):
        editor.commands.set_value("nose", 0, value, editor.commands.begin_gesture())
        editor.actions_by_name["reconstruct"].trigger()
    comparison = editor.compare.comparison
    assert [item.name for item in comparison.items].count("Nosy by Neural3DMM") == 1
    reference = comparison.surface_of(comparison.reference).mesh
    truth = MODEL.template_surface(editor.session.state.code)
    assert np.allclose(reference.vertices, truth, atol=1e-4)


def test_sliders_move_the_mesh_along_the_directions(latent, editor):
    assert len(latent.panel.rows) == min(LATENT, FEW)
    space = editor.spiral.latent.last.spiral.latent
    before = vertices_of(editor)
    latent.panel.rows[1].slider.value_edited.emit(2.0)
    wanted = editor.spiral.latent.last.spiral.decode(space.code(np.array([0.0, 2.0])))
    assert np.allclose(vertices_of(editor), wanted, atol=1e-3)
    assert np.abs(wanted - before).max() > 0.5
    assert latent.panel.rows[1].box.value() == pytest.approx(2.0)
    assert np.array_equal(latent.view._measured_actor.vertices, vertices_of(editor))
    latent.panel.mean.click()
    assert np.allclose(vertices_of(editor), before, atol=1e-3)
    assert latent.panel.rows[1].slider.amount == pytest.approx(0.0)


def test_long_names_do_not_widen_the_panel(editor, qtbot):
    document = editor.session.state.document
    for number in range(2):
        name = f"A very long name of a face that somebody photographed, {number}"
        document = items.add_face(document, NamedFace(name, MODEL.mean_code()))
    editor.session.set_items(document)
    editor.actions_by_name["latent"].trigger()
    panel = editor.spiral.window.panel
    qtbot.waitExposed(panel)
    assert panel.first.itemText(2).startswith("A very long name")
    area = panel.findChild(QScrollArea)
    # It has no bar to scroll sideways with: what is wider cannot be reached.
    assert area.widget().minimumSizeHint().width() <= area.viewport().width()


def test_a_seed_is_typed_before_it_is_used(latent, editor, qtbot):
    mean = vertices_of(editor)
    seed = latent.panel.seed
    seed.selectAll()
    qtbot.keyClicks(seed, "12")
    assert np.array_equal(vertices_of(editor), mean)
    qtbot.keyClick(seed, Qt.Key.Key_Return)
    typed = vertices_of(editor)
    assert np.abs(typed - mean).max() > 0.5
    latent.panel.mean.click()
    qtbot.keyClick(seed, Qt.Key.Key_Return)  # of the seed that is shown already
    assert np.array_equal(vertices_of(editor), typed)


def test_a_seed_gives_the_same_face_again(latent, editor):
    latent.panel.seed.setValue(7)
    first = vertices_of(editor)
    latent.panel.random.click()
    assert latent.panel.seed.value() == 8
    assert np.abs(vertices_of(editor) - first).max() > 0.5
    latent.panel.seed.setValue(7)
    assert np.array_equal(vertices_of(editor), first)
    assert any(abs(row.slider.amount) > 0.01 for row in latent.panel.rows)


def test_the_active_face_is_encoded(latent, editor):
    latent.panel.active.click()
    face = MODEL.template_surface(editor.session.state.code)
    wanted = editor.spiral.latent.last.spiral.reconstruct(face)
    assert np.allclose(vertices_of(editor), wanted, atol=1e-3)


def test_the_way_between_two_faces_ends_at_both(latent, editor):
    spiral, panel = editor.spiral.latent.last.spiral, latent.panel
    faces = [MODEL.template_surface(face.code) for face in editor.session.state.document.faces]
    assert (panel.first.currentText(), panel.second.currentText()) == ("Face 1", "Nosy")
    ends = [spiral.encode(face) for face in faces]
    for fraction in (0.0, 0.3, 1.0):
        panel.between.value_edited.emit(fraction)
        assert np.allclose(vertices_of(editor), spiral.interpolate(*ends, fraction), atol=1e-3)
    assert panel.share.text() == "100 %"


def test_one_face_has_no_way_to_another(make_window, editor, latent):
    editor.commands.items.remove(items.ItemRef("face", 1))
    assert not latent.panel.between.isVisibleTo(latent)
    assert latent.panel.hint.isVisibleTo(latent)


def test_a_hand_ahead_of_its_picture_is_not_drawn_back(make_window, editor, weights):
    latent = ManualExecutor("latent")

    def executors(name):
        return latent if name == "latent" else InlineExecutor(name)

    window = make_window(executors, model=MODEL)
    window.actions_by_name["latent"].trigger()
    latent.run_next()
    state, rows = window.spiral.latent, window.spiral.window.panel.rows
    for value in (0.5, 1.0, 1.5):
        rows[0].slider.value_edited.emit(value)
    latent.run_next()
    assert rows[0].slider.amount == state.value(0) == pytest.approx(1.5)
    latent.run_next()
    assert not latent.held  # 1.0 was never decoded
    assert state.last.values[0] == pytest.approx(1.5, abs=1e-3)
    window.spiral.window.panel.random.click()
    rows[1].slider.value_edited.emit(-1.0)
    latent.run_next()  # the random face, which nobody waits for any more
    assert (rows[0].slider.amount, rows[1].slider.amount) == pytest.approx((1.5, -1.0))
    latent.run_next()
    wanted = [1.5, -1.0] + [0.0] * (LATENT - 2)
    assert np.allclose(state.last.values, wanted, atol=1e-3)


def test_the_mesh_is_exported_and_compared(latent, editor, prompts, tmp_path):
    latent.panel.seed.setValue(3)
    prompts.path = tmp_path / "drawn.ply"
    latent.export.click()
    written = read_mesh(prompts.path)
    assert np.allclose(written.vertices, vertices_of(editor), atol=1e-4)
    assert np.array_equal(written.faces, MODEL.template.faces)
    assert "drawn.ply" in latent.messages.text
    latent.compare.click()
    comparison = editor.compare.comparison
    (key,) = comparison.shown
    assert comparison.measured_of(key) is not None
    assert np.array_equal(comparison.surface_of(key).mesh.vertices, vertices_of(editor))


def test_it_becomes_a_face_of_the_document(latent, editor, monkeypatch):
    import engine.editing.residual
    import engine.fitting
    from engine.editing.residual import ResidualLayer

    asked = []

    def fit(model, scan, start, settings=None, cancel=None):
        asked.append((scan, settings))
        yield engine.fitting.FitStep(
            settings.start_code.with_value("mouth", 0, 1.0), start, 0.1, 1, 1.0, True
        )

    layer = ResidualLayer(np.zeros((len(MODEL.template.vertices), 3), np.float32))
    monkeypatch.setattr(engine.fitting, "fit_scan", fit)
    monkeypatch.setattr(engine.editing.residual, "fit_residual", lambda *_a, **_k: layer)
    latent.panel.seed.setValue(5)
    latent.make_face.click()
    ((mesh, settings),) = asked
    assert np.array_equal(mesh.vertices, vertices_of(editor))
    assert not settings.pose_free
    face = editor.session.state.document.face
    assert face.name == "Neural3DMM face"
    assert face.code.mouth[0] == 1.0
    assert face.residual is layer
    editor.commands.stack.undo()
    assert editor.session.state.document.face.name == "Nosy"
    editor.commands.way.set_paused(True)
    latent.make_face.click()
    assert len(editor.session.state.document.faces) == 2
    assert "busy" in latent.messages.text


def test_a_face_in_the_making_can_be_cancelled(make_window, editor, qtbot, monkeypatch):
    import engine.fitting
    from app.jobs import ThreadExecutor

    started, ended = threading.Event(), threading.Event()

    def fit(model, scan, start, settings=None, cancel=None):
        started.set()
        try:
            while True:
                cancel.check()
                yield engine.fitting.FitStep(settings.start_code, start, 0.1, 1, 0.5, False)
        except Cancelled:
            ended.set()
            raise

    monkeypatch.setattr(engine.fitting, "fit_scan", fit)
    window = make_window(ThreadExecutor, model=MODEL)
    window.actions_by_name["latent"].trigger()
    qtbot.waitUntil(lambda: window.spiral.latent.last is not None)
    window.spiral.window.make_face.click()
    qtbot.waitUntil(started.is_set)
    window.spiral.window.cancel.click()
    qtbot.waitUntil(lambda: ended.is_set() and not window.runners.latent_face.busy)
    assert len(window.session.state.document.faces) == 1
    assert window.spiral.window.make_face.isVisibleTo(window.spiral.window)


def test_own_weights_of_another_topology_decode_but_take_no_faces(
    latent, editor, prompts, tmp_path
):
    prompts.path = tmp_path / "mine.safetensors"
    write_tiny_spiral(prompts.path, SyntheticModel(20, 24), with_origin=False)
    latent.panel.weights.click()
    assert len(vertices_of(editor)) == len(SyntheticModel(20, 24).template.vertices)
    assert editor.settings.spiral_weights == prompts.path
    latent.panel.active.click()
    assert "another topology" in latent.messages.text
    latent.panel.shipped.click()
    assert editor.settings.spiral_weights is None
    assert len(vertices_of(editor)) == len(MODEL.template.vertices)
    assert not latent.panel.shipped.isVisibleTo(latent)


def test_damaged_weights_leave_the_old_ones(latent, editor, prompts, tmp_path):
    before = vertices_of(editor)
    prompts.path = tmp_path / "bad.safetensors"
    prompts.path.write_bytes(b"nothing")
    latent.panel.weights.click()
    assert "bad.safetensors" in latent.messages.text
    latent.panel.rows[0].slider.value_edited.emit(0.0)
    assert np.allclose(vertices_of(editor), before, atol=1e-3)


def test_a_fitted_face_is_shown_with_its_parts_alone(editor):
    from engine.editing.residual import ResidualLayer

    layer = np.zeros((len(MODEL.template.vertices), 3), np.float32)
    layer[:, 0] = 1.0
    document = editor.session.state.document
    face = replace(document.face, residual=ResidualLayer(layer))
    faces = (document.faces[0], face)
    editor.session.set_items(replace(document, faces=faces))
    editor.actions_by_name["reconstruct"].trigger()
    comparison = editor.compare.comparison
    names = [comparison.item(key).name for key in comparison.shown]
    assert names == ["Nosy by Neural3DMM", "Nosy by its parts alone"]
    alone = comparison.field_of(comparison.shown[1])
    assert alone.values.mean() == pytest.approx(1.0, abs=0.05)
