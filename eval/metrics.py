"""Measures of classification. Greater is better for each."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, recall_score, roc_auc_score

from nlp.calibration import calibration_error as calibration_error


def accuracy(said: Sequence[str], true: Sequence[str]) -> float:
    """Share of labels that are right, 0 to 1."""
    return float(np.mean([one == other for one, other in zip(said, true, strict=True)]))


def macro_recall(said: Sequence[str], true: Sequence[str]) -> float:
    """Mean recall over labels, 0 to 1 (the measure of SemEval and TweetEval sentiment)."""
    return float(recall_score(true, said, average="macro", zero_division=0))


def macro_f1(said: Sequence[str], true: Sequence[str]) -> float:
    """Mean F1 over labels, 0 to 1."""
    return float(f1_score(true, said, average="macro", zero_division=0))


def auroc(positive: Sequence[bool], score: Sequence[float]) -> float:
    """Chance that a positive scores above a negative, 0 to 1."""
    return float(roc_auc_score(positive, score))


def label_f1(
    said: NDArray[np.bool_], true: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """F1 of each label over texts with several labels.

    Parameters
    ----------
    said, true : bool array of shape (N, L)

    Returns
    -------
    tuple of arrays of shape (L,)
        F1, and how many texts have the label.
    """
    both = (said & true).sum(axis=0)
    total = said.sum(axis=0) + true.sum(axis=0)
    return 2 * both / np.maximum(total, 1), true.sum(axis=0)


def micro_f1(said: Sequence[Collection[str]], true: Sequence[Collection[str]]) -> float:
    """F1 over all labels of all texts, 0 to 1, where a text may have several or none."""
    both = sum(len(set(one) & set(other)) for one, other in zip(said, true, strict=True))
    total = sum(len(set(one)) for one in (*said, *true))
    return 2 * both / max(total, 1)
