"""The general taxonomy on public test splits: ``python -m eval.taxonomy``.

Their labels are read through ``mapping.yaml``. A text's labels are those of the turn that
the tagger would say, intents and acts together.
"""

import argparse
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from eval.datasets import Example, banking77, clinc150, multidogo
from eval.metrics import label_f1
from eval.prepare import load_vectors, read
from eval.results import table, write_section
from nlp.heads import load_head
from nlp.intents import IntentReader, TurnIntents
from nlp.tagger import WEIGHTS
from nlp.taxonomy import general
from nlp.vectors import Vectors

SETS: dict[str, Callable[[str], list[Example]]] = {
    "Banking77": banking77,
    "CLINC150": clinc150,
    "MultiDoGO": multidogo,
}

console = Console()


def best(turn: TurnIntents) -> str:
    """Give the one most probable label of a turn, intent or act."""
    readings = [*turn.intents, *turn.acts]
    return max(readings, key=lambda r: r.probability).label if readings else ""


def held(turn: TurnIntents) -> set[str]:
    """Give the labels that a turn holds."""
    intents = {reading.label for reading in turn.intents if reading.reason is None}
    return intents | {reading.label for reading in turn.acts}


def matrix(found: Sequence[set[str]], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Give the (N, L) truth table of sets of labels."""
    return np.array([[label in one for label in labels] for one in found])


def measure(vectors: Vectors, reader: IntentReader, name: str, split: str) -> list[str]:
    """Measure one set; the columns are those of the table."""
    examples = SETS[name](split)
    texts = [example.text for example in examples]
    turns = reader.read(read(vectors, texts, name, reader.space))
    true = [set(example.labels) for example in examples]
    labels = sorted(set().union(*true))
    several = label_f1(matrix([held(turn) for turn in turns], labels), matrix(true, labels))[0]
    single = label_f1(matrix([{best(turn)} for turn in turns], labels), matrix(true, labels))[0]
    right = [best(turn) in labels for turn, labels in zip(turns, true, strict=True)]
    weakest = sorted(zip(several, labels, strict=True))[:5]
    console.print(name, [f"{label} {value:.2f}" for value, label in weakest])
    figures = (several.mean(), single.mean(), float(np.mean(right)))
    return [name, str(len(examples)), str(len(labels)), *(f"{value:.4f}" for value in figures)]


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=["dev", "test"], default="test")
    split = parser.parse_args().split
    vectors = load_vectors()
    reader = IntentReader(load_head(WEIGHTS, "general", vectors.spaces), general())
    rows = [measure(vectors, reader, name, split) for name in SETS]
    head = [
        "set",
        "texts",
        "labels there",
        "macro F1 of labels above threshold",
        "macro F1 of best label",
        "best label right",
    ]
    console.print(rows)
    if split == "test":
        write_section(
            "General taxonomy on public sets",
            "python -m eval.taxonomy",
            "Test splits through `eval/mapping.yaml`; macro over the intents and acts that the "
            "set has. One head for all sets.",
            table(head, rows),
        )


if __name__ == "__main__":
    main()
