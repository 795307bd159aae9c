"""The kinds of work that go on off the GUI thread, one runner each."""

from PySide6.QtCore import QObject

from app.jobs import ExecutorFactory, JobRunner

KINDS = (
    *("loading", "opening", "saving", "surface", "export", "autosave"),
    *("items", "scan", "alignment", "fitting"),
    *("editing", "sequence", "comparison", "refit", "attribution"),
    *("reconstruction", "latent", "latent_face"),
    *("photo", "photo_refit", "photo_mesh", "texture"),
)


class Runners(QObject):
    """One `JobRunner` per kind of work, closed together.

    Attributes:
        loading: the model.
        opening, saving: documents.
        surface: the exact surface of the face that is edited.
        export, autosave: files.
        items: pictures of other faces and of scans.
        scan: reading a scan.
        alignment: a scan's place.
        fitting: codes for a scan.
        editing: what is derived from the model for mirrors and drags.
        sequence: files of the way from one face to another.
        comparison: distances between surfaces.
        refit: one part of a face fitted to the surface it is compared with.
        attribution: what each part of a face accounts for in its error.
        reconstruction: a face through the spiral autoencoder.
        latent: the face at a place of its latent space.
        latent_face: parts fitted to such a face.
        photo: reading a photo, finding its faces, making one of them.
        photo_refit: a face fitted anew to the landmarks of its photos.
        photo_mesh: meshes of a photo's face by the published networks.
        texture: a photo's colours laid on a face.
    """

    def __init__(self, executors: ExecutorFactory) -> None:
        super().__init__()
        runners = {name: JobRunner(name, executors(name)) for name in KINDS}
        self.loading = runners["loading"]
        self.opening = runners["opening"]
        self.saving = runners["saving"]
        self.surface = runners["surface"]
        self.export = runners["export"]
        self.autosave = runners["autosave"]
        self.items = runners["items"]
        self.scan = runners["scan"]
        self.alignment = runners["alignment"]
        self.fitting = runners["fitting"]
        self.editing = runners["editing"]
        self.sequence = runners["sequence"]
        self.comparison = runners["comparison"]
        self.refit = runners["refit"]
        self.attribution = runners["attribution"]
        self.reconstruction = runners["reconstruction"]
        self.latent = runners["latent"]
        self.latent_face = runners["latent_face"]
        self.photo = runners["photo"]
        self.photo_refit = runners["photo_refit"]
        self.photo_mesh = runners["photo_mesh"]
        self.texture = runners["texture"]
        self._all = list(runners.values())

    def add(self, runner: JobRunner) -> JobRunner:
        """Close `runner` together with the others."""
        self._all.append(runner)
        return runner

    def close(self) -> None:
        """Cancel everything, then wait for what runs."""
        for runner in self._all:
            runner.cancel()
        for runner in self._all:
            runner.close()
