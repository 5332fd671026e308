"""Examples that likely carry the wrong label, by confident learning.

Northcutt, Jiang & Chuang (2021), Confident Learning: Estimating Uncertainty in Dataset Labels.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nlp.own.lint_finding import FEW, Fault, Finding
from nlp.own.lint_shares import Shares

_CHANCE = (0.02, 0.1)
"""What is held to be chance, with very many labels and with very few."""


def mislabelled(shares: Shares) -> Iterator[Finding]:
    """Name examples that are confidently of another label than their own."""
    likelier = confident(shares)
    counts = np.bincount(shares.owners, minlength=len(shares.labels))
    # Of a label with very few examples each one looks odd.
    odd = (likelier != shares.owners) & (counts[shares.owners] >= FEW)
    for place in np.flatnonzero(odd).tolist():
        example = shares.examples[place]
        own, other = shares.owners[place], likelier[place]
        label = shares.labels[other]
        margin = float(shares.shares[place, other] - shares.shares[place, own])
        yield Finding(
            Fault.MISLABELLED,
            (example.line,),
            (example.label, label),
            f"reads like {label} ({shares.shares[place, other]:.0%}), "
            f"not {example.label} ({shares.shares[place, own]:.0%})",
            f"read it again; if it is {label}, change the label",
            margin,
        )


def confident(shares: Shares) -> NDArray[np.int64]:
    """Give the label that each example confidently belongs to; its own where none is.

    The paper counts an example for another label where that one is at least as likely as it is
    on average for its own examples. With probabilities that are calibrated, as they are here,
    this overlooks a third of the wrong labels (docs/results.md); so what decides is the paper's
    other measure, self-confidence: the example's own label is less likely than chance.

    Returns
    -------
    int array of shape (N,)
        Places of labels.
    """
    own = shares.shares[np.arange(len(shares.owners)), shares.owners]
    chance = np.clip(1 / len(shares.labels), *_CHANCE)
    return np.where(own < chance, shares.best, shares.owners)
