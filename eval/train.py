"""Fit the heads that are shipped: ``python -m eval.train``.

It stands here and not in ``nlp/`` because it reads the labelled data sets.
"""

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter

import numpy as np
import yaml
from rich.console import Console

from eval.datasets import Example, general, nlupp, pairs
from eval.heldout import cleared
from eval.own import own_turns
from eval.prepare import load_vectors, wholes
from nlp.heads import Floats, Head, save_head
from nlp.tagger import WEIGHTS
from nlp.taxonomy import FOLDER
from nlp.taxonomy import general as general_taxonomy
from nlp.train.fit import Examples, Recipe, fit
from nlp.vectors import Vectors

SEED = 20261123
SENTIMENTS = ("negative", "neutral", "positive")
_PER_LABEL = 2_500
"""Texts of one source and label at most: MultiDoGO has 40,000 answers alike."""
TURN = "turn"
"""Source of our own turns, which are labelled with intents and not with acts."""
_OWN = ("general_examples", "support_examples", "voice_examples")
_OWN_WEIGHT = 4.0
"""Our own examples are few and read as support does outside banks."""
_TURN_WEIGHT = 12.0
"""Chosen on turns kept for development: micro F1 0.59 with 4, 0.60 with 12."""
_MOOD_WEIGHT = 6.0
"""Of our own texts beside a tweet: the more, the better on our turns kept for development
(accuracy 0.61 with none, 0.73 with 4, 0.78 with 12) and the worse on tweets (macro recall on
TweetEval val 0.718, 0.709, 0.701)."""
_COMPOSED = 9_000
"""Texts with two needs in one sentence, made of two of one need each."""

console = Console()


