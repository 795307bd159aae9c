"""Surfaces side by side: files, batches, reports and the comparison window."""
