"""List all methods, in the order of the table."""

from benchmarks.accuracy import distances, losses, metric_learning, ours

METHODS = [*distances.METHODS, *metric_learning.METHODS, *losses.METHODS, *ours.METHODS]
