"""How faithful word evidence is, and what it costs: ``python -m eval.evidence``.

Comprehensiveness and sufficiency (DeYoung et al. 2020, ERASER): how far the probability of the
label falls without the top words, and how far it is with them alone.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from domain.conversation import Conversation, Role
from eval.datasets import banking77
from eval.prepare import load_vectors
from eval.results import table, write_section
from eval.sample import SAMPLES, load_tagger
from eval.speed import conversations
from ingest.read import read_paths
from nlp.cut import cut_turn
from nlp.evidence.scorers import Asked, Odds, VectorScorer
from nlp.evidence.words import Sentence, losses, take_apart
from nlp.heads import load_head
from nlp.redact.redact import redact_text
from nlp.tagger import WEIGHTS
from settings import Settings

RESULTS = Path("docs/results.md")
TOPS = (1, 2, 3)
"""Words taken away, or left alone."""
_LEAST = 5
"""Words of a sentence below which taking three away leaves nothing to say."""
_SEED = 20261123
Floats = NDArray[np.float64]
Order = Callable[[Sentence, Odds], Floats]
"""Sentence and the label's log-odds of its variants -> a score for each word."""

console = Console()


@dataclass(frozen=True)
class Faith:
    """Mean fall of the label's probability, for each number of words in ``TOPS``.

    Attributes
    ----------
    without : tuple of float
        Comprehensiveness: without the words. The more, the better.
    alone : tuple of float
        Sufficiency: with the words alone. The less, the better.
    """

    without: tuple[float, ...]
    alone: tuple[float, ...]


def sentences(texts: Sequence[str]) -> list[Sentence]:
    """Take the first sentence of each text apart, where it is long enough."""
    found = []
    for text in texts:
        plain = redact_text(text).plain
        spans = cut_turn(text, plain).spans
        if spans and len((sentence := take_apart(text, plain, spans[0])).units) >= _LEAST:
            found.append(sentence)
    return found


def occlusion(sentence: Sentence, odds: Odds) -> Floats:
    """Score words as the product does."""
    return losses(sentence, float(odds[0]), odds[1:].tolist())


def at_random() -> Order:
    """Score words by chance, the same at each run."""
    rng = np.random.default_rng(_SEED)
    return lambda sentence, _odds: rng.random(len(sentence.units))


def faith(scorer: VectorScorer, found: Sequence[Sentence], order: Order) -> Faith:
    """Measure one way of choosing words, on the best label of each sentence."""
    falls: list[list[float]] = []
    for sentence in track(found, "measuring", console=console, transient=True):
        labels = _odds(scorer, [sentence.full])[0]
        label = int(labels.argmax())
        odds = _odds(scorer, sentence.variants)[:, label]
        ranked = np.argsort(-order(sentence, odds), kind="stable")
        texts = [_kept(sentence, ranked[top:]) for top in TOPS]
        texts += [_kept(sentence, ranked[:top]) for top in TOPS]
        shares = _probability(scorer, [sentence.full, *texts], label)
        falls.append([shares[0] - share for share in shares[1:]])
    means = [float(mean) for mean in np.mean(falls, axis=0)]
    return Faith(tuple(means[: len(TOPS)]), tuple(means[len(TOPS) :]))


def _kept(sentence: Sentence, places: NDArray[np.int64]) -> str:
    return " ".join(sentence.texts[place] for place in sorted(places))


def _probability(scorer: VectorScorer, texts: Sequence[str], label: int) -> list[float]:
    odds = _odds(scorer, texts)[:, label]
    return [float(1 / (1 + np.exp(-value))) for value in odds]


def _odds(scorer: VectorScorer, texts: Sequence[str]) -> Odds:
    return scorer.read([Asked(None, text) for text in texts])["head"]


def ways(found: Sequence[Sentence]) -> Iterator[tuple[str, Sequence[Sentence], Order]]:
    """Give the ways that are compared; the product's is each word."""
    for name, sizes in (("each word", (1,)), ("pairs too", (1, 2)), ("triples too", (1, 2, 3))):
        yield name, [replace(sentence, sizes=sizes) for sentence in found], occlusion
    yield "random words", found, at_random()


def customer_turns(split: str) -> list[str]:
    """Give what customers say in the sample."""
    records = (getattr(o, "record", None) for o in read_paths([SAMPLES / "exports" / split]))
    return [
        turn.body
        for record in records
        if isinstance(record, Conversation)
        for turn in record.turns
        if turn.role is Role.CUSTOMER
    ]


def cost(texts: Sequence[str]) -> dict[str, float]:
    """Give the median milliseconds of a tag and of the words after it, text by text."""
    tagger = load_tagger(Settings())
    seconds: dict[str, list[float]] = {"tag": [], "words": []}
    for warm in (True, False):
        for talk in conversations(texts):
            began = time.perf_counter()
            (tagged,) = tagger.tag([talk])
            between = time.perf_counter()
            tagger.explain(talk, tagged.signals)
            if not warm:
                seconds["tag"].append(between - began)
                seconds["words"].append(time.perf_counter() - between)
    return {name: 1e3 * statistics.median(values) for name, values in seconds.items()}


def lines(name: str, shipped: str, found: Sequence[Sentence]) -> list[list[str]]:
    """Measure a shipped head on sentences: one line a way."""
    vectors = load_vectors().uncached
    head = load_head(WEIGHTS, shipped, vectors.spaces)
    scorer = VectorScorer(vectors, {"head": head})
    rows = []
    for way, asked, order in ways(found):
        got = faith(scorer, asked, order)
        rows.append([name, way, *(f"{x:.3f}" for x in (*got.without, *got.alone))])
        console.print(*rows[-1])
    return rows


def main() -> None:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/results.md")
    chosen = parser.parse_args()
    banking = sentences([example.text for example in banking77("dev")])[: chosen.texts]
    turns = sentences(customer_turns("tuning"))[: chosen.texts]
    rows = lines("intent, Banking77 dev", "general", banking)
    rows += lines("sentiment, sample turns", "sentiment", turns)
    spent = cost([example.text for example in banking77("dev")][: chosen.texts // 2])
    console.print(spent)
    if chosen.write:
        _write(rows, len(banking), len(turns), spent)


def _write(rows: list[list[str]], banking: int, turns: int, spent: Mapping[str, float]) -> None:
    head = ["label", "chosen by leaving out"]
    head += [f"without {top}" for top in TOPS] + [f"{top} alone" for top in TOPS]
    write_section(
        "Word evidence",
        "python -m eval.evidence --write",
        f"First sentences of at least {_LEAST} words: {banking} Banking77 dev texts under the "
        f"general head, {turns} customer turns of the sample's tuning split under the sentiment "
        "head; the best label of each.",
        "How far the label's probability falls without the top words (comprehensiveness: the more "
        "the better) and with them alone (sufficiency: the less the better; DeYoung et al. 2020). "
        "The product leaves out each word by itself.\n\n"
        f"{table(head, rows)}\n\n"
        f"Time for one Banking77 text, medians in one run: {spent['tag']:.0f} ms to tag, "
        f"{spent['words']:.0f} ms more for the words of all its labels.",
        RESULTS,
    )


if __name__ == "__main__":
    main()
