"""What serving in the processor's fastest precision costs: ``python -m eval.serving_form``.

The same heads read the same texts, encoded once in single precision, in which the encoder
was published and tuned, and once as it is served (bfloat16 where the processor has it).
"""

import argparse

import numpy as np
from rich.console import Console

from eval.datasets import Example, banking77, pairs
from eval.metrics import macro_recall
from eval.prepare import wholes
from eval.results import table, write_section
from nlp.encoder import Encoder
from nlp.heads import Floats, load_head
from nlp.models import DEFAULT_ENCODER
from nlp.tagger import WEIGHTS
from nlp.vectors import NoCache, Vectors
from settings import Settings

HEAD = ("head", "set", "texts", "single precision", "as served", "points lost", "labels changed")

console = Console()


def sets(most: int) -> list[tuple[str, str, list[Example]]]:
    """Give the head, the name and the texts of each set."""
    tweets = [Example(t, (label,), "") for t, label in pairs("sentiment/tweeteval_test")]
    found = [("general", "Banking77", banking77("test")), ("sentiment", "TweetEval", tweets)]
    return [(head, name, texts[:: -(-len(texts) // most)]) for head, name, texts in found]


def encoded(precision: str | None, space: str, texts: list[str]) -> Floats:
    """Encode texts in a precision, without any cache."""
    settings = Settings()
    encoder = Encoder.load(
        settings.model_dir, DEFAULT_ENCODER, settings.threads, precision=precision
    )
    return wholes(Vectors(encoder, NoCache()), texts, precision or "as served", space)


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=4_000, help="of each set at most")
    found = []
    for name, of, examples in sets(parser.parse_args().texts):
        head = load_head(WEIGHTS, name)
        texts = [example.text for example in examples]
        said = []
        for precision in ("f32", None):
            rows = head.probabilities(encoded(precision, head.space, texts))
            said.append([head.labels[place] for place in rows.argmax(axis=1)])
        true = [example.labels[0] for example in examples]
        before, after = (100 * macro_recall(labels, true) for labels in said)
        changed = float(np.mean([a != b for a, b in zip(*said, strict=True)]))
        figures = [f"{before:.2f}", f"{after:.2f}", f"{before - after:+.2f}", f"{changed:.2%}"]
        found.append([name, of, str(len(texts)), *figures])
        console.print(found[-1])
    write_section(
        "Loss from the serving form",
        "python -m eval.serving_form",
        "Macro recall of the likeliest label, in points; the aim is at most half a point lost.",
        table(HEAD, found),
    )


if __name__ == "__main__":
    main()
