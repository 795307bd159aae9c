"""Photographs of random heads: from codes to pixels, with every label exact."""
