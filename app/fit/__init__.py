"""Fitting the model to a scan, seen and steered in the window."""
