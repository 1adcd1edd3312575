"""All methods, in the order of the table."""

import accuracy_distances
import accuracy_losses
import accuracy_metric_learn
import accuracy_ours

METHODS = [
    *accuracy_distances.METHODS,
    *accuracy_metric_learn.METHODS,
    *accuracy_losses.METHODS,
    *accuracy_ours.METHODS,
]
