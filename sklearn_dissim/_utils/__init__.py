"""Serve all other folders with what knows nothing of pairs."""
