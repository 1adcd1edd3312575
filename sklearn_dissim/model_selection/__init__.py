"""Splitters that keep every identity on one side."""

from sklearn_dissim.model_selection._pair_group_kfold import PairGroupKFold

__all__ = ["PairGroupKFold"]
