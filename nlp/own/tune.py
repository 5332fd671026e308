"""Tuning a top for one own taxonomy: what its labels are gathers, what they are not parts."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from nlp.heads import Floats
from nlp.models import pooling
from nlp.own.labels import Labelled, intents_of
from nlp.own.model import TaxonomyError, cut_text
from nlp.own.unseen import unseen
from nlp.tops import Adapter
from nlp.train.trunk.fit import Recipe, fit
from nlp.train.trunk.task import Pieces, Split, Task

_STEPS = 400
"""About; few examples are seen more often, many are seen three times."""
_EPOCHS = (3, 6)
_LOOKED_AT = 200
"""Examples whose score is told in the end; nothing is chosen by it."""


def tune(
    base: Path,
    examples: Sequence[Labelled],
    report: Callable[[str], None],
    seed: int = Recipe.seed,
) -> Adapter:
    """Tune the upper four layers on the examples of a taxonomy.

    Each label is a direction and its texts gather around it (normalised softmax, Wang et al.
    2017); what a label is called counts as one example more. One example in seven is left out,
    see `unseen`.

    Parameters
    ----------
    base : Path
        Folder of the encoder.
    examples : sequence of (text, label) or (text, labels)
        Without identifiers.
    report : callable
        Told how it goes.
    seed : int
        The same one gives the same adapter.

    Raises
    ------
    TaxonomyError
        If fewer than two labels have an example to learn from, or the encoder pools by its
        first token, which this way of training does not know.
    """
    if pooling(base) != "mean":
        raise TaxonomyError("only encoders that pool by the mean can be tuned")
    seen = [(pieces, intents_of(said)) for text, said in examples
            if not unseen(text) and (pieces := cut_text(text).texts)]  # fmt: skip
    labels = sorted({label for _, said in seen for label in said})
    if len(labels) < 2:
        raise TaxonomyError("tuning needs examples of two labels at least")
    named = [(cut_text(label.replace("_", " ").replace("-", " ")).texts, (label,))
             for label in labels]  # fmt: skip
    train = _split([*seen, *(one for one in named if one[0])], labels)
    look = Split(train.texts[:_LOOKED_AT], train.targets[:_LOOKED_AT])
    recipe = _recipe(len(train.texts), seed)
    with TemporaryDirectory() as folder:
        task = Task("examples", "cosine", train, look, len(train.texts))
        fit(base, [task], recipe, Path(folder), report)
        return Adapter((Path(folder) / "best" / "adapter.safetensors").read_bytes())


def _recipe(count: int, seed: int) -> Recipe:
    fewest, most = _EPOCHS
    batch = 64
    epochs = min(max(round(_STEPS * batch / count), fewest), most)
    last = 10**9  # looks once, at the end: all examples are trained on, so none can choose
    return Recipe(rank=16, epochs=epochs, batch=batch, measure_every=last, seed=seed)


def _split(examples: Sequence[tuple[Pieces, tuple[str, ...]]], labels: Sequence[str]) -> Split:
    truth = np.array([[label in said for label in labels] for _, said in examples], np.float32)
    # Of a text of no intent the head is to be undecided (Lee et al. 2018).
    shared: Floats = np.where(truth.any(axis=1, keepdims=True), truth, 1.0).astype(np.float32)
    return Split([pieces for pieces, _ in examples], shared / shared.sum(axis=1, keepdims=True))
