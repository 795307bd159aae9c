"""The two surfaces a face can be exported with."""

from typing import Literal

Topology = Literal["free", "template"]
