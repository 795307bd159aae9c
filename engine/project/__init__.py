"""The document and its file."""
