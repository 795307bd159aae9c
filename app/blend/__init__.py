"""From one face to another in the window, and what plays it."""
