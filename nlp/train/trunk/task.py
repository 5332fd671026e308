"""What a trunk is trained on: labelled texts, one task for each data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nlp.heads import Floats

Pieces = tuple[str, ...]
"""One text as the encoder reads it: its sentences (``nlp.cut.Cut.texts``), at least one."""
Link = Literal["linear", "cosine", "anchor"]


@dataclass(frozen=True)
class Split:
    """Texts with their targets.

    Attributes
    ----------
    texts : sequence of Pieces
        N texts.
    targets : float32 array of shape (N, n_labels)
        Rows that sum to 1 (several labels share it). For an anchor, (N, D) unit vectors.
    """

    texts: Sequence[Pieces]
    targets: Floats


@dataclass(frozen=True)
class Task:
    """One data set and what its head asks of the space.

    Attributes
    ----------
    name : str
        Letters, digits and underscores.
    link : {"linear", "cosine", "anchor"}
        ``cosine``: each label is a direction and texts gather around theirs (Wang et al. 2017,
        NormFace), which helps heads of few examples; ``linear``: a plain softmax on the unit
        vector, which asks only that labels can be told apart; ``anchor``: the vector stays
        near the one given, so that similarity keeps its meaning for texts of no task.
    train, dev : Split
        ``dev`` only measures.
    per_epoch : int
        Training texts drawn for each epoch, without replacement; all where there are fewer.
    weight : float
        Of its loss among the others'.
    balance : float
        0: each text counts alike; 1: each label does.
    """

    name: str
    link: Link
    train: Split
    dev: Split
    per_epoch: int
    weight: float = 1.0
    balance: float = 0.0
