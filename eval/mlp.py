"""The usual head on a fixed encoder: one hidden layer on frozen vectors, any number of labels.

What papers on intents train where the encoder stays as it is (Casanueva et al. 2022 among them);
here so that ours can be set beside it on the same vectors. Nothing that ships uses it.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from nlp.heads import Floats

HIDDEN, DROPOUT, RATE, BATCH = 512, 0.5, 1e-3, 32
SEED = 20261128


@dataclass(frozen=True)
class Mlp:
    """A fitted network."""

    layers: nn.Sequential

    def probabilities(self, rows: Floats) -> Floats:
        """Give the probability of each label by itself: (N, D) -> (N, L)."""
        with torch.inference_mode():
            return np.asarray(torch.sigmoid(self.layers(torch.from_numpy(rows))).numpy())


def fit_mlp(rows: Floats, truth: Floats, steps: int, seed: int = SEED) -> Mlp:
    """Train on vectors of shape (N, D) and labels of shape (N, L), each 0 or 1.

    Dropout of a quarter before and a half after the hidden layer of 512, Adam at 0.001, batches
    of 32, and as many steps as are said: no text is held out to stop by.
    """
    torch.manual_seed(seed)
    layers = nn.Sequential(
        nn.Dropout(DROPOUT / 2),
        nn.Linear(rows.shape[1], HIDDEN),
        nn.ReLU(),
        nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN, truth.shape[1]),
    )
    optimiser = torch.optim.Adam(layers.parameters(), RATE)
    data, target = torch.from_numpy(rows), torch.from_numpy(truth)
    loss = nn.BCEWithLogitsLoss(reduction="none")
    layers.train()
    for _ in range(steps):
        part = torch.randint(len(data), (BATCH,))
        optimiser.zero_grad()
        loss(layers(data[part]), target[part]).sum(dim=1).mean().backward()
        optimiser.step()
    layers.eval()
    return Mlp(layers)


def truth_of(said: list[tuple[str, ...]], labels: list[str]) -> Floats:
    """Write labels as zeros and ones of shape (N, L)."""
    return np.array([[label in one for label in labels] for one in said], np.float32)
