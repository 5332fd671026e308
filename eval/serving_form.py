"""What the precision of serving costs: ``python -m eval.serving_form``.

Heads read the same texts, encoded once in single precision, in which the encoder was published
and tuned, and once as it is served (``THROUGHLINE_PRECISION``). Shipped heads are the same in
both columns, whatever they were fitted on; own taxonomies are fitted in the form that they are
read in.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from sklearn.metrics import f1_score

from eval.datasets import Example, banking77, clinc150, pairs, rows
from eval.emotion import goemotions, targets
from eval.intents import Test, measure
from eval.metrics import macro_f1, macro_recall
from eval.prepare import wholes
from eval.results import table, write_section
from nlp.encoder import Encoder
from nlp.heads import load_head
from nlp.models import DEFAULT_ENCODER
from nlp.own.fit import fit_examples
from nlp.own.known import predict_known
from nlp.precision import Wanted
from nlp.tagger import WEIGHTS
from nlp.vectors import NoCache, Vectors
from settings import Settings

HEAD = (
    "head",
    "set",
    "measure",
    "texts",
    "single precision",
    "as served",
    "points lost",
    "labels changed",
)
Scored = tuple[float, Sequence[str]]
"""A measure, 0 to 1, and the label of each text."""

console = Console()


@dataclass(frozen=True)
class Row:
    """A head on a set."""

    head: str
    of: str
    measure: str
    texts: int
    read: Callable[[Vectors], Scored]


def single(name: str, of: str, measure: str, examples: list[Example], most: int) -> Row:
    """Measure the likeliest label of a shipped head on texts with one label."""
    thinned = examples[:: -(-len(examples) // most)]
    score = {"macro recall": macro_recall, "macro F1": macro_f1}[measure]

    def read(vectors: Vectors) -> Scored:
        head = load_head(WEIGHTS, name, vectors.spaces)
        found = wholes(vectors, [example.text for example in thinned], of, head.space)
        said = [head.labels[place] for place in head.probabilities(found).argmax(axis=1)]
        return score(said, [example.labels[0] for example in thinned]), said

    return Row(name, of, measure, len(thinned), read)


def emotions(most: int) -> Row:
    """Measure the shipped emotion head, of which several labels may hold."""
    examples = goemotions("test")
    thinned = examples[:: -(-len(examples) // most)]

    def read(vectors: Vectors) -> Scored:
        head = load_head(WEIGHTS, "emotion", vectors.spaces)
        found = wholes(vectors, [example.text for example in thinned], "emotion", head.space)
        said = head.probabilities(found)
        marks = np.array([head.thresholds[label] for label in head.labels])
        score = f1_score(targets(thinned).targets, said >= marks, average="macro")
        return float(score), [head.labels[place] for place in said.argmax(axis=1)]

    return Row("emotion", "GoEmotions", "macro F1", len(thinned), read)


def own(of: str, name: str) -> Row:
    """Measure an own taxonomy, fitted on all training texts."""
    train, held = pairs(f"intent/{name}/train"), pairs(f"intent/{name}/test")

    def read(vectors: Vectors) -> Scored:
        test = Test.of(vectors, of, held)
        taxonomy = fit_examples(vectors, name, train)
        said = predict_known(taxonomy, test.texts, taxonomy.head.space)
        return measure(taxonomy, test)[0], [prediction.label for prediction in said]

    return Row("own taxonomy", of, "accuracy in scope", len(held), read)


def measured(most: int) -> list[Row]:
    """List what is measured."""
    tweets = [Example(t, (label,), "") for t, label in pairs("sentiment/tweeteval_test")]
    airline = [Example(r["text"], (r["label"],), "") for r in rows("sentiment/airline_a")]
    return [
        single("general", "Banking77", "macro recall", banking77("test"), most),
        single("general", "CLINC150", "macro recall", clinc150("test"), most),
        single("sentiment", "TweetEval", "macro recall", tweets, most),
        single("sentiment", "airline_a", "macro F1", airline, most),
        emotions(most),
        own("Banking77", "banking77"),
        own("CLINC150", "clinc150"),
    ]


def loaded(precision: Wanted) -> Vectors:
    """Load the encoder in a precision, without any cache."""
    settings = Settings()
    encoder = Encoder.load(
        settings.model_dir, DEFAULT_ENCODER, settings.threads, precision=precision
    )
    return Vectors(encoder, NoCache())


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=4_000, help="of each set at most")
    before, after = loaded("f32"), loaded(Settings().precision)
    found = []
    for row in measured(parser.parse_args().texts):
        (high, plain), (low, served) = row.read(before), row.read(after)
        changed = float(np.mean([a != b for a, b in zip(plain, served, strict=True)]))
        figures = [f"{100 * high:.2f}", f"{100 * low:.2f}", f"{100 * (high - low):+.2f}"]
        what = [row.head, row.of, row.measure, str(row.texts)]
        found.append([*what, *figures, f"{changed:.2%}"])
        console.print(found[-1])
    write_section(
        "Loss from the serving form",
        "python -m eval.serving_form",
        f"Served space: {after.space}. Shipped heads are the same in both columns; own taxonomies "
        "are fitted in the form they are read in. The aim is at most half a point lost.",
        table(HEAD, found),
    )


if __name__ == "__main__":
    main()
