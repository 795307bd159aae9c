"""Data sets, losses, trainers and evaluation; trained weights leave through `training.export`."""
