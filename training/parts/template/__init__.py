"""The fixed-topology template: our own mesh of the zero set of the template network.

The steps, one file each: `extract` (half of the surface by marching cubes, tunnels
mended), `labels` (eyeball, mouth and neck's cap cut in), `sizing` and `remesh` (even
triangles), `mirror`, `uv`, `transfer` (regions and landmarks from the registered faces)
and `paint`. `build.build_template` runs them all.
"""
