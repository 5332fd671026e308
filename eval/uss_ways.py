"""The published ways to tell satisfaction, on our folds: words, and vectors of a fixed encoder.

Their task and metrics (Sun et al. 2021, baselines/svm.py and test.py of the repository that
`eval.uss` names): one of five ratings, the one that most raters gave, for each user turn and for
the dialogue as a whole, from the talk before it. Folds are whole dialogues here; theirs cut the
list of turns, so that turns of one dialogue stood on both sides.
"""

from collections.abc import Callable, Sequence
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import cohen_kappa_score, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from eval.uss_data import Rated
from nlp.heads import Floats

Ints = NDArray[np.int64]
HEAD = ["what", "UAR", "kappa", "Spearman", "F1 dissatisfied"]
_RATINGS = range(1, 6)
_DISSATISFIED = 3
_PENALTY = 3_000.0
"""Of the regression on standardised vectors: the middle one of those that `eval.uss` tries."""


def words(count: Callable[[], Any], model: Callable[[], Any]) -> Callable[[], Any]:
    """Give a maker of a model on words, with the library's own settings as in their code."""
    return lambda: make_pipeline(count(), model())


WORDS = {
    "counts of words, logistic regression": words(CountVectorizer, LogisticRegression),
    "TF-IDF, logistic regression": words(TfidfVectorizer, LogisticRegression),
    "TF-IDF, linear SVM": words(TfidfVectorizer, LinearSVC),
}


def vectors(weight: str | None) -> Callable[[], Any]:
    """Give a maker of a regression on frozen vectors."""
    return lambda: make_pipeline(
        StandardScaler(), RidgeClassifier(alpha=_PENALTY, class_weight=weight)
    )


def ways(set_: Rated) -> dict[str, tuple[Floats, Callable[[], Any]]]:
    """Give what is read and what is fitted on it, beside words."""
    talk, all_ = set_.before, np.hstack([set_.before, set_.own, set_.ours])
    return {
        "frozen vectors of the talk before, ridge": (talk, vectors(None)),
        "the same, labels weighed alike": (talk, vectors("balanced")),
        "ours too: with the turn and our signals, ridge": (all_, vectors(None)),
        "the same as ours, labels weighed alike": (all_, vectors("balanced")),
    }


def published(said: Ints, true: Ints) -> list[str]:
    """Give the metrics of the published code; F1 as it is commonly written, and theirs."""
    recall = recall_score(true, said, labels=list(_RATINGS), average="macro", zero_division=0)
    low, truly = said < _DISSATISFIED, true < _DISSATISFIED
    precision = (low & truly).sum() / max(low.sum(), 1)
    found = (low & truly).sum() / max(truly.sum(), 1)
    twice = 2 * precision * found
    common, theirs = twice / max(precision + found, 1e-9), twice / max(precision + found, 1)
    rank = spearmanr(said, true)[0] if len(set(said.tolist())) > 1 else 0.0
    cells = [recall, cohen_kappa_score(said, true), rank]
    return [*(f"{cell:.3f}" for cell in cells), f"{common:.3f} ({theirs:.3f})"]


def crossed(read: Any, true: Ints, fold: Ints, make: Callable[[], Any]) -> Ints:  # noqa: ANN401
    """Say a rating of each turn by a model that saw none of its dialogue."""
    said = np.zeros_like(true)
    for one in np.unique(fold):
        with catch_warnings():
            # Theirs stops after the library's hundred steps too.
            simplefilter("ignore", ConvergenceWarning)
            model = make().fit(read[fold != one], true[fold != one])
        said[fold == one] = model.predict(read[fold == one])
    return said


def measure(
    name: str, set_: Rated, texts: Sequence[str], fold: Ints, ships: Ints
) -> list[list[str]]:
    """Measure one set.

    Parameters
    ----------
    texts : sequence of str, length N
        The talk before each rated turn.
    fold : int array of shape (N,)
        The same for all turns of a dialogue.
    ships : int array of shape (N,)
        What ships says, 1 to 5.
    """
    true = set_.most
    usual = np.full_like(true, np.bincount(true).argmax())
    lines = [
        [f"{name}: the most frequent rating", *published(usual, true)],
        [f"{name}: ships, untrained on USS", *published(ships, true)],
    ]
    said = np.array(texts, dtype=object)
    for what, make in WORDS.items():
        lines.append([f"{name}: {what}", *published(crossed(said, true, fold, make), true)])
    for what, (rows, make) in ways(set_).items():
        lines.append([f"{name}: {what}", *published(crossed(rows, true, fold, make), true)])
    return lines
