"""Plain networks, each with a frozen configuration."""
