"""Pairs of items: containers, checks and transformers."""
