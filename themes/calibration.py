"""From how alike a text is to its theme to the probability that it belongs there."""

import numpy as np

from themes.space import Floats

MARGIN_LIMIT = 8.0
"""A lead over the second best theme beyond this says no more."""
ASSIGNED = 0.67
NEAR = 0.2
"""Of texts in scope about nine in ten or more are assigned on every tuning set and 98 in 100 at
least near; of those out of scope, three in ten or fewer are assigned."""
_DENSITY, _MARGIN, _OFFSET = 1.990, 0.348, -2.475
"""Fitted by ``python -m eval.themes_calibrate``: the target is whether a text bears the most
frequent label of its theme."""


def calibrated(density: Floats, margin: Floats | float) -> Floats:
    """Give the probability that a text belongs to its theme (Platt 1999).

    Parameters
    ----------
    density : float32 array of shape (N,)
        How alike it is to its most alike texts, on the collection's own scale: 0 as texts of
        other themes are, 1 as those of a theme are to one another.
    margin : float32 array of shape (N,), or float
        Lead of the best theme's discriminant over the second.
    """
    lead = np.minimum(margin, MARGIN_LIMIT)
    odds = _OFFSET + _DENSITY * density + _MARGIN * lead
    return (1 / (1 + np.exp(-odds))).astype(np.float32)
