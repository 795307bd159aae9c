"""Writing faces to files for other programs: choices, dialog, work."""
