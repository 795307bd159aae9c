"""A device that is not there is told in words, before any work begins."""

import pytest
import torch

from engine.devices import require_device
from engine.errors import InputError


@pytest.mark.parametrize("name", ["cpu", "auto"])
def test_what_is_always_there_is_taken(name: str) -> None:
    assert require_device(name) == name


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "cuda:99", ""])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=f"device '{name}' cannot be used.*Choose cpu, or auto"):
        require_device(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="device 'cuda'"):
        require_device("cuda")
