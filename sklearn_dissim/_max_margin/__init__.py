"""The max-margin classifier of pairs."""
