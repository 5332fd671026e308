"""Fine-tune the encoder on the labelled data sets: ``python -m eval.trunk train <run>``.

It stands here and not in ``nlp/`` because it reads the labelled data sets. Only sets whose
licence allows weights to be given away are trained on (docs/decisions/0010).
"""

import argparse
import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from eval.datasets import MULTIDOGO, canonical, pairs, rows
from eval.heldout import held_out
from eval.train import all_examples, own_moods
from nlp.cut import cut_turn
from nlp.models import DEFAULT_ENCODER, locate
from nlp.redact.redact import redact_text
from nlp.train.trunk.adapter import load_adapter, merge
from nlp.train.trunk.batches import Tokens, load_tokenizer
from nlp.train.trunk.fit import Recipe, fit
from nlp.train.trunk.measure import embed
from nlp.train.trunk.network import Trunk
from nlp.train.trunk.task import Link, Pieces, Split, Task

FOLDER = Path("var/trunk")
SEED = 20261123
_DEV_AT_MOST = 1_000
_MEASURE_EVERY = 250
_ANCHORS_READ = 9_000
_ANCHORS = 6_000
"""Drawn for each epoch."""
Labelled = list[tuple[str, tuple[str, ...]]]


def plain(text: str) -> str:
    """Undo the escapes that one published set holds in place of characters."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match.group(1), 16)), text)
    return text.replace('\\""', '"').replace('\\"', '"')


def trainable(examples: Iterable[tuple[str, tuple[str, ...]]]) -> Labelled:
    """Drop texts that are measured on, empty ones and copies."""
    kept: dict[tuple[str, tuple[str, ...]], tuple[str, tuple[str, ...]]] = {}
    for text, labels in examples:
        key = canonical(text)
        if key and key not in held_out():
            kept.setdefault((key, labels), (plain(text), labels))
    return list(kept.values())


def _single(name: str) -> Labelled:
    return [(text, (label,)) for text, label in pairs(name)]


def _banking(split: str) -> Labelled:
    """Every seventh training text is for development, as in ``eval.datasets``."""
    found = enumerate(_single("intent/banking77/train"))
    return [item for place, item in found if (place % 7 == 0) == (split == "dev")]


def _clinc(split: str) -> Labelled:
    """Out-of-scope texts carry no label: the head learns to be undecided (Lee et al. 2018)."""
    name = {"train": "train", "dev": "val"}[split]
    found = _single(f"intent/clinc150/{name}")
    return [(text, () if labels == ("oos",) else labels) for text, labels in found]


def _multidogo(split: str) -> Labelled:
    return [
        (text, tuple(dict.fromkeys(label.split("<div>"))))
        for domain in MULTIDOGO
        for text, label in pairs(f"intent/multidogo/{domain}_{split}")
    ]


def _goemotions(split: str) -> Labelled:
    return [(row["text"], tuple(row["labels"])) for row in rows(f"sentiment/goemotions_{split}")]


def _emotion(split: str) -> Labelled:
    name = {"train": "train", "dev": "val"}[split]
    return _single(f"sentiment/tweeteval_emotion_{name}")


def _sentiment(split: str) -> Labelled:
    name = {"train": "semeval2013_2016", "dev": "tweeteval_val"}[split]
    own = own_moods(turns=False) if split == "train" else []
    return [*_single(f"sentiment/{name}"), *((text, (label,)) for text, label in own)]


def _general(split: str) -> Labelled:
    """All sets and our own examples in the labels of the general taxonomy."""
    found = all_examples(split, turns=False)
    return [(e.text, e.labels) for e in found if e.source != "nlupp"]


_SETS: Mapping[str, tuple[Callable[[str], Labelled], Link, int, float]] = {
    "banking77": (_banking, "cosine", 9_000, 0.0),
    "clinc150": (_clinc, "cosine", 12_000, 0.0),
    "multidogo": (_multidogo, "linear", 5_000, 0.5),
    "general": (_general, "linear", 16_000, 0.5),
    "semeval": (_sentiment, "linear", 28_000, 1.0),
    "goemotions": (_goemotions, "linear", 20_000, 0.5),
    "emotion": (_emotion, "linear", 3_500, 0.5),
}
"""Reader, kind of head, texts for each epoch, balance of labels."""


def task(name: str, scale: float) -> Task:
    """Read one data set as a task; ``scale`` is the share of a whole epoch that is drawn."""
    read, link, per_epoch, balance = _SETS[name]
    train, dev = trainable(read("train")), read("dev")
    # A label of no development text, or of no training text, cannot be scored.
    labels = sorted({label for _, said in train for label in said})
    dev = [item for item in dev if item[1] and set(item[1]) <= set(labels)]
    random.Random(SEED).shuffle(dev)  # noqa: S311
    dev = dev[: round(_DEV_AT_MOST * scale)]
    drawn = round(per_epoch * scale)
    return Task(name, link, split_of(train, labels), split_of(dev, labels), drawn, balance=balance)


def split_of(examples: Labelled, labels: list[str]) -> Split:
    """Cut texts and lay out their labels, which share a text alike; one of none shares all."""
    read = [(pieces(text), said) for text, said in examples]
    read = [item for item in read if item[0]]
    places = {label: place for place, label in enumerate(labels)}
    targets = np.zeros((len(read), len(labels)), np.float32)
    for row, (_, said) in enumerate(read):
        for label in said or labels:
            targets[row, places[label]] = 1.0 / len(said or labels)
    return Split([item[0] for item in read], targets)


def pieces(text: str) -> Pieces:
    """Redact and cut a text as the product does before it encodes."""
    return cut_turn(text, redact_text(text).plain).texts


def anchor(scale: float, weight: float) -> Task:
    """Texts that shall stay where the base puts them: chats and everyday talk, unlabelled."""
    spoken = [
        (turn["text"], ())
        for row in rows("conversations/tau_airline")
        for turn in row["turns"]
        if len(turn["text"]) < 400
    ]
    chats = [(text, ()) for text, _ in _multidogo("train")]
    talk = [(text, ()) for text, _ in _goemotions("train")]
    rng = random.Random(SEED)  # noqa: S311
    chosen = [item for part in (spoken, chats, talk) for item in _some(trainable(part), rng)]
    rng.shuffle(chosen)
    chosen = chosen[: round(_ANCHORS_READ * scale)]
    texts = [cut for cut in (pieces(text) for text, _ in chosen) if cut]
    base = locate(DEFAULT_ENCODER)
    tokens = Tokens.of(texts, load_tokenizer(base, Recipe.max_tokens))
    # A new adapter adds nothing, so this is the base itself.
    with torch.autocast("cpu", torch.bfloat16):
        targets = embed(Trunk(base, [], rank=1), tokens).numpy()
    dev = len(texts) // 20
    return Task(
        "anchor",
        "anchor",
        Split(texts[dev:], targets[dev:]),
        Split(texts[:dev], targets[:dev]),
        round(_ANCHORS * scale),
        weight,
    )


def _some(examples: Labelled, rng: random.Random) -> Labelled:
    return rng.sample(examples, min(len(examples), _ANCHORS_READ // 3))


def tasks_of(scale: float, without: Iterable[str] = (), anchor_weight: float = 0.0) -> list[Task]:
    """Read all tasks but some; see :func:`task`."""
    tasks = [task(name, scale) for name in _SETS if name not in set(without)]
    return [*tasks, anchor(scale, anchor_weight)] if anchor_weight else tasks


def recipe_of(scale: float, **chosen: object) -> Recipe:
    """Give the recipe for a share of each epoch: it looks at development texts as often."""
    return replace(
        Recipe(),
        measure_every=max(1, round(_MEASURE_EVERY * scale)),
        **chosen,  # type: ignore[arg-type]
    )


def main() -> None:
    """Train a trunk, or merge one into a folder that can be configured as the encoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["train", "merge"])
    parser.add_argument("run", help="name of the run, a folder in var/trunk")
    parser.add_argument("--without", nargs="*", default=[], choices=list(_SETS))
    parser.add_argument("--start", help="run whose adapter to begin with")
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--rate", type=float, default=Recipe.rate)
    parser.add_argument("--anchor", type=float, default=0.0, help="weight of the anchor's loss")
    parser.add_argument("--shared", type=int, default=Recipe.shared, help="layers not tuned")
    parser.add_argument("--rank", type=int, default=Recipe.rank)
    parser.add_argument("--scale", type=float, default=1.0, help="share of each epoch")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default=Recipe.device)
    parser.add_argument("--strength", type=float, default=1.0, help="merge: share of the change")
    chosen = parser.parse_args()
    if chosen.action == "merge":
        target = FOLDER / chosen.run / f"merged-{chosen.strength:g}"
        merge(locate(DEFAULT_ENCODER), FOLDER / chosen.run / "best", target, chosen.strength)
        return
    torch.set_num_threads(chosen.threads)
    tasks = tasks_of(chosen.scale, chosen.without, chosen.anchor)
    for item in tasks:
        _say(f"{item.name}: {len(item.train.texts)} train, {len(item.dev.texts)} dev")
    named = ("epochs", "rank", "shared", "rate", "device", "seed")
    recipe = recipe_of(chosen.scale, **{name: getattr(chosen, name) for name in named})
    start = load_adapter(FOLDER / chosen.start / "best") if chosen.start else None
    fit(locate(DEFAULT_ENCODER), tasks, recipe, FOLDER / chosen.run, _say, start)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
