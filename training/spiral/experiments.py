"""The experiments of Mandelli & Mihalcea on a prepared set: sizes, splits and losses."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.progress import CancelToken
from training.spiral.config_file import SpiralConfigFile, read_spiral_config
from training.spiral.evaluate import network_reconstruction, vertex_errors
from training.spiral.hierarchy_cache import cached_hierarchy
from training.spiral.pca import Pca, fit_pca
from training.spiral.registered_set import RegisteredSet
from training.spiral.report import Measured, draw_curves, draw_strips, write_tables
from training.spiral.splits import Split, make_split
from training.spiral.trials import (
    RESULT_FILE,
    Trial,
    TrialResult,
    read_errors,
    read_result,
    restore_network,
    run_trial,
)

NAMES = {
    "published": "Neural3DMM",
    "reduced": "Neural3DMM, short schedule",
    "skip": "Neural3DMM with skip (ours)",
}
"""Of the configurations that ship, by the end of their file's name."""
STRIP_MESHES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Experiments:
    """A set, how it is split and the trials asked for."""

    meshes: RegisteredSet
    splits: dict[str, Split]
    hierarchy: MeshHierarchy
    configs: dict[str, SpiralConfigFile]
    trials: tuple[Trial, ...]
    run: Path


def plan(options: argparse.Namespace) -> Experiments:
    """What the command line asks for."""
    meshes = RegisteredSet.load(options.data)
    splits = {
        kind: make_split(kind, meshes.identities, options.split_seed) for kind in options.splits
    }
    configs = {}
    for file in options.config or [None]:
        config = read_spiral_config(file)
        if options.epochs:
            config = replace(config, training=replace(config.training, epochs=options.epochs))
        configs["published" if file is None else file.stem.removeprefix("spiral-")] = config
    trials = [
        Trial(split, size, loss, variant)
        for variant in configs
        for split in splits
        for loss, sizes in (("l1", options.sizes), ("weighted_l1", options.weighted))
        for size in sizes
        if size in options.sizes
    ]
    hierarchy = cached_hierarchy(meshes, options.data)
    return Experiments(meshes, splits, hierarchy, configs, tuple(trials), options.run)


def run_experiments(
    experiments: Experiments, output: Path, only_finished: bool, cancel: CancelToken
) -> None:
    """Train what is missing, measure, and write tables and figures as they grow."""
    done: list[TrialResult] = []
    pcas = {
        kind: fit_pca(experiments.meshes.vertices[split.train], 512)
        for kind, split in experiments.splits.items()
    }
    for trial in experiments.trials:
        folder = experiments.run / trial.folder
        if only_finished and not (folder / RESULT_FILE).is_file():
            continue
        result = read_result(folder) if only_finished else _run(experiments, trial, cancel)
        done.append(result)
        print(f"{trial.folder}: {result.mean_mm:.3f} mm", flush=True)
    title = experiments.meshes.name
    rows = [_measured(experiments, result) for result in done]
    rows += list(_pca_rows(experiments, pcas))
    write_tables(rows, title, output)
    draw_curves(rows, title, output)
    for split in experiments.splits:
        _draw_best(experiments, [r for r in done if r.trial.split == split], pcas[split], output)
    print(f"Wrote {output}.")


def _run(experiments: Experiments, trial: Trial, cancel: CancelToken) -> TrialResult:
    def report(epoch: int, figures: dict[str, float]) -> None:
        print(f"{trial.folder}  epoch {epoch}  loss {figures['loss']:.4f}", flush=True)

    e = experiments
    return run_trial(
        trial,
        e.meshes,
        e.splits[trial.split],
        e.hierarchy,
        e.configs[trial.variant],
        e.run / trial.folder,
        report,
        cancel,
    )


def _measured(experiments: Experiments, result: TrialResult) -> Measured:
    trial = result.trial
    return Measured(
        NAMES.get(trial.variant, trial.variant),
        trial.split,
        trial.latent,
        trial.loss,
        read_errors(experiments.run / trial.folder),
        result.train_mm,
        result.epochs,
        result.seconds,
        result.parameters,
    )


def _pca_rows(experiments: Experiments, pcas: dict[str, Pca]) -> Iterator[Measured]:
    sizes = sorted({trial.latent for trial in experiments.trials})
    for kind, split in experiments.splits.items():
        vertices, pca = experiments.meshes.vertices, pcas[kind]
        for size in sizes:

            def reconstruct(rows: np.ndarray, size: int = size, pca: Pca = pca) -> np.ndarray:
                return pca.reconstruct(rows, size)

            errors = vertex_errors(reconstruct, vertices[split.test])
            known = vertex_errors(reconstruct, vertices[split.train[::8]])
            numbers = (min(size, len(pca.basis)) + 1) * pca.mean.size
            yield Measured("PCA", kind, size, "", errors, float(known.mean()), 0, 0.0, numbers)


def _draw_best(
    experiments: Experiments, results: list[TrialResult], pca: Pca, output: Path
) -> None:
    """Strips of the best trial of every variant at the size that is best of all."""
    if not results:
        return
    best = min(results, key=lambda result: result.mean_mm).trial
    split = experiments.splits[best.split]
    chosen = split.test[np.linspace(0, len(split.test) - 1, STRIP_MESHES).astype(int)]
    methods = {f"PCA {best.latent}": lambda rows: pca.reconstruct(rows, best.latent)}
    for variant in experiments.configs:
        folder = experiments.run / replace(best, variant=variant, loss="l1").folder
        if (folder / RESULT_FILE).is_file():
            network = restore_network(folder, experiments.meshes, experiments.hierarchy)
            name = f"{NAMES.get(variant, variant)}\n{best.latent}"
            methods[name] = network_reconstruction(network)
    meshes = experiments.meshes
    draw_strips(
        meshes.vertices[chosen],
        meshes.faces,
        [f"{meshes.identities[k]}\n{meshes.expressions[k]}" for k in chosen],
        methods,
        f"{meshes.name}, {best.split} split",
        output / f"strips-{best.split}.png",
    )
