"""Trains the coarse-to-fine spiral network on photographs with codes."""
