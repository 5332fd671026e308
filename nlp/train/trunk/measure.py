"""How well a trunk does on its development splits: what early stopping goes by."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import recall_score

from nlp.train.trunk.batches import Tokens
from nlp.train.trunk.network import Trunk
from nlp.train.trunk.task import Task

_BATCH = 256


def embed(trunk: Trunk, tokens: Tokens) -> torch.Tensor:
    """Give the (N, D) unit vectors of texts, on the CPU, without gradients."""
    rows = sorted(range(len(tokens.ids)), key=tokens.length)
    parts = [rows[first : first + _BATCH] for first in range(0, len(rows), _BATCH)]
    trunk.eval()
    with torch.inference_mode():
        vectors = torch.cat([trunk(tokens.batch(part)).cpu() for part in parts])
    return vectors[np.argsort(rows)]


def dev_scores(
    trunk: Trunk, tasks: Sequence[Task], tokens: Sequence[Tokens]
) -> Mapping[str, float]:
    """Score each task by its own head, 0 to 1.

    Macro recall of the likeliest label for labelled tasks; mean cosine for an anchor.
    """
    scores = {}
    for task, split in zip(tasks, tokens, strict=True):
        vectors = embed(trunk, split).to(trunk.device)
        targets = torch.from_numpy(task.dev.targets).to(trunk.device)
        with torch.inference_mode():
            if task.link == "anchor":
                scores[task.name] = 1.0 - float(trunk.loss(task, vectors, targets))
            else:
                said = trunk.logits(task, vectors).argmax(dim=1).cpu().numpy()
                scores[task.name] = _macro_recall(task.dev.targets, said)
    return scores


def _macro_recall(targets: NDArray[np.float32], said: NDArray[np.int64]) -> float:
    """Take a text with several labels as right where one of them is said."""
    first = targets.argmax(axis=1)
    hit = targets[np.arange(len(said)), said] > 0
    truth = np.where(hit, said, first)
    return float(recall_score(truth, said, average="macro", labels=np.unique(truth)))
