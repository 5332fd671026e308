"""Fitting of own taxonomies, from examples or from descriptions alone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.calibration import WRONG_COSTS, Logistic
from nlp.heads import Floats
from nlp.own.calibrate import (
    USUAL_SCALES,
    ZERO_SHOT_SCALE,
    ZERO_SHOT_TRUST,
    Held,
    fit_trust,
    scaled,
)
from nlp.own.kernel import KernelHead, Link, halved
from nlp.own.labels import Labelled, intents_of
from nlp.own.model import OOS, OwnTaxonomy, TaxonomyError, read_texts
from nlp.own.ridge import Ints, Ridge, solve
from nlp.own.scope import ZERO_SHOT_SCOPE, fit_scope, scope_clues
from nlp.own.unseen import unseen
from nlp.tops import Adapter
from nlp.vectors import Vectors

_WIDTH: dict[Link, float] = {"softmax": 1.0, "sigmoid": 0.25}
_RIDGE: dict[Link, float] = {"softmax": 0.1, "sigmoid": 0.03}
"""How they were chosen stands in docs/results-intents.md."""
_MOST = 16_000
"""Examples at most, drawn alike of each label: memory grows by their square."""
_HELD = 3_000
"""Examples that calibration is fitted on, each as if it had been left out."""
_SEED = 20261123


def fit_examples(
    vectors: Vectors,
    name: str,
    examples: Sequence[Labelled],
    *,
    descriptions: Mapping[str, str] | None = None,
    wrong_costs: float = WRONG_COSTS,
    adapter: Adapter | None = None,
) -> OwnTaxonomy:
    """Fit a taxonomy from texts with their labels.

    Parameters
    ----------
    vectors : Vectors
        The shared encoder.
    name : str
    examples : sequence of (text, label) or (text, labels)
        The label ``oos``, or no label, marks texts of no intent. Two labels at least; ten
        examples of each are a good start. Where a text has several labels, any number of labels
        may hold of a new text; otherwise one does.
    descriptions : mapping of str to str, optional
        What labels mean, counted as one example each; the label's own words where none is given.
    wrong_costs : float
        What a wrong label costs where abstaining costs 1; at least 1.
    adapter : Adapter, optional
        Of a top that was tuned on examples of this taxonomy, see ``nlp.own.tune``: it is read
        too, and how sure the head may be is learned on the examples that tuning left out.

    Raises
    ------
    TaxonomyError
        If there are fewer than two labels, a text has no word, or the cost is below 1.
    """
    vectors = vectors if adapter is None else vectors.tuned(adapter)
    said = [frozenset(intents_of(labels)) for _, labels in examples]
    labels = tuple(sorted(set().union(*said)))
    if len(labels) < 2:
        raise TaxonomyError(f"taxonomy {name!r} needs examples of two labels at least")
    rows = _rows(vectors, name, [text for text, _ in examples])
    kept = _drawn([min(one, default=OOS) for one in said])
    means = _meanings(vectors, labels, descriptions or {})
    named = [frozenset({label}) for label in means]
    truth = _truth([*(said[place] for place in kept), *named], labels)
    fresh = np.array([adapter is None or unseen(examples[place][0]) for place in kept])
    data = _Data(halved(np.stack([*rows[kept], *means.values()])), truth, fresh)
    head, trust, scope = _fitted(data, labels, vectors.space)
    left_out = len(examples) - len(kept)
    return OwnTaxonomy(name, head, trust, scope, _costs(name, wrong_costs), left_out, adapter)


def fit_descriptions(
    vectors: Vectors,
    name: str,
    descriptions: Mapping[str, str],
    *,
    wrong_costs: float = WRONG_COSTS,
) -> OwnTaxonomy:
    """Make a taxonomy from what its labels mean: the nearest description wins.

    Parameters
    ----------
    vectors : Vectors
        The shared encoder.
    name : str
    descriptions : mapping of str to str
        A phrase for each label; the label's own words where it is empty.
    wrong_costs : float
        What a wrong label costs where abstaining costs 1; at least 1.

    Raises
    ------
    TaxonomyError
        If there are fewer than two labels, one has no word, or the cost is below 1.
    """
    labels = tuple(sorted(set(descriptions) - {OOS}))
    if len(labels) < 2:
        raise TaxonomyError(f"taxonomy {name!r} needs two labels at least")
    texts = [descriptions[label].strip() or _words(label) for label in labels]
    rows = halved(_rows(vectors, name, texts))
    votes, base = np.eye(len(labels), dtype=np.float32), np.zeros(len(labels), np.float32)
    head = KernelHead(
        labels,
        rows,
        votes,
        base,
        _WIDTH["softmax"],
        ZERO_SHOT_SCALE,
        0.0,
        "softmax",
        vectors.space,
        np.ones(len(labels), np.bool_),
    )
    return OwnTaxonomy(name, head, ZERO_SHOT_TRUST, ZERO_SHOT_SCOPE, _costs(name, wrong_costs))


@dataclass(frozen=True)
class _Data:
    """Rows to fit: examples first, then what labels mean."""

    rows: Floats
    truth: Floats
    fresh: NDArray[np.bool_]
    """Of the examples: whether their vectors were made without knowing their labels."""

    @property
    def examples(self) -> int:
        """How many there are."""
        return len(self.fresh)


def _fitted(
    data: _Data, labels: tuple[str, ...], space: str
) -> tuple[KernelHead, Logistic, Logistic]:
    several = bool((data.truth.sum(axis=1) > 1).any())
    link: Link = "sigmoid" if several else "softmax"
    nothing = data.truth.sum(axis=1) == 0
    base = np.full(len(labels), 1 / len(labels), np.float32)
    if several:
        base = data.truth[: data.examples].mean(axis=0)
    # One of the labels holds: a text of no intent is to be undecided (Lee et al. 2018).
    targets = data.truth if several else np.where(nothing[:, None], base, data.truth)
    ridge = solve(data.rows, targets, base, _WIDTH[link], _RIDGE[link], ~nothing)
    head = _head(ridge, labels, link, space)
    inside, outside = _held_places(data, nothing)
    held = _held(ridge, data, inside)
    scaling = _held(ridge, data, np.concatenate([inside, outside])) if several else held
    head = scaled(head, scaling)
    one = data.truth.sum(axis=1) == 1
    owners = np.where(one, data.truth.argmax(axis=1), -1)
    scope = fit_scope(ridge, owners, scope_clues(held.scores, held.near), outside, _SEED)
    return head, fit_trust(head, held), scope


def _head(ridge: Ridge, labels: tuple[str, ...], link: Link, space: str) -> KernelHead:
    scale, offset = USUAL_SCALES[link]
    return KernelHead(
        labels,
        ridge.rows,
        ridge.weights,
        ridge.base,
        _WIDTH[link],
        scale,
        offset,
        link,
        space,
        ridge.inside,
    )


def _held(ridge: Ridge, data: _Data, places: Ints) -> Held:
    return Held(*ridge.without_each(places), data.truth[places])


def _held_places(data: _Data, nothing: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Draw the examples that are left out one by one: those of some intent, those of none."""
    order = np.random.default_rng(_SEED).permutation(data.examples)
    order = order[data.fresh[order]]
    inside, outside = order[~nothing[order]], order[nothing[order]]
    return np.sort(inside[:_HELD]), np.sort(outside[:_HELD])


