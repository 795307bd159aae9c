"""Two threads of torch are slower than one on small networks.

torch shares every single operation between its threads. Those of a small network are over in a
fraction of a millisecond: on two idle cores the threads gain nothing, and where something else
runs they wait for each other for longer than they work.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

FEW_THREADS = 2


@contextmanager
def alone_if_few() -> Iterator[None]:
    """Let torch use the calling thread alone meanwhile, if it has few.

    A thread that first uses torch while another is in here keeps to itself, too.
    """
    count = torch.get_num_threads()
    if not 1 < count <= FEW_THREADS:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(count)
