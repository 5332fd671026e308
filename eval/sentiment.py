"""The shipped sentiment head on tweets and on airline service: ``python -m eval.sentiment``."""

import argparse
from collections.abc import Sequence

import numpy as np
from rich.console import Console

from eval.datasets import pairs, rows
from eval.metrics import accuracy, calibration_error, macro_f1, macro_recall
from eval.prepare import load_vectors, read
from eval.results import table, write_section
from nlp.heads import load_head
from nlp.sentiment import Mood, read_moods, say
from nlp.tagger import WEIGHTS
from nlp.vectors import Vectors

console = Console()


def moods(vectors: Vectors, texts: Sequence[str], title: str) -> list[Mood]:
    """Read the mood of texts as the tagger does."""
    head = load_head(WEIGHTS, "sentiment", vectors.spaces)
    return [say(reading) for reading in read_moods(head, read(vectors, texts, title, head.space))]


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=["dev", "test"], default="test")
    split = parser.parse_args().split
    vectors = load_vectors()
    sets = {"TweetEval val": pairs("sentiment/tweeteval_val")}
    if split == "test":
        airline = [(row["text"], row["label"]) for row in rows("sentiment/airline_a")]
        sets = {"TweetEval test": pairs("sentiment/tweeteval_test"), "airline_a": airline}
    found = []
    for name, examples in sets.items():
        said = moods(vectors, [text for text, _ in examples], name)
        true = [label for _, label in examples]
        labels = [mood.label for mood in said]
        kept = [(m.label, t) for m, t in zip(said, true, strict=True) if m.reason is None]
        right = [label == t for label, t in zip(labels, true, strict=True)]
        figures = [
            macro_recall(labels, true),
            macro_f1(labels, true),
            accuracy(labels, true),
            len(kept) / len(true),
            macro_f1([m for m, _ in kept], [t for _, t in kept]),
            calibration_error([mood.probability for mood in said], right),
        ]
        found.append([name, str(len(true)), *(f"{value:.4f}" for value in figures)])
        shares = {label: f"{np.mean([m == label for m in labels]):.2f}" for label in set(true)}
        console.print(found[-1], shares)
    head = [
        "set",
        "texts",
        "macro recall",
        "macro F1",
        "accuracy",
        "kept",
        "macro F1 of kept",
        "calibration error",
    ]
    if split == "test":
        write_section(
            "Sentiment: TweetEval and airline service",
            "python -m eval.sentiment",
            "Trained on SemEval 2013-2016 without any text of these sets, and on our own "
            "examples; no airline text was trained on or looked at. The labels measured are the "
            "best labels, abstained or not.",
            table(head, found),
        )


if __name__ == "__main__":
    main()
