"""Everything Lineament can do without a screen.

Frame and units: millimetres, x towards the subject's left, y up, z out of the
face. A signed distance is negative inside.
"""
