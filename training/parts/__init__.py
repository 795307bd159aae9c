"""Training of the parts-based implicit face model."""
