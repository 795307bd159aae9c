"""Giving a view's graphics back before Qt destroys it."""

from pyvistaqt import QtInteractor


def release_graphics(view: QtInteractor) -> None:
    """Close `view` and forget its OpenGL context and surface while both are alive.

    Where a parent window is deleted, Qt destroys the context without telling the view, which would
    keep Python's wrapper of the dead surface. The next object at the same address would then
    be taken for a surface, a crash that shows much later and somewhere else.
    """
    view.close()
    forget = getattr(view, "_cleanup_context", None)
    if forget is not None:
        forget()
