"""The loop of every photo network's training: steps, reports, checkpoints, and when to stop."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.progress import CancelToken
from training.checkpoint import load_checkpoint, save_checkpoint

Report = Callable[[int, dict[str, float]], None]
"""Called every `REPORTED` steps with the step and the means of the terms since the last time."""
REPORTED = 50
CHECKPOINT_SECONDS = 60.0


def run_steps(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    steps: int,
    advance: Callable[[int], Mapping[str, Tensor]],
    folder: Path,
    report: Report,
    cancel: CancelToken | None = None,
    seconds: float | None = None,
    report_last: bool = False,
) -> None:
    """Call `advance` with each step's number, resuming from `folder` where a checkpoint lies.

    Args:
        advance: changes the network by one step and gives the loss's terms by name; not every
            step needs to have all of them.
        seconds: stop after so long, with a checkpoint and without an error.
        report_last: the last step is reported, whatever its number.

    Raises:
        Cancelled: `cancel` was raised; a checkpoint is written first.
        WeightsError: the checkpoint there is of another network.
    """
    counters = load_checkpoint(folder, network, optimiser)
    step = int(counters["step"]) if counters else 0
    began = saved = time.monotonic()
    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    while step < steps:
        terms = advance(step)
        step += 1
        for name, value in terms.items():
            sums[name] = sums.get(name, 0.0) + float(value)
            counts[name] = counts.get(name, 0) + 1
        if step % REPORTED == 0 or (report_last and step == steps):
            report(step, {name: total / counts[name] for name, total in sums.items()})
            sums, counts = {}, {}
        now = time.monotonic()
        over = seconds is not None and now - began > seconds
        stop = over or (cancel is not None and cancel.cancelled)
        if stop or now - saved > CHECKPOINT_SECONDS or step == steps:
            save_checkpoint(folder, network, optimiser, {"step": step})
            saved = now
        if over:
            return
        if cancel is not None:
            cancel.check()
