"""What is measured against what before anybody has chosen; no Qt here."""

from collections.abc import Sequence

from app.comparison.items import ComparedItem, ScanSource
from app.editor_state import EditorState
from engine.project.document import Document

MOST_AT_FIRST = 2


def likely_reference(items: Sequence[ComparedItem], state: EditorState) -> ComparedItem:
    """What the others of `items`, at least one, are measured against: a scan, as a rule."""
    chosen, active = state.selected, state.document.active
    scans = [item for item in items if item.face is None]
    for item in scans:
        if item.key == f"{chosen.kind} {chosen.index}":
            return item
    seen = [item for item in scans or items if is_seen(item, state.document)]
    if scans or len(seen) > 1:
        return (seen or scans)[0]
    # What is edited is measured, not measured against, if there is another face.
    return next((item for item in items if item.face != active), items[0])


def likely_shown(
    items: Sequence[ComparedItem], reference: str, document: Document
) -> tuple[str, ...]:
    """Keys of what is measured against `reference`: what the editor draws, else the first."""
    others = [item for item in items if item.key != reference]
    seen = [item for item in others if is_seen(item, document)]
    return tuple(item.key for item in seen or others)[:MOST_AT_FIRST]


def is_seen(item: ComparedItem, document: Document) -> bool:
    """Whether the editor draws it; files are there to be seen here."""
    if item.face is not None:
        return document.faces[item.face].visible
    is_scan = isinstance(item.source, ScanSource)
    return not is_scan or document.scans[int(item.key.removeprefix("scan "))].visible
