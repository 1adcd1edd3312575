"""Propose candidate pairs of records without comparing all pairs."""
