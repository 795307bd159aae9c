"""A tour of the program by a hand that moves the real window, with pictures."""
