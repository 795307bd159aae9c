"""Documents read and written as frozen requests, called on a worker thread; no Qt here."""

from dataclasses import dataclass
from pathlib import Path

from engine.progress import CancelToken, Progress
from engine.project.archive import open_document, save_document
from engine.project.document import Document


@dataclass(frozen=True, slots=True, eq=False)
class OpenDocument:
    """Read the document at `path`; its photographs take a while to unpack.

    Attributes:
        left: what was edited when it was asked for, which the user may lose.
    """

    path: Path
    left: Document

    def __call__(self, cancel: CancelToken, progress: Progress) -> "DocumentOpened":
        del progress
        cancel.check()
        return DocumentOpened(self, open_document(self.path))


@dataclass(frozen=True, slots=True, eq=False)
class DocumentOpened:
    """The outcome of `OpenDocument`."""

    request: OpenDocument
    document: Document


@dataclass(frozen=True, slots=True, eq=False)
class SaveDocument:
    """Write `document` to `path`; once begun it is not given up."""

    path: Path
    document: Document

    def __call__(self, cancel: CancelToken, progress: Progress) -> "SaveDocument":
        del cancel, progress
        save_document(self.path, self.document)
        return self


def same_items(first: Document, second: Document) -> bool:
    """Whether two documents hold the same work, however they are shown."""
    return (first.faces, first.scans, first.photos) == (second.faces, second.scans, second.photos)
