"""How honest the shipped heads' probabilities are: ``python -m eval.calibration``.

Of each text the most probable label counts, whether it is said or abstained on. What a further
fit on development texts would do is shown beside it, for softmax and for labels of their own
alike: the map goes from the probability of the best label to the share that is right.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from eval.datasets import Example, banking77, clinc150, multidogo, pairs, rows
from eval.metrics import calibration_error
from eval.prepare import load_vectors, wholes
from eval.results import table, write_section
from eval.svg import write_reliability
from eval.train import intent_targets
from nlp.calibration import Logistic, fit_isotonic, fit_logistic, logit
from nlp.heads import load_head
from nlp.tagger import WEIGHTS
from nlp.vectors import Vectors

HEAD = (
    "head",
    "set",
    "texts",
    "right",
    "mean said",
    "ECE",
    "where the set says",
    "+ logistic on dev",
    "+ isotonic on dev",
)
console = Console()


@dataclass(frozen=True)
class Said:
    """What a head says of N texts.

    Attributes
    ----------
    probability : float array of shape (N,)
        Of the best label.
    right : bool array of shape (N,)
        Whether the set gives that label.
    known : bool array of shape (N,)
        Whether the set says if it holds: "ok, thanks" is labelled an answer, and whether it
        thanks too is left open, in training as here.
    """

    probability: NDArray[np.float64]
    right: NDArray[np.bool_]
    known: NDArray[np.bool_]


def said(vectors: Vectors, name: str, examples: list[Example]) -> Said:
    """Ask a shipped head about texts."""
    head = load_head(WEIGHTS, name, vectors.spaces)
    texts = [e.text for e in examples]
    found = head.probabilities(wholes(vectors, texts, name, head.space))
    best = found.argmax(axis=1)
    right = [head.labels[place] in e.labels for place, e in zip(best, examples, strict=True)]
    known = np.ones(len(best), np.bool_)
    if name == "general":
        targets = intent_targets(examples, head.labels).targets
        known = ~np.isnan(targets[np.arange(len(best)), best])
    return Said(found.max(axis=1).astype(np.float64), np.array(right), known)


def measure(dev: Said, test: Said) -> list[float]:
    """Give the measures of the column heads from ``right`` on."""
    clues = logit(dev.probability)[:, None]
    fitted = fit_logistic(clues, dev.right, np.ones(len(clues)), Logistic((1.0,), 0.0))
    steps = fit_isotonic(dev.probability, dev.right)
    return [
        float(test.right.mean()),
        float(test.probability.mean()),
        calibration_error(test.probability, test.right),
        calibration_error(test.probability[test.known], test.right[test.known]),
        calibration_error(fitted.probability(logit(test.probability)[:, None]), test.right),
        calibration_error(steps(test.probability), test.right),
    ]


def _sentiment(name: str) -> list[Example]:
    return [Example(text, (label,), name) for text, label in pairs(f"sentiment/{name}")]


def _airline() -> list[Example]:
    return [Example(r["text"], (r["label"],), "airline") for r in rows("sentiment/airline_a")]


Read = Callable[[], list[Example]]
SETS: list[tuple[str, str, Read, Read]] = [
    ("general", "Banking77", lambda: banking77("dev"), lambda: banking77("test")),
    ("general", "CLINC150", lambda: clinc150("dev"), lambda: clinc150("test")),
    ("general", "MultiDoGO", lambda: multidogo("dev"), lambda: multidogo("test")),
    (
        "sentiment",
        "TweetEval",
        lambda: _sentiment("tweeteval_val"),
        lambda: _sentiment("tweeteval_test"),
    ),
    ("sentiment", "airline_a", lambda: _sentiment("tweeteval_val"), _airline),
]


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("head", nargs="*", default=["general", "sentiment"])
    chosen = parser.parse_args().head
    vectors = load_vectors()
    found, links = [], []
    for head, name, dev, test in (row for row in SETS if row[0] in chosen):
        asked = said(vectors, head, test())
        figures = measure(said(vectors, head, dev()), asked)
        plot = f"reliability-{head}-{name.lower()}"
        write_reliability(
            plot, f"{head} head, {name}", asked.probability.tolist(), asked.right.tolist()
        )
        links.append(f"[{head} on {name}](plots/{plot}.svg)")
        found.append([head, name, str(len(asked.right)), *(f"{v:.4f}" for v in figures)])
        console.print(found[-1])
    write_section(
        f"Calibration of the shipped heads: {', '.join(chosen)}",
        f"python -m eval.calibration {' '.join(chosen)}",
        "Test splits. The most probable label counts, abstained or not; ECE has 15 bins of equal "
        "width on its probability. `where the set says` leaves out texts whose most probable "
        "label the set leaves open: a text that is labelled with something else and greets or "
        "thanks in words, which training leaves open too. The last two columns map that "
        "probability by a fit on the set's development split (TweetEval's for airline_a); they "
        "are not served.",
        f"{table(HEAD, found)}\n\nReliability: {', '.join(links)}. Own taxonomies: see there.",
    )


if __name__ == "__main__":
    main()
