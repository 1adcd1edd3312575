"""Measure the package: its speed, its memory, and its accuracy beside other methods."""
