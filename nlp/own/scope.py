"""Whether a text belongs to a taxonomy at all: taught without texts of no intent, better with."""

import numpy as np
from numpy.typing import NDArray

from nlp.calibration import Logistic, fit_logistic
from nlp.heads import Floats
from nlp.own.ridge import Ints, Ridge

USUAL_SCOPE = Logistic((6.0, 10.0), -7.5)
"""Near what Banking77's and CLINC150's training texts come to; the start for small sets."""
ZERO_SHOT_SCOPE = Logistic((10.6, 13.2), -5.9)
"""Fitted like the trust of label names: descriptions are farther from texts than examples are."""
_OUTSIDE, _MOST_OUTSIDE = 0.1, 0.5
"""Share of texts of no intent that is reckoned with: at least, and at most where more are given."""
_LEFT_OUT = 1_000
"""Examples of labels that are left out whole and play texts of no intent, about."""
_LEAST_LABELS = 5
"""With fewer labels the others lie too far from the one that is left out."""


def scope_clues(scores: Floats, near: Floats) -> Floats:
    """Give the (N, 2) clues: the best score, and how near the nearest examples are."""
    return np.column_stack([scores.max(axis=1), near])


def fit_scope(ridge: Ridge, owners: Ints, inside: Floats, outside: Ints, seed: int) -> Logistic:
    """Learn to tell texts of some intent from texts of none.

    Parameters
    ----------
    ridge : Ridge
    owners : int array of shape (N,)
        Label of each row; -1 for texts of no intent or of several.
    inside : float32 array of shape (K, 2)
        Clues of texts of some intent, each left out by itself.
    outside : int array of shape (M,)
        Rows of given texts of no intent.
    seed : int
        Of the draw of labels that play texts of no intent: each is left out whole.
    """
    found = [_left_out(ridge, places) for places in _drawn(owners, seed)]
    if len(outside):
        found.append(scope_clues(*ridge.without_each(outside)))
    if not found:
        return USUAL_SCOPE
    # The given ones count as much as all those that only play the part.
    weights = [np.full(len(rows), 1 / len(rows)) for rows in found]
    if len(outside):
        weights[-1] *= max(len(found) - 1, 1)
    clues = np.concatenate([inside, *found])
    # Who gives many meets many: to reckon with few would make it say a label to most of them.
    share = min(max(len(outside) / (len(inside) + len(outside)), _OUTSIDE), _MOST_OUTSIDE)
    labelled = _labelled(len(inside), np.concatenate(weights), share)
    return fit_logistic(clues, *labelled, USUAL_SCOPE)


def _labelled(
    inside: int, weights: NDArray[np.float64], share: float
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    truth = np.arange(inside + len(weights)) < inside
    total = inside * share / (1 - share)
    return truth, np.concatenate([np.ones(inside), weights * (total / weights.sum())])


def _drawn(owners: Ints, seed: int) -> list[Ints]:
    """Draw labels until their examples are enough; at most every third label."""
    labels = np.unique(owners[owners >= 0])
    if len(labels) < _LEAST_LABELS:
        return []
    order = np.random.default_rng(seed).permutation(labels)[: max(len(labels) // 3, 1)]
    places = [np.flatnonzero(owners == label) for label in order]
    enough = np.cumsum([len(rows) for rows in places]) < _LEFT_OUT
    return [rows for rows, take in zip(places, [True, *enough], strict=False) if take]


def _left_out(ridge: Ridge, places: Ints) -> Floats:
    scores, near = ridge.without_all(places)
    return scope_clues(np.delete(scores, ridge.targets[places[0]].argmax(), axis=1), near)
