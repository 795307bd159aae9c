"""Training of Pixel2Mesh and of Pixel2Mesh for faces."""
