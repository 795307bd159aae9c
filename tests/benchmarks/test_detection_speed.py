"""Detection at 640 pixels: `pytest -m benchmark -s tests/benchmarks/test_detection_speed.py`."""

from time import perf_counter

import numpy as np
import pytest
from PIL import Image
from skimage import data

from engine.photo.detection import SIDE, FaceDetector

pytestmark = pytest.mark.benchmark

BAR_SECONDS = 0.1
ROUNDS = 9


def test_faces_are_found_in_time() -> None:
    detector = FaceDetector()
    photograph = np.asarray(Image.fromarray(data.astronaut()).resize((SIDE, SIDE)))
    head = photograph[25:275, 150:400]
    crowd = np.tile(head[::2, ::2], (5, 5, 1))
    for name, pixels, count in (("one face", photograph, 1), ("a crowd", crowd, 25)):
        times = []
        for _ in range(ROUNDS):
            started = perf_counter()
            found = detector.find(pixels)
            times.append(perf_counter() - started)
        print(f"{name}: {1000 * min(times):.0f} ms")
        assert len(found) == count
        # A crowd takes O-Net longer, and may.
        assert min(times) < BAR_SECONDS * (1 if count == 1 else 2)