def _truth(said: Sequence[frozenset[str]], labels: Sequence[str]) -> Floats:
    return np.array([[label in one for label in labels] for one in said], np.float32)


def _drawn(owners: Sequence[str]) -> Ints:
    """Keep all examples, or so many of each label that no more than the most are left."""
    order = np.random.default_rng(_SEED).permutation(len(owners))
    seen: Counter[str] = Counter()
    turns = np.empty(len(owners), np.int64)
    for place in order:
        turns[place] = seen[owners[place]]
        seen[owners[place]] += 1
    return np.sort(order[np.argsort(turns[order], kind="stable")][:_MOST])


def _rows(vectors: Vectors, name: str, texts: Sequence[str]) -> Floats:
    rows = [item.whole for item in read_texts(vectors, texts)]
    empty = [place for place, row in enumerate(rows, start=1) if row is None]
    if empty:
        raise TaxonomyError(f"taxonomy {name!r}: example {empty[0]} holds no word")
    return np.stack([row for row in rows if row is not None])


def _meanings(
    vectors: Vectors, labels: Sequence[str], descriptions: Mapping[str, str]
) -> dict[str, Floats]:
    """Give a vector for what each label means; none for a label without a word."""
    texts = [descriptions.get(label, "").strip() or _words(label) for label in labels]
    read = read_texts(vectors, texts)
    return {
        label: item.whole
        for label, item in zip(labels, read, strict=True)
        if item.whole is not None
    }


def _words(label: str) -> str:
    return label.replace("_", " ").replace("-", " ")


def _costs(name: str, wrong_costs: float) -> float:
    if not wrong_costs >= 1:
        raise TaxonomyError(f"taxonomy {name!r}: a wrong label must cost 1 at least")
    return wrong_costs
