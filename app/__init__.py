"""The desktop editor: Qt widgets around a VTK viewport."""
