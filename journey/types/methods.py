"""Three ways to find types: an embedding of sequences, edit distance, a mixture of chains."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA

from journey.mining import mixture
from journey.mining.markov import Floats
from journey.types.sample import Ints, Sample, codes, common

DIMENSIONS = 8
DRAWN = 400
"""Different paths that edit distances are measured between, at most."""
LONGEST = 40
"""Steps of a path that edit distance looks at."""


@dataclass(frozen=True)
class Fitted:
    """A way to tell types apart, as plain numbers: it can be kept as JSON."""

    method: str
    kinds: int
    names: tuple[str, ...]
    """Activities that are told apart."""
    held: Mapping[str, Any]

    def assign(self, sample: Sample) -> Ints:
        """Give the type of each journey, shape (n,), in [0, kinds)."""
        return METHODS[self.method][1](self, sample)


def fit(method: str, sample: Sample, kinds: int, seed: int) -> Fitted:
    """Find ``kinds`` types by one of ``METHODS``."""
    names = common(sample.paths)
    held = METHODS[method][0](sample, names, kinds, seed)
    return Fitted(method, kinds, tuple(names), held)


def grams(paths: Sequence[Sequence[int]], size: int) -> Floats:
    """Count activities and moves of each path, damped; shape (n, size + 1 + (size + 1) ** 2)."""
    side = size + 1
    found = np.zeros((len(paths), side + side * side))
    for row, path in zip(found, paths, strict=True):
        at = np.array(path, dtype=int)
        np.add.at(row, at, 1.0)
        np.add.at(row, side + at[:-1] * side + at[1:], 1.0)
    return np.asarray(np.log1p(found))


def _fit_embedding(sample: Sample, names: Sequence[str], kinds: int, seed: int) -> dict[str, Any]:
    counted = grams(codes(sample.paths, names), len(names))
    size = min(DIMENSIONS, *counted.shape)
    flat = PCA(size, svd_solver="full").fit(counted)
    middle, spread = sample.signals.mean(axis=0), sample.signals.std(axis=0) + 1e-9
    scale = float(np.sqrt(flat.explained_variance_[0])) + 1e-9
    held = {
        "middle": flat.mean_.tolist(),
        "turn": (flat.components_ / scale).tolist(),
        "signal_middle": middle.tolist(),
        "signal_spread": spread.tolist(),
    }
    points = _embedded(held, counted, sample.signals)
    found = KMeans(kinds, n_init=5, random_state=seed).fit(points)
    return {**held, "centres": found.cluster_centers_.tolist()}


def _embedded(held: Mapping[str, Any], counted: Floats, signals: Floats) -> Floats:
    flat = (counted - np.array(held["middle"])) @ np.array(held["turn"]).T
    scaled = (signals - np.array(held["signal_middle"])) / np.array(held["signal_spread"])
    # Signals weigh less than the path: types are kinds of paths first.
    return np.asarray(np.concatenate([flat, 0.5 * scaled], axis=1))


def _assign_embedding(fitted: Fitted, sample: Sample) -> Ints:
    counted = grams(codes(sample.paths, fitted.names), len(fitted.names))
    points = _embedded(fitted.held, counted, sample.signals)
    far = ((points[:, None, :] - np.array(fitted.held["centres"])) ** 2).sum(axis=2)
    return np.asarray(far.argmin(axis=1))


def edit_distances(one: Sequence[int], others: Sequence[Sequence[int]]) -> Floats:
    """Give the share of steps to insert, delete or exchange (Levenshtein), shape (n,), in [0, 1].

    All others are measured at once: a row of the usual table for each of them, cut at its length.
    """
    lengths = np.array([len(other) for other in others])
    targets = np.full((len(others), max(lengths.max(initial=0), 1)), -1)
    for row, other in zip(targets, others, strict=True):
        row[: len(other)] = other
    places = np.arange(targets.shape[1] + 1)
    rows = np.tile(places, (len(others), 1))
    for number, step in enumerate(one, start=1):
        best = np.minimum(rows[:, 1:] + 1, rows[:, :-1] + (targets != step))
        best = np.concatenate([np.full((len(others), 1), number), best], axis=1)
        # What is left is to insert steps: the least of all earlier places plus their distance.
        rows = np.minimum.accumulate(best - places, axis=1) + places
    steps = rows[np.arange(len(others)), lengths]
    return np.asarray(steps / np.maximum(np.maximum(lengths, len(one)), 1))


def _fit_edit(sample: Sample, names: Sequence[str], kinds: int, seed: int) -> dict[str, Any]:
    paths = [tuple(path[:LONGEST]) for path in codes(sample.paths, names)]
    unlike = sorted(set(paths))
    random = np.random.default_rng(seed)
    if len(unlike) > DRAWN:
        unlike = [unlike[n] for n in sorted(random.choice(len(unlike), DRAWN, replace=False))]
    far = np.array([edit_distances(one, unlike) for one in unlike])
    wanted = min(kinds, len(unlike))
    grouped = AgglomerativeClustering(wanted, metric="precomputed", linkage="complete")
    labels = grouped.fit_predict(far)
    times = Counter(paths)
    weight = np.array([times[path] for path in unlike], dtype=float)
    medoids = []
    for kind in range(wanted):
        mine = np.flatnonzero(labels == kind)
        cost = far[np.ix_(mine, mine)] @ weight[mine]
        medoids.append(list(unlike[mine[int(cost.argmin())]]))
    return {"medoids": medoids}


def _assign_edit(fitted: Fitted, sample: Sample) -> Ints:
    paths = [tuple(path[:LONGEST]) for path in codes(sample.paths, fitted.names)]
    unlike = list(dict.fromkeys(paths))
    far = np.array([edit_distances(medoid, unlike) for medoid in fitted.held["medoids"]])
    nearest = dict(zip(unlike, far.argmin(axis=0).tolist(), strict=True))
    return np.array([nearest[path] for path in paths], dtype=np.int64)


def _fit_mixture(sample: Sample, names: Sequence[str], kinds: int, seed: int) -> dict[str, Any]:
    paths, weights = np.unique(
        np.array([" ".join(map(str, path)) for path in codes(sample.paths, names)]),
        return_counts=True,
    )
    moves = mixture.case_moves([[int(c) for c in p.split()] for p in paths], len(names) + 1)
    found = mixture.fit(moves, kinds, weights.astype(float), seed, starts=4)
    return {"shares": found.shares.tolist(), "log_moves": found.log_moves.tolist()}


def _assign_mixture(fitted: Fitted, sample: Sample) -> Ints:
    model = mixture.Mixture(
        np.array(fitted.held["shares"]), np.array(fitted.held["log_moves"]), np.inf
    )
    moves = mixture.case_moves(codes(sample.paths, fitted.names), len(fitted.names) + 1)
    return np.asarray(model.belong(moves).argmax(axis=1))


Fit = Callable[[Sample, Sequence[str], int, int], dict[str, Any]]
Assign = Callable[[Fitted, Sample], Ints]
METHODS: dict[str, tuple[Fit, Assign]] = {
    "embedding": (_fit_embedding, _assign_embedding),
    "edit distance": (_fit_edit, _assign_edit),
    "mixture of chains": (_fit_mixture, _assign_mixture),
}
