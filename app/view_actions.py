"""How the face is looked at, as actions: from where, in which colours, with what beside it.

The locks of parts are among them, because documents keep them with the view.
"""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject

from app.face_view import FaceView
from app.session import Session
from app.window_actions import VIEW_PRESETS, WindowActions


class ViewActions(QObject):
    """Ties the actions for the view to the session and to the view, and shows what is on.

    Args:
        view: what the face is seen in now; None while it is not there.
    """

    def __init__(
        self,
        session: Session,
        actions: WindowActions,
        view: Callable[[], FaceView | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._actions, self._view = session, actions, view
        for name in VIEW_PRESETS:
            for action, mirrored in ((actions[name], False), (actions.mirrored[name], True)):
                action.triggered.connect(
                    lambda _c=False, name=name, mirrored=mirrored: self._look(name, mirrored)
                )
        actions["frame"].triggered.connect(lambda _checked=False: self._frame())
        actions["wireframe"].triggered.connect(self._set_wireframe)
        actions["regions"].triggered.connect(self._set_regions)
        actions["skin"].triggered.connect(session.set_skin)
        actions["spread"].triggered.connect(session.set_spread)
        actions["unlock"].triggered.connect(lambda _checked=False: session.set_locks(()))
        session.spread_changed.connect(actions["spread"].setChecked)
        session.view_changed.connect(lambda _change: self._show())
        session.opened.connect(self._show)

    def _look(self, preset: str, mirrored: bool) -> None:
        view = self._view()
        if view is not None:
            view.look_from(preset, mirrored)

    def _frame(self) -> None:
        view = self._view()
        if view is not None:
            view.frame_face()

    def _set_wireframe(self, on: bool) -> None:
        self._session.set_view(replace(self._session.state.view, wireframe=on))

    def _set_regions(self, on: bool) -> None:
        self._session.set_view(replace(self._session.state.view, regions=on))

    def _show(self) -> None:
        state = self._session.state
        self._actions["wireframe"].setChecked(state.view.wireframe)
        self._actions["regions"].setChecked(state.view.regions)
        self._actions["skin"].setChecked(state.skin)
        self._actions["unlock"].setEnabled(bool(state.locks))
