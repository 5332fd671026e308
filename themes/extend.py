"""A model with themes added: those before keep their places and their weights."""

from dataclasses import replace

import numpy as np

from themes.assign import Assigner, spread_of, weights_of
from themes.space import Floats, Ints, centred

_SAME = 0.9995
"""A vector more alike than this to one of the bank is that one, in half precision."""


def extended(assigner: Assigner, vectors: Floats, labels: Ints) -> Assigner:
    """Add themes behind those that are there.

    Parameters
    ----------
    assigner : Assigner
        Of K themes.
    vectors : float32 array of shape (N, D)
        As the encoder gives them, of distinct texts.
    labels : int64 array of shape (N,)
        New themes, 0 to L-1; -1 for texts of none, which are left out.

    Returns
    -------
    Assigner
        Of K + L themes. Weights and bank of the first K are what they were.
    """
    count, before = int(labels.max(initial=-1)) + 1, len(assigner.bias)
    inside = labels >= 0
    unit, mine = centred(vectors[inside], assigner.mean), labels[inside]
    means = np.stack([unit[mine == place].mean(axis=0, dtype=np.float64) for place in range(count)])
    weights, bias = weights_of(means, spread_of(assigner), len(assigner.bank))
    alike = unit @ assigner.bank.astype(np.float32).T
    known = alike.max(axis=1, initial=-1) > _SAME
    themes = assigner.bank_themes.copy()
    if known.any():
        themes[alike[known].argmax(axis=1)] = before + mine[known]
    return replace(
        assigner,
        weights=np.concatenate([assigner.weights, weights]),
        bias=np.concatenate([assigner.bias, bias]),
        bank=np.concatenate([assigner.bank, unit[~known].astype(np.float16)]),
        bank_themes=np.concatenate([themes, before + mine[~known]]),
    )
