"""Faults of labels: too few examples, or two that say the same."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from nlp.heads import Floats
from nlp.own.lint_finding import FEW, Example, Fault, Finding
from nlp.own.lint_shares import Shares
from nlp.own.model import OOS

GOOD = 10
_CONFUSED, _CONFUSED_LEAST = 0.15, 3
"""Share and number of two labels' examples that are taken for the other one's."""
_ONE = 0.35
"""Share from which two labels are held to be one; 0.5 is guessing."""
_MOST = 150
"""Examples of a label that are compared."""
_SHUFFLES = 99
_SEED = 20261123


def too_few(examples: Sequence[Example]) -> Iterator[Finding]:
    """Find labels with fewer examples than a head can learn from."""
    lines: dict[str, list[int]] = defaultdict(list)
    for example in examples:
        lines[example.label].append(example.line)
    for label, found in lines.items():
        if label != OOS and len(found) < FEW:
            told = f"has {len(found)} of the {FEW} examples that are the least"
            todo = f"add {GOOD - len(found)}, in the words of customers; {GOOD} are a good start"
            yield Finding(Fault.FEW, tuple(found), (label,), told, todo, float(FEW - len(found)))


def overlapping(shares: Shares) -> Iterator[Finding]:
    """Find pairs of labels that are taken for one another."""
    best, owners = shares.best, shares.owners
    table = np.zeros((len(shares.labels),) * 2, np.int64)
    np.add.at(table, (owners, best), 1)
    counts = table.sum(axis=1)
    # Of texts of no intent, and of a label with very few, nothing of the kind can be said.
    known = [n for n, label in enumerate(shares.labels) if label != OOS and counts[n] >= FEW]
    for one, other in combinations(known, 2):
        confused = int(table[one, other] + table[other, one])
        share = confused / (counts[one] + counts[other])
        if confused >= _CONFUSED_LEAST and share >= _CONFUSED:
            yield _overlap(shares, one, other, confused, share)


def _overlap(shares: Shares, one: int, other: int, confused: int, share: float) -> Finding:
    names = (shares.labels[one], shares.labels[other])
    owners, best = shares.owners, shares.best
    wrong = ((owners == one) & (best == other)) | ((owners == other) & (best == one))
    lines = tuple(shares.examples[place].line for place in np.flatnonzero(wrong))
    apart, chance = energy(shares.rows[owners == one], shares.rows[owners == other])
    told = (
        f"{confused} of {int(((owners == one) | (owners == other)).sum())} examples of "
        f"{names[0]} and {names[1]} are taken for the other's; distance {apart:.2f} of 1"
    )
    if share >= _ONE or chance > 0.05:
        todo = f"they look like one intent: merge {names[0]} and {names[1]}, or redraw the line"
    else:
        todo = "say what sets them apart and correct these lines, or merge the two"
    return Finding(Fault.OVERLAP, lines, names, told, todo, share)


def energy(one: Floats, other: Floats) -> tuple[float, float]:
    """Tell how far apart two clouds of vectors lie, and whether that could be chance.

    Parameters
    ----------
    one, other : float arrays of shape (N, D) and (M, D)

    Returns
    -------
    tuple of float
        The coefficient of energy distance, 0 (alike) to 1, and the share of random splits that
        lie as far apart (Székely & Rizzo 2013).
    """
    generator = np.random.default_rng(_SEED)
    one, other = _some(one, generator), _some(other, generator)
    rows = np.concatenate([one, other]).astype(np.float64)
    squares = np.maximum(2.0 - 2.0 * rows @ rows.T, 0.0)  # of unit vectors
    distances = np.sqrt(squares)
    order = np.arange(len(rows))
    apart = _coefficient(distances, order, len(one))
    further = sum(
        _coefficient(distances, generator.permutation(order), len(one)) >= apart
        for _ in range(_SHUFFLES)
    )
    return apart, (further + 1) / (_SHUFFLES + 1)


def _some(rows: Floats, generator: np.random.Generator) -> Floats:
    if len(rows) <= _MOST:
        return rows
    return rows[generator.choice(len(rows), _MOST, replace=False)]


def _coefficient(distances: NDArray[np.float64], order: NDArray[np.int64], size: int) -> float:
    left, right = order[:size], order[size:]
    between = 2.0 * distances[np.ix_(left, right)].mean()
    within = distances[np.ix_(left, left)].mean() + distances[np.ix_(right, right)].mean()
    return float(max(between - within, 0.0) / between) if between else 0.0
