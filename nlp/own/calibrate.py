"""How sure a head may be: fitted on examples, each as if it had been left out."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nlp.calibration import Logistic, fit_logistic, fit_temperature, logit
from nlp.heads import Floats
from nlp.own.kernel import KernelHead, Link

USUAL_TRUST = Logistic((0.6, 0.0, -0.6), 0.6)
"""Near what Banking77's and CLINC150's training texts come to; small sets stay near it."""
USUAL_SCALES: dict[Link, tuple[float, float]] = {"softmax": (14.0, 0.0), "sigmoid": (9.0, -4.5)}
"""Near what the public sets come to."""
ZERO_SHOT_SCALE = 27.0
ZERO_SHOT_TRUST = Logistic((0.71, -0.67, -4.8), 2.65)
"""Fitted on label names against Banking77's training and CLINC150's development texts. Of texts in
scope, the nearer five descriptions are the more alike they are to one another."""
_HOLD = 2.0
_HOLD_SCALE = 30.0
"""Few examples that lie far apart are told apart without an error; new texts are not."""
_FEWEST = 10
"""Held-out examples below which the usual scale stays."""


@dataclass(frozen=True)
class Held:
    """What a head says of examples it has not seen.

    Attributes
    ----------
    scores : float32 array of shape (N, L)
    near : float32 array of shape (N,)
        Mean cosine to the nearest examples.
    truth : float32 array of shape (N, L)
        1 where a label holds.
    """

    scores: Floats
    near: Floats
    truth: Floats


def scaled(head: KernelHead, held: Held) -> KernelHead:
    """Give a head the scale (and offset, where several labels may hold) that fits best."""
    if len(held.scores) < _FEWEST:
        return head
    if head.link == "softmax":
        true = held.truth.argmax(axis=1)
        return replace(head, scale=fit_temperature(held.scores, true, head.scale, _HOLD_SCALE))
    usual = Logistic((head.scale,), head.offset)
    flat = held.scores.reshape(-1, 1)
    found = fit_logistic(flat, held.truth.ravel() == 1, np.ones(len(flat)), usual, _HOLD)
    return replace(head, scale=found.weights[0], offset=found.bias)


def trust_clues(shares: Floats, scores: Floats, near: Floats) -> NDArray[np.float64]:
    """Give the (N, 3) clues: log-odds of the best label, its score, and how near examples are."""
    return np.column_stack([logit(shares.max(axis=1)), scores.max(axis=1), near])


def fit_trust(head: KernelHead, held: Held) -> Logistic:
    """Learn when the best label is right, of texts that have a label."""
    if len(held.scores) < _FEWEST:
        return USUAL_TRUST
    shares = head.shares(held.scores)
    best = shares.argmax(axis=1)
    right = held.truth[np.arange(len(best)), best] == 1
    clues = trust_clues(shares, held.scores, held.near)
    return fit_logistic(clues, right, np.ones(len(right)), USUAL_TRUST, _HOLD)
