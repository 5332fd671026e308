"""How well found themes meet labels."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

Codes = NDArray[np.int64]


def agreement(labels: NDArray[np.str_], found: Codes) -> dict[str, float]:
    """Give k, ACC (Hungarian matching), NMI and ARI; texts without a theme are one group."""
    table = _table(labels, found)
    rows, columns = linear_sum_assignment(-table)
    return {
        "k": len(np.unique(found[found >= 0])),
        "acc": float(table[rows, columns].sum() / len(labels)),
        "nmi": float(normalized_mutual_info_score(labels, found)),
        "ari": float(adjusted_rand_score(labels, found)),
    }


def purity(labels: NDArray[np.str_], found: Codes) -> float:
    """Give the share of texts with a theme (0 and up) that bear its most frequent label."""
    inside = found >= 0
    return float(_table(labels[inside], found[inside]).max(axis=0).sum() / max(inside.sum(), 1))


def belongs(labels: NDArray[np.str_], found: Codes, outside: str) -> NDArray[np.bool_]:
    """Tell which texts bear the most frequent label of their theme, and are in scope."""
    names, codes = np.unique(labels, return_inverse=True)
    table = _table(labels, found)
    most = table.argmax(axis=0)[np.unique(found, return_inverse=True)[1]]
    right: NDArray[np.bool_] = (codes == most) & (names[codes] != outside) & (found >= 0)
    return right


def _table(labels: NDArray[np.str_], found: Codes) -> NDArray[np.int64]:
    names, rows = np.unique(labels, return_inverse=True)
    groups, columns = np.unique(found, return_inverse=True)
    table = np.zeros((len(names), len(groups)), np.int64)
    np.add.at(table, (rows, columns), 1)
    return table
