"""Photos in the editor: bringing them in, lying behind the face, landmarks, methods, texture."""
