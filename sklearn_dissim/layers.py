"""Layers for backbones of one's own; importing them imports torch."""

from sklearn_dissim._max_margin.training.layers import L2Normalize, Standardize

__all__ = ["L2Normalize", "Standardize"]
