"""Training the spiral autoencoder (Neural3DMM): data, losses, experiments and export."""
