"""The colours and the shade of a surface's vertices, computed without a GPU."""
