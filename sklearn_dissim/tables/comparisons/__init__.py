"""Compare two values of a column in many ways."""
