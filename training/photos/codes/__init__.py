"""Trains the network from crops to codes, pose and points."""
