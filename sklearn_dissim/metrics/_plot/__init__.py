"""Draw what the metrics measure."""
