"""The tuned top, tuned further on whole talks: ``python -m eval.talk_top train``, then ``compare``.

An attempt: what heads of intents find on it is compared with the top that ships, on our own
talks kept for development, which neither was tuned on.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console

from domain.conversation import Role
from eval.labelled import Row, labelled_talks
from eval.prepare import load_vectors
from eval.results import table
from eval.trunk import SEED, split_of, tasks_of
from eval.turn_heads import Sample, fit_near, own_sample, talk_sample
from eval.unseen import best_threshold
from nlp.cues.heads import windows
from nlp.heads import Floats, Head
from nlp.models import DEFAULT_ENCODER, SHIPPED, locate
from nlp.train.trunk.adapter import load_adapter
from nlp.train.trunk.fit import Recipe, fit
from nlp.train.trunk.task import Task
from nlp.vectors import Vectors

FOLDER = Path("var/trunk/talks")
NOTHING = "nothing"
"""What a turn is labelled with that no label holds of."""
_REPLAYED = 0.15
"""Share of each public set in an epoch, so that the top keeps what it knows."""
Labels = Callable[[Row], tuple[str, ...]]
_TALKS: dict[str, tuple[Role, Labels]] = {
    "talk_intents": (Role.CUSTOMER, lambda row: tuple(dict.fromkeys(row["intents"]))),
    "talk_moods": (Role.CUSTOMER, lambda row: (row["sentiment"],)),
    "talk_effort": (Role.CUSTOMER, lambda row: tuple(dict.fromkeys(row["effort"]))),
    "talk_acts": (Role.AGENT, lambda row: tuple(dict.fromkeys(row["acts"]))),
}
"""Whose turns teach what."""
console = Console()


def talk_task(name: str, share: float) -> Task:
    """Read our own talks as a task; ``share`` is the part of them drawn for each epoch."""
    role, labels_of = _TALKS[name]
    said = {
        split: [
            (talk.conversation.turns[place].body, labels_of(row) or (NOTHING,))
            for talk in labelled_talks(split)
            for place, row in talk.of(role)
        ]
        for split in ("train", "dev")
    }
    known = sorted({label for _, labels in said["train"] for label in labels})
    measured = [item for item in said["dev"] if set(item[1]) <= set(known)]
    learned = split_of(said["train"], known)
    drawn = round(len(learned.texts) * share)
    return Task(name, "linear", learned, split_of(measured, known), drawn, balance=0.25)


def train(epochs: int, rate: float, share: float, folder: Path) -> None:
    """Go on from the top that ships, with talks among its tasks."""
    tasks = [*tasks_of(_REPLAYED * share), *(talk_task(name, share) for name in _TALKS)]
    recipe = replace(
        Recipe(), epochs=epochs, rate=rate, seed=SEED, measure_every=max(1, round(150 * share))
    )
    fit(locate(DEFAULT_ENCODER), tasks, recipe, folder, console.print, load_adapter(SHIPPED))


def intents_found(vectors: Vectors) -> list[float]:
    """Fit the head of sentences in a space; give its F1 on talks kept, and the threshold's."""
    parts = [talk_sample(vectors, "train"), own_sample(vectors, "train")]
    near = fit_near(parts, vectors.signals)
    kept = talk_sample(vectors, "dev")
    threshold, best = best_threshold(_said(near, kept), kept.intents())
    return [best, threshold]


def _said(near: Head, sample: Sample) -> Floats:
    """Give the probability of each intent by its surest sentence, or two neighbours."""
    rows = [near.probabilities(windows(turn.text)).max(axis=0) for turn in sample.turns]
    return np.stack(rows).astype(np.float32)


def main() -> None:
    """Tune, or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["train", "compare"])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--share", type=float, default=1.0, help="of each epoch, for a try")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    if chosen.action == "train":
        train(chosen.epochs, chosen.rate, chosen.share, chosen.folder)
        return
    tops = {"as it ships": SHIPPED, "tuned on talks": chosen.folder / "best"}
    rows = [
        [name, *(f"{figure:.3f}" for figure in intents_found(load_vectors(top)))]
        for name, top in tops.items()
    ]
    console.print(table(["top", "micro F1 at its best threshold", "threshold"], rows))


if __name__ == "__main__":
    main()
