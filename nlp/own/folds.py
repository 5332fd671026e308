"""Answers about texts that were left out of the fit: what a taxonomy would say of new ones."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.own.fit import fit_examples
from nlp.own.labels import Labelled, labels_of
from nlp.own.model import OOS, Prediction
from nlp.own.unseen import unseen
from nlp.tops import Adapter
from nlp.vectors import Vectors

_SEED = 20261123
_FEW = 600
"""Up to so many examples five folds are made, beyond them three: a fit takes seconds then."""


@dataclass(frozen=True)
class Answer:
    """What is said of an example by a taxonomy that has not seen it.

    Attributes
    ----------
    truth : str
        Its label, or ``oos``; of several the one that is said, or else the first.
    said : str
        The best label; ``oos`` where the taxonomy abstains.
    probability : float
        That the best label is right.
    best : str
        The best label, also where it abstains.
    """

    text: str
    truth: str
    said: str
    probability: float
    best: str

    @property
    def right(self) -> bool:
        """Whether the best label is the truth; of a text of no intent, whether it abstains."""
        return (self.said if self.truth == OOS else self.best) == self.truth


def folds_of(labels: Sequence[str]) -> NDArray[np.int64]:
    """Deal examples out to folds, those of each label evenly: (N,) numbers from 0."""
    count = 5 if len(labels) <= _FEW else 3
    places = np.random.default_rng(_SEED).permutation(len(labels))
    order = sorted(places.tolist(), key=lambda place: labels[place])
    result = np.empty(len(labels), np.int64)
    result[order] = np.arange(len(order)) % count
    return result


def crossed(
    vectors: Vectors,
    examples: Sequence[Labelled],
    tell: Callable[[float], None] = lambda _: None,
    adapter: Adapter | None = None,
) -> list[Answer]:
    """Ask about each example a taxonomy that was fitted without its fold.

    Parameters
    ----------
    examples : sequence of (text, label) or (text, labels)
        Of two labels at least. A label that stands in one fold alone is never said there, so
        its only example counts as wrong: nothing can be known of it.
    tell : callable
        Told the share that is done, 0 to 1, after each fold.
    adapter : Adapter, optional
        Of a top that was tuned on examples: only those that tuning left out are asked about.

    Raises
    ------
    TaxonomyError
        If no taxonomy can be fitted.
    """
    folds = folds_of([labels_of(labels)[0] for _, labels in examples])
    answers: dict[int, Answer] = {}
    total = int(folds.max()) + 1
    for fold, held in _held(folds):
        train = [pair for place, pair in enumerate(examples) if folds[place] != fold]
        asked = [place for place in held if adapter is None or unseen(examples[place][0])]
        fitted = fit_examples(vectors, "fold", train, adapter=adapter)
        said = fitted.predict(vectors, [examples[place][0] for place in asked])
        answers |= {p: answer_of(examples[p], one) for p, one in zip(asked, said, strict=True)}
        tell((fold + 1) / total)
    return [answers[place] for place in sorted(answers)]


def answer_of(example: Labelled, said: Prediction) -> Answer:
    """Set what is said of an example beside its label."""
    text, truths = example[0], labels_of(example[1])
    truth = said.label if said.label in truths else truths[0]
    label = OOS if said.abstained else said.label
    return Answer(text, truth, label, said.probability, said.label)


def _held(folds: NDArray[np.int64]) -> Iterator[tuple[int, list[int]]]:
    for fold in range(int(folds.max()) + 1):
        yield fold, np.flatnonzero(folds == fold).tolist()
