"""Ways to change a face: random codes, meshes for export, morph targets."""