def own_examples(split: str) -> list[Example]:
    """Give the examples written for this project; every sixth is kept for development."""
    files = [yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")) for name in _OWN]
    return [
        Example(text, (label,), "own")
        for data in files
        for label, texts in data["examples"].items()
        for place, text in enumerate(texts)
        if (place % 6 == 5) == (split == "dev")
    ]


def intent_examples(split: str) -> list[Example]:
    """Collect what the general head is fitted on, in "train", or stopped by, in "dev"."""
    found = cleared(all_examples(split, composed=False), lambda e: e.text, split)
    return [*found, *_composed(found, split)]


def all_examples(split: str, *, turns: bool = True, composed: bool = True) -> list[Example]:
    """Collect a split, thinned where one label of one source would drown the rest.

    Parameters
    ----------
    split : {"train", "dev"}
    turns : bool
        Whether our own turns are among them; the encoder's tuned top was trained without.
    composed : bool
        Whether texts of two needs are. What is measured on is for the caller to leave out.
    """
    folds = range(18) if split == "train" else range(18, 20)
    ours = [Example(t.text, t.intents, TURN) for t in own_turns(split)] if turns else []
    found = [*general(split), *nlupp(folds), *own_examples(split), *ours]
    random.Random(SEED).shuffle(found)  # noqa: S311
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    kept, seen = [], set()
    for example in found:
        key = (example.source, example.labels)
        counts[key] += 1
        limit = _PER_LABEL if split == "train" else _PER_LABEL // 6
        drowns = example.source != TURN and counts[key] > limit
        if not drowns and example.text.lower() not in seen:
            seen.add(example.text.lower())
            kept.append(example)
    return [*kept, *_composed(kept, split)] if composed else kept


def _composed(examples: Sequence[Example], split: str) -> list[Example]:
    """Join texts of unlike labels into one sentence, as people do who want two things."""
    count = _COMPOSED if split == "train" else _COMPOSED // 6
    rng = random.Random(SEED)  # noqa: S311
    acts = set(general_taxonomy().acts)
    by_label: dict[str, list[Example]] = {}
    for example in examples:
        if len(example.labels) == 1 and example.labels[0] not in acts and len(example.text) < 120:
            by_label.setdefault(example.labels[0], []).append(example)
    labels = sorted(by_label)
    composed = []
    for _ in range(count):
        first, second = (rng.choice(by_label[label]) for label in rng.sample(labels, 2))
        joint = rng.choice([" and ", ", and ", " also ", ", ", " and also ", " plus ", " but "])
        text = first.text.rstrip(".?! ") + joint + second.text[:1].lower() + second.text[1:]
        composed.append(Example(text, first.labels + second.labels, "composed"))
    return composed


def intent_targets(examples: Sequence[Example], labels: Sequence[str]) -> Examples:
    """Targets of the general head; the vectors are filled in by the caller."""
    places = {label: place for place, label in enumerate(labels)}
    targets = np.zeros((len(examples), len(labels)), np.float32)
    acts = [places[act] for act in general_taxonomy().acts]
    for row, example in enumerate(examples):
        if example.source == TURN:
            targets[row, acts] = np.nan
        for label in example.labels:
            targets[row, places[label]] = 1
        _forget_politeness(targets[row], example, places)
    counts = Counter(label for example in examples for label in example.labels)
    weights = np.array(
        [
            max(((500 / counts[label]) ** 0.5 for label in example.labels), default=1.0)
            for example in examples
        ],
        np.float32,
    )
    weights = np.clip(weights, 0.5, 3.0)
    weights[[example.source == "own" for example in examples]] *= _OWN_WEIGHT
    weights[[example.source == TURN for example in examples]] *= _TURN_WEIGHT
    return Examples(np.zeros(0, np.float32), targets, weights)


def _forget_politeness(row: Floats, example: Example, places: dict[str, int]) -> None:
    """Leave open whether a request also greets or thanks: the sets do not label that."""
    words = set(example.text.lower().replace(",", " ").replace("!", " ").split())
    if words & {"hi", "hello", "hey", "morning"} and "greeting" not in example.labels:
        row[places["greeting"]] = np.nan
    if words & {"thanks", "thank", "cheers"} and "thanks_closing" not in example.labels:
        row[places["thanks_closing"]] = np.nan


def train_intents(vectors: Vectors) -> Head:
    """Fit the general head: many labels may hold."""
    taxonomy = general_taxonomy()
    labels = (*taxonomy.intents, *taxonomy.acts)
    sets = []
    for split in ("train", "dev"):
        examples = intent_examples(split)
        made = intent_targets(examples, labels)
        rows = wholes(vectors, [e.text for e in examples], f"intents {split}", vectors.signals)
        sets.append(Examples(rows, made.targets, made.weights))
    recipe = Recipe(
        "sigmoid", hidden=512, epochs=20, batch=512, rate=3e-3, noise=0.1, dropout=0.3, seed=SEED
    )
    return fit(labels, sets[0], sets[1], recipe, vectors.signals)


def own_moods(*, turns: bool = True) -> list[tuple[str, str]]:
    """Give the sentiment examples written for this project, with our own turns or without."""
    data = yaml.safe_load((FOLDER / "sentiment_examples.yaml").read_text(encoding="utf-8"))
    found = [(text, label) for label, texts in data["examples"].items() for text in texts]
    # The shortest of our own ("thank you") stand in public sets too.
    ours = [(turn.text, turn.sentiment) for turn in own_turns("train")] if turns else []
    return cleared([*found, *ours], itemgetter(0), "train")


def tweets() -> list[tuple[str, str]]:
    """Give the sentiment texts of SemEval 2013-2016 without what is measured on."""
    return cleared(pairs("sentiment/semeval2013_2016"), itemgetter(0), "train")


def train_sentiment(vectors: Vectors) -> Head:
    """Fit the sentiment head: one of three holds."""
    public, own = tweets(), own_moods()
    sets = []
    for split, examples in (
        ("train", [*public, *own]),
        ("dev", pairs("sentiment/tweeteval_val")),
    ):
        rows = wholes(
            vectors, [text for text, _ in examples], f"sentiment {split}", vectors.signals
        )
        places = np.array([SENTIMENTS.index(label) for _, label in examples])
        tweeted = len(public) if split == "train" else len(examples)
        share = np.bincount(places[:tweeted], minlength=3) / tweeted
        weights = (1 / 3 / share[places]).astype(np.float32)
        weights[tweeted:] = _MOOD_WEIGHT
        sets.append(Examples(rows, np.eye(3, dtype=np.float32)[places], weights))
    recipe = Recipe("softmax", hidden=256, epochs=20, noise=0.2, dropout=0.4, seed=SEED)
    return fit(SENTIMENTS, sets[0], sets[1], recipe, vectors.signals)


def main() -> None:
    """Fit and write the heads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("head", nargs="*", default=["general", "sentiment"])
    chosen = parser.parse_args().head
    vectors = load_vectors()
    for name, train in (("general", train_intents), ("sentiment", train_sentiment)):
        if name in chosen:
            head = train(vectors)
            save_head(head, WEIGHTS, name)
            console.print(f"{name}: {head.version}, {len(head.labels)} labels")


if __name__ == "__main__":
    main()
