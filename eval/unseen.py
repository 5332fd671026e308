"""What texts that were not seen tell of a head: its calibration and its thresholds."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlp.calibration import fit_temperature
from nlp.heads import Floats, Head, Layer
from nlp.train.fit import held_back

_GRID = np.arange(0.1, 0.8, 0.02)

Truth = NDArray[np.float32]
"""0 or 1; NaN where nobody knows."""


def _platt(scores: Floats, truth: Truth, place: int) -> tuple[float, float]:
    known = ~np.isnan(truth[:, place])
    model = LogisticRegression().fit(scores[known, place][:, None], truth[known, place])
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def calibrated(head: Head, scores: Floats, truth: Truth) -> tuple[Head, Floats]:
    """Calibrate each label (Platt 1999) by scores of texts that were not seen.

    Returns
    -------
    Head
        With the calibration folded into its last layer.
    float32 array of shape (N, n_labels)
        The probabilities of those texts.
    """
    fits = np.array([_platt(scores, truth, n) for n in range(len(head.labels))], np.float32)
    last = head.layers[-1]
    layer = Layer(last.weight * fits[:, :1], last.bias * fits[:, 0] + fits[:, 1])
    chances = 1 / (1 + np.exp(-(scores * fits[:, 0] + fits[:, 1])))
    chances = np.asarray(chances, np.float32)
    fitted = {**head.fitted, **held_back(head.link, chances, truth)}
    return replace(head, layers=(*head.layers[:-1], layer), fitted=fitted), chances


def tempered(head: Head, scores: Floats, places: NDArray[np.int64]) -> Head:
    """Calibrate a softmax by one temperature (Guo et al. 2017), on texts that were not seen."""
    factor = np.float32(fit_temperature(scores, places))
    last = head.layers[-1]
    return replace(
        head, layers=(*head.layers[:-1], Layer(last.weight * factor, last.bias * factor))
    )


def best_threshold(said: Floats, truth: Truth) -> tuple[float, float]:
    """Give the threshold of the best micro F1, in the middle of the plateau, and that F1."""
    scores = [f1(said >= t, truth) for t in _GRID]
    good = _GRID[np.array(scores) >= max(scores) - 0.005]
    return round(float(np.median(good)), 3), max(scores)


def f1(held: NDArray[np.bool_], truth: Truth) -> float:
    """Give micro F1."""
    return float(2 * (held & (truth == 1)).sum() / max(held.sum() + truth.sum(), 1))
