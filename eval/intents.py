"""Own taxonomies on Banking77 and CLINC150: ``python -m eval.intents``.

Fits and predicts by the functions behind ``throughline intents train`` and ``predict``.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from eval.datasets import pairs
from eval.metrics import accuracy, auroc, calibration_error
from eval.prepare import load_vectors, read
from eval.results import table, write_section
from eval.svg import write_reliability
from nlp.own.fit import fit_descriptions, fit_examples
from nlp.own.known import predict_known
from nlp.own.model import OOS, OwnTaxonomy, Prediction
from nlp.vectors import TextVectors, Vectors

Labelled = Sequence[tuple[str, str]]
HEAD = (
    "set",
    "training",
    "accuracy",
    "kept",
    "accuracy of kept",
    "OOS AUROC",
    "OOS said",
    "ECE in scope",
    "ECE all",
    "fit s",
)

console = Console()


@dataclass(frozen=True)
class Test:
    """A split to measure on, read once."""

    name: str
    texts: list[TextVectors]
    labels: list[str]

    @classmethod
    def of(cls, vectors: Vectors, name: str, pairs: Labelled) -> "Test":
        """Read the texts of a split."""
        texts = read(vectors, [text for text, _ in pairs], f"encoding {name}")
        return cls(name, texts, [label for _, label in pairs])


def measure(taxonomy: OwnTaxonomy, test: Test, plot: str = "") -> list[float]:
    """Predict a split; the measures are those of the column heads from ``accuracy`` on.

    Parameters
    ----------
    plot : str
        Name of a reliability plot to write; none where it is empty.
    """
    said = predict_known(taxonomy, test.texts, taxonomy.head.space)
    scoped = [(p, label) for p, label in zip(said, test.labels, strict=True) if label != OOS]
    outside = [p for p, label in zip(said, test.labels, strict=True) if label == OOS]
    kept = [(p, label) for p, label in scoped if not p.abstained]
    right = [p.label == label for p, label in zip(said, test.labels, strict=True)]
    inside = [p.label == label for p, label in scoped]
    if plot:
        write_reliability(plot, f"{test.name}, texts in scope", _sure(scoped), inside)
    nan = float("nan")
    return [
        accuracy([p.label for p, _ in scoped], [label for _, label in scoped]),
        len(kept) / len(scoped),
        accuracy([p.label for p, _ in kept], [label for _, label in kept]),
        auroc([n != OOS for n in test.labels], [p.scope for p in said]) if outside else nan,
        sum(not p.abstained for p in outside) / len(outside) if outside else nan,
        calibration_error(_sure(scoped), inside),
        calibration_error([p.probability for p in said], right),
    ]


def _sure(said: Sequence[tuple[Prediction, str]]) -> list[float]:
    return [p.probability for p, _ in said]


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=["dev", "test"], default="test")
    parser.add_argument("--names", action="store_true", help="label names alone, no example")
    options = parser.parse_args()
    split, how = options.split, "names" if options.names else "all"
    vectors = load_vectors()
    rows = []
    for name, train, held in _sets(split):
        test = Test.of(vectors, name, held)
        began = time.perf_counter()
        if options.names:
            names = {label: "" for _, label in train if label != OOS}
            taxonomy = fit_descriptions(vectors, name, names)
        else:
            taxonomy = fit_examples(vectors, name, train)
        seconds = time.perf_counter() - began
        plot = f"reliability-{name.lower()}-{how}" if split == "test" else ""
        found = measure(taxonomy, test, plot)
        rows.append([name, how, *(f"{value:.4f}" for value in found), f"{seconds:.0f}"])
        console.print(rows[-1], taxonomy.trust, taxonomy.scope)
    if split == "test":
        links = ", ".join(
            f"[{name}](plots/reliability-{name.lower()}-{how}.svg)"
            for name in ("Banking77", "CLINC150")
        )
        title = "Own taxonomies: Banking77 and CLINC150"
        write_section(
            title + ", from label names" if options.names else title,
            "python -m eval.intents --names" if options.names else "python -m eval.intents",
            "Test splits: 3,080 and 5,500 texts (1,000 out of scope). Accuracy is that of texts "
            "in scope, abstained or not; AUROC is of `scope`; `OOS said` is the share of texts out "
            "of scope that got a label all the same; ECE has 15 bins of equal width on the "
            "probability of the best label, over texts in scope and over all. The last column is "
            "the time of fitting on known vectors. How the head was chosen: "
            "[results-intents.md](results-intents.md).",
            f"{table(HEAD, rows)}\n\nReliability: {links}.",
        )


def _sets(split: str) -> list[tuple[str, Labelled, Labelled]]:
    banking = pairs("intent/banking77/train")
    clinc = pairs("intent/clinc150/train")
    if split == "test":
        return [
            ("Banking77", banking, pairs("intent/banking77/test")),
            ("CLINC150", clinc, pairs("intent/clinc150/test")),
        ]
    train = [pair for place, pair in enumerate(banking) if place % 7]
    return [
        ("Banking77", train, banking[::7]),
        ("CLINC150", clinc, pairs("intent/clinc150/val")),
    ]


if __name__ == "__main__":
    main()
