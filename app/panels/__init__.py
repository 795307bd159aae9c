"""The widgets beside the viewport; they see the session and the commands, never each other."""
