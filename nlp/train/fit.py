"""Fitting of a head on vectors: a small network, early stopping, calibration, thresholds."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from nlp.calibration import calibration_error
from nlp.heads import Floats, Head, Layer

Link = Literal["sigmoid", "softmax"]


@dataclass(frozen=True)
class Examples:
    """Vectors with their labels.

    Attributes
    ----------
    vectors : float32 array of shape (N, D)
    targets : float32 array of shape (N, n_labels)
        0 or 1; NaN where nobody knows whether the label holds.
    weights : float32 array of shape (N,)
        How much each example counts.
    """

    vectors: Floats
    targets: Floats
    weights: Floats


@dataclass(frozen=True)
class Recipe:
    """How a head is fitted."""

    link: Link
    hidden: int = 0
    """Width of the hidden layer; 0 for none."""
    epochs: int = 30
    patience: int = 4
    """Epochs without a better development loss until it stops."""
    batch: int = 256
    rate: float = 2e-3
    decay: float = 1e-4
    dropout: float = 0.2
    noise: float = 0.0
    """Standard deviation of Gaussian noise on the vectors, as a share of their length."""
    seed: int = 0


def fit(
    labels: tuple[str, ...], train: Examples, dev: Examples, recipe: Recipe, space: str
) -> Head:
    """Fit a head and calibrate it.

    Parameters
    ----------
    labels : tuple of str
        One for each column of the targets.
    train, dev : Examples
        ``dev`` decides when to stop, the calibration (temperature for softmax, Guo et al.
        2017; Platt 1999 for each sigmoid label) and the thresholds.
    recipe : Recipe
        Size and pace.
    space : str
        Version of the embedding space.
    """
    network = _trained(len(labels), train, dev, recipe)
    head = _head(labels, network, recipe, space, len(train.vectors))
    # Weights say what to learn from; how often the head is right is a matter of plain counts.
    plain = replace(dev, weights=np.ones_like(dev.weights))
    head = with_thresholds(calibrated(head, plain), plain)
    held = held_back(head.link, head.probabilities(dev.vectors), dev.targets)
    return replace(head, fitted={**head.fitted, **held})


def held_back(link: Link, chances: Floats, targets: Floats) -> dict[str, float]:
    """Give how many texts calibrated a head, and how far off it is on them.

    Parameters
    ----------
    link : {"sigmoid", "softmax"}
        Whose likeliest label is looked at (softmax), or each label by itself.
    chances, targets : float32 arrays of shape (N, n_labels)
        Probabilities, and the truth, NaN where it is not known.
    """
    if link == "softmax":
        right = targets.argmax(axis=1) == chances.argmax(axis=1)
        error = calibration_error(chances.max(axis=1).astype(np.float64), right)
    else:
        known = ~np.isnan(targets)
        error = calibration_error(chances[known].astype(np.float64), targets[known] == 1)
    return {"held_back": len(targets), "ece": error}


def fit_plain(labels: tuple[str, ...], train: Examples, recipe: Recipe, space: str) -> Head:
    """Fit a head for a fixed number of epochs, without calibration; see :func:`fit`."""
    network = _trained(len(labels), train, None, recipe)
    return _head(labels, network, recipe, space, len(train.vectors))


def _head(
    labels: tuple[str, ...], network: torch.nn.Sequential, recipe: Recipe, space: str, texts: int
) -> Head:
    layers = tuple(
        Layer(part.weight.detach().numpy().copy(), part.bias.detach().numpy().copy())
        for part in network
        if isinstance(part, torch.nn.Linear)
    )
    return Head(labels, layers, recipe.link, space, fitted={"texts": texts})


def _trained(
    outputs: int, train: Examples, dev: Examples | None, recipe: Recipe
) -> torch.nn.Sequential:
    torch.manual_seed(recipe.seed)
    network = _network(train.vectors.shape[1], outputs, recipe)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs)
    order = torch.Generator().manual_seed(recipe.seed)
    best, best_loss, waited = network.state_dict(), float("inf"), 0
    for _ in range(recipe.epochs):
        _epoch(network, optimiser, train, recipe, order)
        schedule.step()
        if dev is None:
            continue
        loss = _dev_loss(network, dev, recipe)
        waited = 0 if loss < best_loss else waited + 1
        if loss < best_loss:
            best_loss = loss
            best = {name: value.clone() for name, value in network.state_dict().items()}
        if waited >= recipe.patience:
            break
    network.load_state_dict(best)
    return network


def _epoch(
    network: torch.nn.Sequential,
    optimiser: torch.optim.Optimizer,
    train: Examples,
    recipe: Recipe,
    order: torch.Generator,
) -> None:
    network.train()
    tensors = [torch.from_numpy(a) for a in (train.vectors, train.targets, train.weights)]
    for places in _batches(len(tensors[0]), recipe.batch, order):
        x, y, w = (tensor[places] for tensor in tensors)
        if recipe.noise:
            x = x + recipe.noise * torch.randn(x.shape) / x.shape[1] ** 0.5
        optimiser.zero_grad()
        (_losses(network(x), y, recipe) * w).mean().backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _batches(count: int, size: int, order: torch.Generator) -> tuple[torch.Tensor, ...]:
    # Of equal size: a last batch of two examples would pull as hard as one of 256.
    return torch.chunk(torch.randperm(count, generator=order), max(round(count / size), 1))


def _network(inputs: int, outputs: int, recipe: Recipe) -> torch.nn.Sequential:
    if not recipe.hidden:
        return torch.nn.Sequential(torch.nn.Linear(inputs, outputs))
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, recipe.hidden),
        torch.nn.ReLU(),
        torch.nn.Dropout(recipe.dropout),
        torch.nn.Linear(recipe.hidden, outputs),
    )


def _losses(scores: torch.Tensor, targets: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """(B, L) scores and targets -> (B,) losses; unknown targets count nothing."""
    if recipe.link == "softmax":
        return -(torch.log_softmax(scores, dim=1) * targets).sum(dim=1)
    known = ~torch.isnan(targets)
    losses = torch.nn.functional.binary_cross_entropy_with_logits(
        scores, torch.nan_to_num(targets), reduction="none"
    )
    return (losses * known).sum(dim=1)


def _dev_loss(network: torch.nn.Sequential, dev: Examples, recipe: Recipe) -> float:
    network.eval()
    with torch.no_grad():
        scores = network(torch.from_numpy(dev.vectors))
        losses = _losses(scores, torch.from_numpy(dev.targets), recipe)
        return float((losses * torch.from_numpy(dev.weights)).mean())


def calibrated(head: Head, dev: Examples) -> Head:
    """Fold a scale (and, for sigmoid, an offset for each label) into the last layer."""
    scores = torch.from_numpy(head.scores(dev.vectors))
    targets = torch.from_numpy(dev.targets)
    weights = torch.from_numpy(dev.weights)
    n = len(head.labels)
    free = n if head.link == "sigmoid" else 1
    log_scale = torch.zeros(free, requires_grad=True)
    offset = torch.zeros(n, requires_grad=head.link == "sigmoid")
    recipe = Recipe(head.link)
    parameters = [log_scale, offset] if head.link == "sigmoid" else [log_scale]
    optimiser = torch.optim.LBFGS(parameters, max_iter=100)

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = (_losses(scores * log_scale.exp() + offset, targets, recipe) * weights).mean()
        # A label with few examples stays near the uncalibrated one.
        value = value + 1e-3 * (log_scale.square().sum() + offset.square().sum())
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    scale = log_scale.detach().exp().numpy()
    last = head.layers[-1]
    folded = Layer(
        (last.weight * scale[:, None]).astype(np.float32),
        (last.bias * scale + offset.detach().numpy()).astype(np.float32),
    )
    return replace(head, layers=(*head.layers[:-1], folded))


def with_thresholds(head: Head, dev: Examples) -> Head:
    """Give each label the threshold of the best F1 on ``dev`` (sigmoid), kept within bounds."""
    if head.link == "softmax":
        return head
    probabilities = head.probabilities(dev.vectors)
    thresholds = {
        label: _best_threshold(probabilities[:, place], dev.targets[:, place])
        for place, label in enumerate(head.labels)
    }
    return replace(head, thresholds=thresholds)


_GRID = np.arange(0.25, 0.71, 0.025)
_USUAL = 0.45
"""Where a label has too few development examples to say better."""


def _best_threshold(probabilities: NDArray[np.float32], targets: NDArray[np.float32]) -> float:
    known = ~np.isnan(targets)
    p, truth = probabilities[known], targets[known] == 1
    if truth.sum() < 15:
        return _USUAL
    scores = []
    for threshold in _GRID:
        said = p >= threshold
        scores.append(2 * (said & truth).sum() / max(said.sum() + truth.sum(), 1))
    # The middle of the plateau: the single best point of few examples is luck.
    good = _GRID[np.array(scores) >= max(scores) - 0.005]
    return float(np.median(good))
