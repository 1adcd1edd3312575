"""Take tables apart into columns, and choose how each of them is compared."""
