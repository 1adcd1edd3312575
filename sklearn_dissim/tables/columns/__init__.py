"""Take tables apart into columns that can be compared."""
