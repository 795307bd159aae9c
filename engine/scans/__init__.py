"""Scans in: reading, cleaning, unit and axes, and laying them on a model's head."""

from engine.scans.alignment import align_by_pairs, align_scan, refine_alignment
from engine.scans.frames import (
    FrameCandidates,
    FrameGuess,
    frame_candidates,
    frame_of,
    guess_frame,
    placed_by,
    turn_of,
)
from engine.scans.reading import SCAN_SUFFIXES, read_scan
from engine.scans.scan import Scan
from engine.scans.steps import PairAlignment, ScanAlignmentStep

__all__ = [
    "SCAN_SUFFIXES",
    "FrameCandidates",
    "FrameGuess",
    "PairAlignment",
    "Scan",
    "ScanAlignmentStep",
    "align_by_pairs",
    "align_scan",
    "frame_candidates",
    "frame_of",
    "guess_frame",
    "placed_by",
    "read_scan",
    "refine_alignment",
    "turn_of",
]
