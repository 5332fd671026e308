"""What corrections are worth: answers about held-out texts, fitted without and with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.own.fit import fit_examples
from nlp.own.folds import Answer, answer_of, folds_of
from nlp.own.labels import Labelled, labels_of
from nlp.own.model import TaxonomyError
from nlp.own.unseen import unseen
from nlp.tops import Adapter
from nlp.vectors import Vectors


@dataclass(frozen=True)
class Gain:
    """Right answers on texts that no fit has seen.

    Attributes
    ----------
    examples, corrections : int
        How many of each were asked about.
    before, after : float
        Share right on all of them, 0 to 1, fitted without and with corrections.
    corrections_before, corrections_after : float
        The same on the corrections alone.
    mended, spoilt : int
        Texts that become right, and wrong, by the corrections.
    """

    examples: int
    corrections: int
    before: float
    after: float
    corrections_before: float
    corrections_after: float
    mended: int
    spoilt: int


def measure_gain(
    vectors: Vectors,
    examples: Sequence[Labelled],
    corrections: Sequence[Labelled],
    tell: Callable[[float], None] = lambda _: None,
    adapter: Adapter | None = None,
) -> Gain | None:
    """Cross-validate on the union of examples and corrections.

    In each fold one taxonomy is fitted on the examples of the other folds, one on their
    examples and corrections, and both are asked about the fold that is left out.

    Parameters
    ----------
    adapter : Adapter, optional
        Of a top that was tuned on the examples: only those that tuning left out are asked about.

    Returns
    -------
    Gain or None
        None where there are too few examples to leave any out.
    """
    union = [*examples, *corrections]
    folds = folds_of([labels_of(labels)[0] for _, labels in union])
    fresh = np.arange(len(union)) >= len(examples)
    asked = fresh | np.array([adapter is None or unseen(text) for text, _ in union])
    before: dict[int, Answer] = {}
    after: dict[int, Answer] = {}
    total = int(folds.max()) + 1
    for fold in range(total):
        held = np.flatnonzero((folds == fold) & asked).tolist()
        try:
            for found, known in ((before, (folds != fold) & ~fresh), (after, folds != fold)):
                train = [union[place] for place in np.flatnonzero(known)]
                said = fit_examples(vectors, "fold", train, adapter=adapter).predict(
                    vectors, [union[place][0] for place in held]
                )
                found |= {p: answer_of(union[p], one) for p, one in zip(held, said, strict=True)}
        except TaxonomyError:
            return None
        tell((fold + 1) / total)
    return _gain(before, after, fresh[asked])


def _gain(before: dict[int, Answer], after: dict[int, Answer], fresh: NDArray[np.bool_]) -> Gain:
    old = np.array([before[place].right for place in sorted(before)])
    new = np.array([after[place].right for place in sorted(after)])
    return Gain(
        examples=int((~fresh).sum()),
        corrections=int(fresh.sum()),
        before=float(old.mean()),
        after=float(new.mean()),
        corrections_before=float(old[fresh].mean()) if fresh.any() else 0.0,
        corrections_after=float(new[fresh].mean()) if fresh.any() else 0.0,
        mended=int((new & ~old).sum()),
        spoilt=int((old & ~new).sum()),
    )


def with_corrections(
    examples: Sequence[Labelled], corrections: Sequence[Labelled]
) -> list[Labelled]:
    """Add corrections to examples; where both speak of one text, the correction counts."""
    said = {text.strip().casefold() for text, _ in corrections}
    kept = [(text, label) for text, label in examples if text.strip().casefold() not in said]
    return [*kept, *corrections]
