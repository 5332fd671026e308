"""Fitting of a head on texts of several parts, of which nobody knows which part says a label.

A text's score is the highest of its parts (multiple instance learning with the maximum:
Ramon & De Raedt 2000), so that a label teaches the part that says it most and a text without
the label teaches all its parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from nlp.heads import Floats, Head, Layer
from nlp.train.fit import Recipe


@dataclass(frozen=True)
class Parted:
    """Texts as their parts, with labels.

    Attributes
    ----------
    parts : sequence of N float32 arrays of shape (n_parts, D)
        At least one part each.
    targets : float32 array of shape (N, n_labels)
        0 or 1; NaN where nobody knows whether the label holds.
    """

    parts: Sequence[Floats]
    targets: Floats

    def __add__(self, other: "Parted") -> "Parted":
        """Put texts together."""
        targets = np.concatenate([self.targets, other.targets])
        return Parted([*self.parts, *other.parts], targets)


def fit_highest(labels: tuple[str, ...], texts: Parted, recipe: Recipe, space: str) -> Head:
    """Fit a head for a fixed number of epochs, without calibration.

    Parameters
    ----------
    labels : tuple of str
        One for each column of the targets.
    texts : Parted
    recipe : Recipe
        Sigmoids alone; patience is not asked for. The same recipe gives the same head.
    space : str
        Version of the embedding space.

    Returns
    -------
    Head
        For parts: what it says of a text is the highest over its parts.
    """
    torch.manual_seed(recipe.seed)
    first = torch.nn.Linear(texts.parts[0].shape[1], recipe.hidden)
    last = torch.nn.Linear(recipe.hidden, len(labels))
    torch.nn.init.constant_(last.bias, _SELDOM)
    dropout = torch.nn.Dropout(recipe.dropout)
    network = torch.nn.Sequential(first, torch.nn.ReLU(), dropout, last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    rng = np.random.default_rng(recipe.seed)
    batches = -(-len(texts.parts) // recipe.batch)
    pace = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=recipe.epochs * batches + 1
    )
    for _ in range(recipe.epochs):
        for places in np.array_split(rng.permutation(len(texts.parts)), batches):
            optimiser.zero_grad()
            _loss(network, texts, places, recipe.noise).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            pace.step()
    first.weight.data *= _SCALE
    layers = tuple(
        Layer(part.weight.detach().numpy().copy(), part.bias.detach().numpy().copy())
        for part in (first, last)
    )
    return Head(labels, layers, "sigmoid", space, fitted={"texts": len(texts.parts)})


_SCALE = 3.0
"""Unit vectors of 384 numbers are small beside what layers begin with."""
_SELDOM = -2.0
"""Log-odds of any label to begin with."""


def _loss(
    network: torch.nn.Sequential, texts: Parted, places: NDArray[np.int64], noise: float
) -> torch.Tensor:
    parts = [texts.parts[place] for place in places]
    rows = torch.from_numpy(np.concatenate(parts))
    owners = torch.from_numpy(np.repeat(np.arange(len(parts)), [len(part) for part in parts]))
    scores = network(_SCALE * (rows + noise * torch.randn_like(rows)))
    shape = (len(parts), scores.shape[1])
    highest = scores.new_full(shape, -torch.inf).scatter_reduce(
        0, owners[:, None].expand_as(scores), scores, "amax"
    )
    targets = torch.from_numpy(texts.targets[places])
    known = ~torch.isnan(targets)
    losses = torch.nn.functional.binary_cross_entropy_with_logits(
        highest, torch.nan_to_num(targets), reduction="none"
    )
    return (losses * known).mean()
