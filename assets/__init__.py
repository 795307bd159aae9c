"""What ships with Lineament; installed as the data package `lineament_assets`."""
