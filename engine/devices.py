"""The device that the user names, and whether it is there."""

from engine.errors import InputError


def require_device(name: str) -> str:
    """`name` itself, if tensors can be put there; loads torch unless it is `cpu` or `auto`.

    Raises:
        InputError: it is no device, or this computer or this torch has none such.
    """
    if name in ("auto", "cpu"):
        return name
    import torch

    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        # torch answers with any of the three, by how it was built.
        reason = str(error).splitlines()[0]
        raise InputError(
            f"The device '{name}' cannot be used: {reason.rstrip('.')}. "
            "Choose cpu, or auto, which takes a GPU where there is one."
        ) from error
    return name


def chosen_device(name: str = "auto") -> str:
    """`require_device`, with a GPU or the CPU for `auto`; only that loads torch.

    Raises:
        InputError: as there.
    """
    if require_device(name) != "auto":
        return name
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
