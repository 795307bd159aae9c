"""What each step of `lineament-train photos` does."""

import argparse


def run_photos(options: argparse.Namespace) -> None:
    """Carry out a step that `training.photos.options` read."""
    steps = {
        "prepare": prepare,
        "adopt": adopt,
        "detect": detect,
        "train": train,
        "calibrate": calibrate,
        "evaluate": evaluate,
        "tables": tables,
    }
    steps[options.step](options)


def prepare(options: argparse.Namespace) -> None:
    from training.console import cancel_on_interrupt, progress_line
    from training.photos.prepare import PrepareSetting, prepare_photos
    from training.photos.rendering.studio import StudioSetting

    setting = PrepareSetting(
        count=options.count,
        people=options.people or max(1, options.count // 3),
        workers=options.workers,
        studio=StudioSetting(
            options.size, options.seed, options.frontal, options.neutral, options.natural
        ),
    )
    prepare_photos(options.source, options.output, setting, progress_line(), cancel_on_interrupt())
    print(f"\nWrote {options.output}: {setting.count} photographs of {setting.people} people.")


def adopt(options: argparse.Namespace) -> None:
    from engine.assets import load_model
    from training.console import cancel_on_interrupt, progress_line
    from training.photos.adopt import AdoptSetting, adopt_photos
    from training.photos.photo_set import load_photo_set
    from training.photos.rendering.points import shown_rows

    model = load_model("cpu")
    rows = shown_rows(model) if options.like is None else load_photo_set(options.like).rows
    setting = AdoptSetting(options.size, rows)
    show, cancel = progress_line(), cancel_on_interrupt()
    count = adopt_photos(options.source, options.output, model, setting, show, cancel)
    print(f"\nWrote {options.output}: {count} photographs with landmarks, without codes.")


def detect(options: argparse.Namespace) -> None:
    from engine.photo.detection import FaceDetector
    from training.console import cancel_on_interrupt, progress_line
    from training.photos.detect import detect_photos
    from training.photos.photo_set import load_photo_set

    photos = load_photo_set(options.data)
    count = max(1, min(options.count, len(photos)))
    show, cancel = progress_line(), cancel_on_interrupt()
    found = detect_photos(photos, options.data, count, FaceDetector("auto"), show, cancel)
    print(f"\n{options.data}: the face was found in {found} of {count} photographs.")


def calibrate(options: argparse.Namespace) -> None:
    from engine.assets import load_model
    from training.console import cancel_on_interrupt, progress_line
    from training.photos.codes.calibrate import calibrate as run
    from training.photos.photo_set import load_photo_set

    sets = [load_photo_set(folder) for folder in options.data]
    show, cancel = progress_line(), cancel_on_interrupt()
    run(options.weights, sets, load_model("cpu"), show, cancel)
    print(f"\nWrote {options.weights}, measured on {sum(map(len, sets))} photographs.")


def evaluate(options: argparse.Namespace) -> None:
    from training.photos.evaluation_command import run_evaluate

    run_evaluate(options)


def tables(options: argparse.Namespace) -> None:
    from training.photos.tables_command import run_tables

    run_tables(options)


def train(options: argparse.Namespace) -> None:
    """Train the network named."""
    if options.network == "codes":
        from training.photos.codes.commands import train as run
    elif options.network.startswith("pixel2mesh"):
        from training.photos.pixel2mesh.commands import train as run
    else:
        from training.photos.coarse_to_fine.commands import train as run
    run(options)
