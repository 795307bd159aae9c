"""What a comparison opens with."""

from dataclasses import replace

import pytest

from app.comparison.first_choice import likely_reference, likely_shown
from app.comparison.items import document_items, mesh_item
from app.editor_state import EditorState
from engine.geometry.similarity import Similarity
from engine.project.document import Document, NamedFace, NamedScan
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(12, 16)


def document(faces: str, scans: str = "") -> Document:
    """Faces and scans, `o` for one that is seen, `-` for a hidden one; face 0 is active."""
    mean = MODEL.mean_code()
    return Document(
        tuple(NamedFace(f"F{k}", mean, visible=mark == "o") for k, mark in enumerate(faces)),
        MODEL.info.identifier,
        scans=tuple(
            NamedScan(
                f"S{k}", MODEL.template, Similarity.identity(), visible=mark == "o", accepted=True
            )
            for k, mark in enumerate(scans)
        ),
    )


@pytest.mark.parametrize(
    ("faces", "scans", "scan", "reference", "shown"),
    [
        ("o", "", None, "face 0", ()),
        ("o-", "", None, "face 1", ("face 0",)),
        ("ooo", "", None, "face 0", ("face 1", "face 2")),
        ("oo", "-o", None, "scan 1", ("face 0", "face 1")),
        ("-o", "-o", 0, "scan 0", ("face 1", "scan 1")),
        ("--", "--", None, "scan 0", ("face 0", "face 1")),
    ],
)
def test_what_is_seen_is_compared_with_the_scan_at_hand(
    faces: str, scans: str, scan: int | None, reference: str, shown: tuple[str, ...]
) -> None:
    state = replace(EditorState(document(faces, scans)), scan=scan)
    items = document_items(state.document)
    assert likely_reference(items, state).key == reference
    assert likely_shown(items, reference, state.document) == shown


def test_files_and_meshes_are_there_to_be_seen() -> None:
    state = EditorState(document("-o"))
    made = mesh_item("made", MODEL.template)
    items = (*document_items(state.document), made)
    assert likely_reference(items, state) is made
    assert likely_shown(items, "face 1", state.document) == (made.key,)
