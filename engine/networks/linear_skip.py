"""The skip around the spiral network in our variant: principal components and a small network."""

import torch
from torch import Tensor, nn


class LinearSkip(nn.Module):
    """Codes from K principal coefficients and back; K is at least the length d of the code.

    The first d whitened coefficients are the code, plus a correction; back, the code is the
    first d coefficients, plus what a network makes of all K from it. Both corrections start at
    zero, so at the start this is PCA of size d.
    """

    basis: Tensor
    scales: Tensor

    def __init__(self, coordinates: int, components: int, latent: int, hidden: int) -> None:
        super().__init__()
        self.latent = latent
        self.register_buffer("basis", torch.zeros(components, coordinates))
        self.register_buffer("scales", torch.ones(components))
        self.encoder = _two_layers(components, hidden, latent)
        self.decoder = _two_layers(latent, hidden, components)

    @torch.no_grad()
    def start(self, basis: Tensor, scales: Tensor) -> None:
        """Take orthonormal components `(K, 3V)` and the deviation along each `(K,)`."""
        self.basis.copy_(basis)
        self.scales.copy_(scales)

    def coefficients(self, vertices: Tensor) -> Tensor:
        """`(B, K)` of centred vertices `(B, 3V)`."""
        return vertices @ self.basis.T

    def shape(self, coefficients: Tensor) -> Tensor:
        """Centred vertices `(B, 3V)` of `(B, K)`."""
        return coefficients @ self.basis

    def encode(self, coefficients: Tensor) -> Tensor:
        """Codes `(B, d)` of `(B, K)`."""
        whitened = coefficients[:, : self.latent] / self.scales[: self.latent]
        # Small components must not shout: no input is scaled up beyond a fiftieth of the first.
        inputs = coefficients / self.scales.clamp(min=0.02 * float(self.scales[0]))
        codes: Tensor = whitened + self.encoder(inputs)
        return codes

    def decode(self, codes: Tensor) -> Tensor:
        """Coefficients `(B, K)` of codes `(B, d)`."""
        missing = len(self.scales) - self.latent
        kept = nn.functional.pad(codes * self.scales[: self.latent], (0, missing))
        found: Tensor = kept + self.decoder(codes) * self._correction_scale()
        return found

    def _correction_scale(self) -> Tensor:
        """What is left out by PCA sets the size of the correction."""
        return 3.0 * self.scales[min(self.latent, len(self.scales) - 1)]


def _two_layers(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    last = nn.Linear(hidden, outputs)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ELU(), nn.Linear(hidden, hidden), nn.ELU(), last
    )
