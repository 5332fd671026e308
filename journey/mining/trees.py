"""Boosted trees as plain arrays: kept as JSON, read without the library that grew them.

A model that is kept in the database must be read by whatever version reads it later, and must not
be a pickle. What is read here of the library's trees is not part of its promise; a test holds the
answers of both against each other.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from journey.mining.markov import Floats

CELLS = 2_000_000
"""Rows times trees that are walked at once."""
CODES = 256
"""Gradient boosting takes codes below this."""
LARGEST = 1e18
"""Stands for no limit, beyond all seconds and counts: JSON knows no infinity."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Trees:
    """A sum of trees for each output; a leaf leads to itself."""

    start: Floats
    """Shape (outputs,): what is told before any tree."""
    roots: Ints
    """Shape (trees,): places of the first nodes; tree t adds to the output t modulo outputs."""
    column: Ints
    """Shape (nodes,), as all below."""
    limit: Floats
    left: Ints
    right: Ints
    unknown_left: Ints
    """1 where what is not known goes left."""
    value: Floats
    chosen: Ints
    """Row of ``sets`` where a code is asked for, else -1."""
    sets: NDArray[np.bool_]
    """Shape (sets, 256): codes that go left."""
    known: NDArray[np.bool_]
    """Shape (columns of codes, 256): codes that training saw; others count as not known."""

    def raw(self, features: Floats) -> Floats:
        """Give the sums, shape (n, outputs)."""
        codes = len(self.known)
        held = features.copy()
        for column in range(codes):
            code = np.nan_to_num(held[:, column], nan=-1.0).astype(np.int64)
            strange = (code < 0) | (code >= CODES) | ~self.known[column, code.clip(0, CODES - 1)]
            held[strange, column] = np.nan
        rows = max(CELLS // max(len(self.roots), 1), 1)
        parts = [self._walk(held[at : at + rows]) for at in range(0, len(held), rows)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.start)))

    def _walk(self, features: Floats) -> Floats:
        row = np.arange(len(features))[:, None]
        at = np.broadcast_to(self.roots, (len(features), len(self.roots)))
        while True:
            asked = features[row, self.column[at]]
            code = np.nan_to_num(asked, nan=0.0).astype(np.int64).clip(0, CODES - 1)
            sets = self.chosen[at]
            left = np.where(sets >= 0, self.sets[sets, code], asked <= self.limit[at])
            left = np.where(np.isnan(asked), self.unknown_left[at] == 1, left)
            following = np.where(left, self.left[at], self.right[at])
            if (following == at).all():
                break
            at = following
        outputs = len(self.start)
        added = self.value[at].reshape(len(features), -1, outputs).sum(axis=1)
        return np.asarray(self.start + added)

    def plain(self) -> dict[str, Any]:
        """Give the trees as plain data; sets as lists of codes."""
        listed = {name: held.tolist() for name, held in asdict(self).items()}
        for name in ("sets", "known"):
            listed[name] = [np.flatnonzero(row).tolist() for row in getattr(self, name)]
        return listed

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Trees":
        """Read them back."""

        def sums(name: str) -> Floats:
            return np.array(plain[name], dtype=float)

        def places(name: str) -> Ints:
            return np.array(plain[name], dtype=np.int64)

        return cls(
            sums("start"), places("roots"), places("column"), sums("limit"), places("left"),
            places("right"), places("unknown_left"), sums("value"), places("chosen"),
            _marked(plain["sets"]), _marked(plain["known"]),
        )  # fmt: skip


def _marked(rows: list[list[int]]) -> NDArray[np.bool_]:
    # At least one row, so that a place outside of all sets can be looked up and thrown away.
    marks = np.zeros((max(len(rows), 1), CODES), dtype=bool)
    for place, codes in enumerate(rows):
        marks[place, codes] = True
    return marks[: len(rows)] if rows else marks


def grown(model: HistGradientBoostingClassifier | HistGradientBoostingRegressor) -> Trees:
    """Take the trees out of a trained model whose columns of codes come first."""
    known = [
        [int(code) for code in codes if not np.isnan(code)]
        for codes in model._preprocessor.named_transformers_["encoder"].categories_
    ]
    trees = [tree for each in model._predictors for tree in each]
    sizes = np.cumsum([0, *(len(tree.nodes) for tree in trees)])
    nodes = np.concatenate([tree.nodes for tree in trees])
    offset = np.repeat(sizes[:-1], np.diff(sizes))
    leaf, itself = nodes["is_leaf"] == 1, np.arange(len(nodes))
    sets: list[list[int]] = []
    chosen = np.full(len(nodes), -1)
    for tree, first in zip(trees, sizes.tolist(), strict=False):
        for place in np.flatnonzero(tree.nodes["is_categorical"] & ~tree.nodes["is_leaf"]):
            node = tree.nodes[place]
            # The library counts codes anew, in their order: back to ours.
            codes = known[node["feature_idx"]]
            bits = tree.raw_left_cat_bitsets[node["bitset_idx"]]
            chosen[first + place] = len(sets)
            sets.append([c for n, c in enumerate(codes) if bits[n // 32] >> (n % 32) & 1])
    return Trees(
        start=np.ravel(model._baseline_prediction).astype(float),
        roots=sizes[:-1],
        column=nodes["feature_idx"].astype(np.int64),
        limit=np.where(np.isfinite(nodes["num_threshold"]), nodes["num_threshold"], LARGEST),
        left=np.where(leaf, itself, offset + nodes["left"]),
        right=np.where(leaf, itself, offset + nodes["right"]),
        unknown_left=nodes["missing_go_to_left"].astype(np.int64),
        value=nodes["value"],
        chosen=chosen,
        sets=_marked(sets),
        known=_marked(known),
    )
