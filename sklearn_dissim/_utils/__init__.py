"""What the other folders share and what knows nothing of pairs."""
