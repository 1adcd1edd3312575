"""Train a backbone and the classifier together."""
