"""The options of `lineament-train photos evaluate`; imports nothing heavy."""

import argparse
from pathlib import Path

METHOD_NAMES = ("codes", "pixel2mesh", "pixel2mesh-face", "coarse-to-fine")


def add_evaluate(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the step `evaluate`."""
    evaluate = steps.add_parser(
        "evaluate",
        help="measure every method beside the mean head, on labelled photographs",
        description="Measure landmarks, surfaces, identity, time and size, beside the baseline: "
        "the mean head posed on the detector's five points. Writes Markdown, CSV and JSON.",
    )
    evaluate.add_argument("--data", type=Path, help="folder that `photos prepare` wrote")
    evaluate.add_argument("--aflw", type=Path, help="folder laid out as AFLW2000-3D is")
    evaluate.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    evaluate.add_argument(
        "--methods", nargs="+", choices=METHOD_NAMES, help="which (all that have weights)"
    )
    evaluate.add_argument(
        "--weights", nargs="+", metavar="METHOD=FILE", help="other weights than those that ship"
    )
    evaluate.add_argument("--count", type=int, help="about so many photographs of each set (all)")
    evaluate.add_argument(
        "--detector",
        choices=["mtcnn", "jittered"],
        default="mtcnn",
        help="who finds the faces; jittered: true places with a good detector's errors (mtcnn)",
    )
    evaluate.add_argument(
        "--five-points",
        choices=["network", "detector"],
        default="network",
        help="what the published networks start from: the points as the network of codes finds "
        "them again, or the detector's own, as published (network)",
    )
    evaluate.add_argument(
        "--samples", type=int, default=10_000, help="points on each surface (10000)"
    )
    evaluate.add_argument("--mover-samples", type=int, default=1024, help="those of the EMD (1024)")
    evaluate.add_argument("--seed", type=int, default=0, help="of points and jitter (0)")
    evaluate.add_argument("--device", default="auto", help="auto, cpu, cuda (auto)")
    evaluate.add_argument("--threads", type=int, help="CPU threads")


def add_tables(steps: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the step `tables`."""
    tables = steps.add_parser(
        "tables",
        help="the papers' tables, with ablations at a reduced scale",
        description="Write the tables of Pixel2Mesh, of Pixel2Mesh for faces and of the "
        "coarse-to-fine network with our methods on our photographs, as Markdown and CSV. With "
        "--run the ablations are trained first; the same command resumes.",
    )
    tables.add_argument("-o", "--output", type=Path, required=True, help="folder to write")
    tables.add_argument("--evaluated", type=Path, help="folder that `photos evaluate` wrote")
    runs = tables.add_argument_group("ablations")
    runs.add_argument("--run", type=Path, help="folder of the variants' checkpoints; resumes")
    runs.add_argument("--data", type=Path, help="photographs to train on")
    runs.add_argument("--held-out", type=Path, help="photographs to measure on")
    runs.add_argument("--minutes-each", type=float, help="the most to train a variant in one call")
    runs.add_argument("--steps", type=int, help="of each variant (the configuration's)")
    runs.add_argument("--count", type=int, default=100, help="photographs to measure on (100)")
    runs.add_argument("--config", type=Path, help="TOML settings (photos-ablations.toml)")
    runs.add_argument(
        "--init",
        nargs="+",
        metavar="METHOD=FILE",
        help="weights whose image layers all variants of pixel2mesh or pixel2mesh-face begin with",
    )
    runs.add_argument("--seeds", type=int, default=1, help="trainings of each variant (1)")
    runs.add_argument("--only", nargs="+", metavar="VARIANT", help="which variants (all)")
    runs.add_argument("--only-finished", action="store_true", help="train nothing, only report")
    runs.add_argument("--threads", type=int, help="CPU threads")
