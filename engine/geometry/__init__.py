"""Meshes and what can be computed on them."""
