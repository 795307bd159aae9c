"""The real window, for measuring."""

from tests.app.conftest import make_window, prompts

__all__ = ["make_window", "prompts"]
