"""Compare two values of a column."""
