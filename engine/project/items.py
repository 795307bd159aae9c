"""What can be done to the items of a document; each function gives another document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from engine.errors import DocumentError
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceCode
from engine.project.document import MAXIMUM_NAME_LENGTH, Document, NamedFace, NamedScan
from engine.project.named_photo import NamedPhoto
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer

Kind = Literal["face", "scan", "photo"]
KINDS: tuple[Kind, ...] = ("face", "scan", "photo")
SURFACES: tuple[Kind, ...] = ("face", "scan")
"""What stands in the scene, unlike photos."""

Item = NamedFace | NamedScan | NamedPhoto

_Item = TypeVar("_Item", NamedFace, NamedScan, NamedPhoto)


@dataclass(frozen=True, slots=True)
class ItemRef:
    """An item by its kind and its place among those of its kind."""

    kind: Kind
    index: int


def items_of(document: Document, kind: Kind) -> tuple[Item, ...]:
    """All the faces, all the scans, or all the photos."""
    if kind == "photo":
        return document.photos
    return document.faces if kind == "face" else document.scans


def item_at(document: Document, ref: ItemRef) -> Item:
    """The item `ref` names.

    Raises:
        DocumentError: there is none.
    """
    if ref.kind == "photo":
        return photo_at(document, ref.index)
    if ref.kind == "face":
        return face_at(document, ref.index)
    return scan_at(document, ref.index)


def face_at(document: Document, index: int) -> NamedFace:
    """Face `index`; raises `DocumentError` if there is none."""
    return _at(document.faces, index, "face")


def scan_at(document: Document, index: int) -> NamedScan:
    """Scan `index`; raises `DocumentError` if there is none."""
    return _at(document.scans, index, "scan")


def photo_at(document: Document, index: int) -> NamedPhoto:
    """Photo `index`; raises `DocumentError` if there is none."""
    return _at(document.photos, index, "photo")


def photos_of(document: Document, face: int) -> tuple[int, ...]:
    """Indices of the photos that face `face` was made from."""
    return tuple(index for index, photo in enumerate(document.photos) if photo.face == face)


def add_face(document: Document, face: NamedFace) -> Document:
    """`face` after the active one, active and visible; see `activate` for the others."""
    place = document.active + 1
    faces = (*document.faces[:place], replace(face, visible=False), *document.faces[place:])
    places = {k: k + (k >= place) for k in range(len(document.faces))}
    photos = _following(document.photos, places)
    return activate(replace(document, faces=faces, photos=photos), place)


def add_photo(document: Document, photo: NamedPhoto) -> Document:
    """`photo` after the others."""
    return replace(document, photos=(*document.photos, photo))


def add_scan(document: Document, scan: NamedScan) -> Document:
    """`scan` after the others."""
    return replace(document, scans=(*document.scans, scan))


def duplicate_face(document: Document, index: int) -> Document:
    """A copy of face `index` right after it, active."""
    face = face_at(document, index)
    copy = replace(face, name=free_name(document, face.name))
    return add_face(activate(document, index), copy)


def remove_item(document: Document, ref: ItemRef) -> Document:
    """The document without an item; the face after it, or the last, becomes the active one.

    Raises:
        DocumentError: it is the only face.
    """
    item_at(document, ref)
    if ref.kind == "scan":
        return replace(document, scans=_without(document.scans, ref.index))
    if ref.kind == "photo":
        return replace(document, photos=_without(document.photos, ref.index))
    faces = _without(document.faces, ref.index)
    if not faces:
        raise DocumentError("A document keeps at least one face. Add another before deleting this.")
    active = document.active
    if ref.index != active:
        active -= ref.index < active
    else:
        active = min(active, len(faces) - 1)
        if document.face.visible:
            faces = _with(faces, active, replace(faces[active], visible=True))
    left = [k for k in range(len(document.faces)) if k != ref.index]
    photos = _following(document.photos, {k: place for place, k in enumerate(left)})
    return replace(document, faces=faces, active=active, photos=photos)


def rename_item(document: Document, ref: ItemRef, name: str) -> Document:
    """The item with another name.

    Raises:
        DocumentError: the name is blank or too long.
    """
    return replace_item(document, ref, replace(item_at(document, ref), name=name.strip()))


def move_item(document: Document, ref: ItemRef, place: int) -> Document:
    """The item at `place` among those of its kind; the active face stays the same face."""
    item_at(document, ref)
    count = len(items_of(document, ref.kind))
    order = [index for index in range(count) if index != ref.index]
    order.insert(max(0, min(place, count - 1)), ref.index)
    if ref.kind == "scan":
        return replace(document, scans=tuple(document.scans[index] for index in order))
    if ref.kind == "photo":
        return replace(document, photos=tuple(document.photos[index] for index in order))
    faces = tuple(document.faces[index] for index in order)
    photos = _following(document.photos, {k: place for place, k in enumerate(order)})
    return replace(document, faces=faces, active=order.index(document.active), photos=photos)


def set_visible(document: Document, ref: ItemRef, visible: bool) -> Document:
    """The item drawn, or not."""
    return replace_item(document, ref, replace(item_at(document, ref), visible=visible))


def solo(document: Document, ref: ItemRef) -> Document:
    """Only this item drawn; all of them if it is the only one already.

    A face that is shown alone is the one that is edited from then on. Photos lie behind what is
    drawn and do not count; one of them is shown or hidden by itself.
    """
    if ref.kind == "photo":
        return set_visible(document, ref, not photo_at(document, ref.index).visible)
    item_at(document, ref)
    everything = [
        ItemRef(kind, k) for kind in SURFACES for k in range(len(items_of(document, kind)))
    ]
    shown = [other for other in everything if item_at(document, other).visible]
    wanted = everything if shown == [ref] else [ref]
    for other in everything:
        document = set_visible(document, other, other in wanted)
    if ref.kind == "face" and wanted == [ref]:
        document = replace(document, active=ref.index)
    return document


def activate(document: Document, index: int) -> Document:
    """Face `index` edited.

    What is drawn moves along: a hidden face takes the place of the active one, so that two
    faces never overlap by surprise. If it was drawn already, because somebody opened its
    eye, then both stay.
    """
    face = face_at(document, index)
    if index == document.active:
        return document
    before = ItemRef("face", document.active)
    if not face.visible:
        document = set_visible(document, before, False)
        document = set_visible(document, ItemRef("face", index), True)
    return replace(document, active=index)


def set_code(document: Document, index: int, code: FaceCode) -> Document:
    """Face `index` with another code."""
    face = replace(face_at(document, index), code=code)
    return replace_item(document, ItemRef("face", index), face)


def set_residual(document: Document, index: int, residual: "ResidualLayer | None") -> Document:
    """Face `index` with another residual layer, or without one."""
    face = replace(face_at(document, index), residual=residual)
    return replace_item(document, ItemRef("face", index), face)


def set_texture(document: Document, index: int, texture: Picture | None) -> Document:
    """Face `index` with other colours, or with the usual ones."""
    face = replace(face_at(document, index), texture=texture)
    return replace_item(document, ItemRef("face", index), face)


def set_alignment(
    document: Document, index: int, alignment: Similarity, accepted: bool
) -> Document:
    """Scan `index` at another place."""
    scan = replace(scan_at(document, index), alignment=alignment, accepted=accepted)
    return replace_item(document, ItemRef("scan", index), scan)


def replace_item(document: Document, ref: ItemRef, item: Item) -> Document:
    """`item` in the place of another of its kind."""
    if isinstance(item, NamedPhoto):
        return replace(document, photos=_with(document.photos, ref.index, item))
    if isinstance(item, NamedFace):
        return replace(document, faces=_with(document.faces, ref.index, item))
    return replace(document, scans=_with(document.scans, ref.index, item))


def free_name(document: Document, wanted: str) -> str:
    """`wanted`, or with the first number after it that no item has: `Nora`, `Nora 2`, …"""
    taken = {item.name for kind in KINDS for item in items_of(document, kind)}
    stem = re.sub(r" \d+$", "", wanted.strip()) or "Face"
    stem = stem[: MAXIMUM_NAME_LENGTH - 6]
    if wanted.strip() and wanted.strip() not in taken and len(wanted) <= MAXIMUM_NAME_LENGTH:
        return wanted.strip()
    number = 2
    while f"{stem} {number}" in taken:
        number += 1
    return f"{stem} {number}"


def _at(items: tuple[_Item, ...], index: int, kind: Kind) -> _Item:
    if not 0 <= index < len(items):
        raise DocumentError(f"There is no {kind} {index + 1}; the document holds {len(items)}.")
    return items[index]


def _with(items: tuple[_Item, ...], index: int, item: _Item) -> tuple[_Item, ...]:
    changed = list(items)
    changed[index] = item
    return tuple(changed)


def _without(items: tuple[_Item, ...], index: int) -> tuple[_Item, ...]:
    return items[:index] + items[index + 1 :]


def _following(photos: tuple[NamedPhoto, ...], places: Mapping[int, int]) -> tuple[NamedPhoto, ...]:
    """The photos once every face is at its new place; those of a face that is gone have none."""
    return tuple(
        photo
        if photo.face is None or places.get(photo.face) == photo.face
        else replace(photo, face=places.get(photo.face))
        for photo in photos
    )
