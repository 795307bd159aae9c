"""Scans in the editor: reading them, laying them on the face, and correcting that by hand."""
