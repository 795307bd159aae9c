"""Undoable edits of whole parts: mirror, make symmetric, draw nearby, take from another face."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from app.blend.detail import blended_detail
from app.commands import Commands
from app.session import Session
from engine.models.protocol import PARTS

if TYPE_CHECKING:
    from engine.editing.mirror import Mirror, Side

SIDE_TEXTS: "dict[Side, str]" = {
    "average": "Both sides alike",
    "left": "Repeat the left",
    "right": "Repeat the right",
}
"""What the user reads for each way to make a face symmetric; left is the subject's."""


class FaceEdits:
    """What a menu can do to parts of the active face. Locked parts are left alone."""

    def __init__(self, session: Session, commands: Commands) -> None:
        self._session = session
        self._commands = commands

    def mirror(self, parts: Collection[str] = PARTS) -> None:
        """Swap left and right."""
        code = self._mirror().code(self._session.state.code, self._free(parts))
        self._commands.edit(code, f"Mirror {_name(parts)}")

    def symmetrise(self, side: "Side", parts: Collection[str] = PARTS) -> None:
        """Make the face its own mirror image, from one side or from both."""
        code = self._mirror().symmetrise(self._session.state.code, side, self._free(parts))
        self._commands.edit(code, f"{SIDE_TEXTS[side]}: {_name(parts)}")

    def draw_nearby(self, seed: int, radius: float, parts: Collection[str] = PARTS) -> None:
        """A random face near this one; `radius` in σ."""
        from engine.editing.nearby import nearby_code

        before = self._session.state.code
        rng = np.random.default_rng(seed)
        code = nearby_code(self._session.model, rng, before, radius, self._free(parts))
        held = self._commands.way.held(self._session.model, before, code)
        self._commands.edit(held, f"Random near {_name(parts)}")

    def bring_within(self, percentile: float, parts: Collection[str] = PARTS) -> None:
        """Shrink what is rarer than `percentile` towards the mean."""
        from engine.editing.plausibility import limit

        code = limit(self._session.model, self._session.state.code, percentile, self._free(parts))
        self._commands.edit(code, f"Make {_name(parts)} more usual")

    def take(self, face: int, part: str) -> None:
        """Take `part` of another face of the document, and the scan detail on it."""
        from engine.editing.transplant import transplant

        own, source = self._session.state.document.face, self._session.state.document.faces[face]
        free = self._free([part])
        code = transplant(own.code, source.code, free)
        shares = dict.fromkeys(free, 1.0)
        detail = blended_detail(self._session.model, own.residual, source.residual, shares)
        self._commands.wear(code, detail, f"{part.capitalize()} of {source.name}")

    def _free(self, parts: Collection[str]) -> list[str]:
        return [part for part in PARTS if part in parts and part not in self._session.state.locks]

    def _mirror(self) -> "Mirror":
        way = self._commands.way
        if way.mirror is None:
            from engine.editing.mirror import Mirror

            way.set_kit(Mirror(self._session.model), way.motions)
        assert way.mirror is not None
        return way.mirror


def _name(parts: Collection[str]) -> str:
    return "the face" if set(parts) == set(PARTS) else " and ".join(parts)
