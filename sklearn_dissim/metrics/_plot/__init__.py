"""Pictures of matching: their arrays, and how matplotlib draws them."""
