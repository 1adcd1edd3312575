"""Search galleries for the items that are most likely the same as a query."""
