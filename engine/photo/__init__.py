"""From a photograph to a face: reading, finding, cropping, reconstructing."""
