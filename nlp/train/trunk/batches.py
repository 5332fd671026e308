"""Batches of one task each and of like length, the same for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from nlp.train.trunk.task import Pieces, Task

_BUCKET = 32
"""Batches that are sorted by length together; more would make batches less random."""
_SHORT = 10
"""Characters that each piece counts at least: as in ``nlp.vectors.pooled``, a test holds it."""


@dataclass(frozen=True)
class Batch:
    """Texts as tokens.

    Attributes
    ----------
    ids : list of list of int
        One for each piece, special tokens included.
    owners : list of int
        Row of the text that each piece belongs to.
    weights : list of float
        Share of each piece in its text's vector, before normalising.
    size : int
        Texts.
    """

    ids: list[list[int]]
    owners: list[int]
    weights: list[float]
    size: int


@dataclass(frozen=True)
class Tokens:
    """Texts of a split, each a list of tokenised pieces with their weights."""

    ids: list[list[list[int]]]
    weights: list[list[float]]

    @classmethod
    def of(cls, texts: Sequence[Pieces], tokenizer: Tokenizer) -> "Tokens":
        """Tokenise texts as the product weighs them: by characters, short ones a little more."""
        flat = [piece for pieces in texts for piece in pieces]
        encoded = iter(tokenizer.encode_batch(flat))
        ids = [[next(encoded).ids for _ in pieces] for pieces in texts]
        return cls(ids, [[float(len(piece) + _SHORT) for piece in pieces] for pieces in texts])

    def batch(self, rows: Sequence[int]) -> Batch:
        """Lay out the texts of some rows."""
        ids, owners, weights = [], [], []
        for place, row in enumerate(rows):
            ids += self.ids[row]
            weights += self.weights[row]
            owners += [place] * len(self.ids[row])
        return Batch(ids, owners, weights, len(rows))

    def length(self, row: int) -> int:
        """Give the tokens of a text."""
        return sum(map(len, self.ids[row]))


def load_tokenizer(base: Path, max_tokens: int) -> Tokenizer:
    """Read the tokenizer of a Hugging Face folder, cutting longer pieces off."""
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer


def plan(
    tasks: Sequence[Task], tokens: Sequence[Tokens], size: int, seed: int, epoch: int
) -> list[tuple[int, list[int]]]:
    """Draw one epoch: batches of all tasks in random order.

    Parameters
    ----------
    tasks, tokens : sequences
        Tasks and their tokenised training texts.
    size : int
        Texts in a batch.
    seed, epoch : int
        Both together fix the result, so that a run can be taken up in the middle.

    Returns
    -------
    list of (int, list of int)
        Place of the task, rows of its training split.
    """
    rng = np.random.default_rng((seed, epoch))
    batches: list[tuple[int, list[int]]] = []
    for place, (task, split) in enumerate(zip(tasks, tokens, strict=True)):
        rows = rng.permutation(len(split.ids))[: task.per_epoch].tolist()
        batches += [(place, part) for part in _bucketed(rows, split, size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def _bucketed(rows: list[int], tokens: Tokens, size: int) -> list[list[int]]:
    batches = []
    for first in range(0, len(rows), size * _BUCKET):
        bucket = sorted(rows[first : first + size * _BUCKET], key=tokens.length)
        batches += [bucket[start : start + size] for start in range(0, len(bucket), size)]
    return batches
