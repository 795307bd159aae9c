"""The spiral autoencoder in the editor: reconstructions and its latent space."""
