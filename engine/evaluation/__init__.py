"""How close one surface is to another."""
