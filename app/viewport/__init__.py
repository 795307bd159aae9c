"""The 3D view; the only place that touches PyVista."""
