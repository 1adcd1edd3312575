"""Split pairs into training and test sets with no identity in both."""

from sklearn_dissim.model_selection._check_identity_leakage import check_identity_leakage
from sklearn_dissim.model_selection._leave_p_identities_out import LeavePIdentitiesOut
from sklearn_dissim.model_selection._pair_group_kfold import PairGroupKFold
from sklearn_dissim.model_selection._pair_group_shuffle_split import PairGroupShuffleSplit
from sklearn_dissim.model_selection._pair_train_test_split import pair_train_test_split
from sklearn_dissim.model_selection._stratified_pair_group_kfold import StratifiedPairGroupKFold

__all__ = [
    "LeavePIdentitiesOut",
    "PairGroupKFold",
    "PairGroupShuffleSplit",
    "StratifiedPairGroupKFold",
    "check_identity_leakage",
    "pair_train_test_split",
]
