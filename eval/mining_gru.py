"""A small GRU beside the models of ``eval.mining``: next activity on the same cases and splits.

``python -m eval.mining_gru [helpdesk|bpi]`` trains on the CPU and writes a row for each log. Torch
is needed here only; what ships (`journey.mining.forecast`, `journey.lenses.next_step`) needs none.
"""

import sys
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from eval.mining import LOGS, SPLITS, Split, read
from eval.mining_plan import write
from journey.mining.measured import ece
from journey.mining.prefixes import Case, learn

WIDTH = 64
ROUNDS = {"Helpdesk": 12, "BPI 2013 incidents": 6}
BATCH = 64
LONGEST = 60
"""Steps of a case that are read; of longer ones the first."""


class Gru(nn.Module):
    """Activity and time since the last event in, the next activity out, at every step."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.names = nn.Embedding(size + 1, 24)
        self.gru = nn.GRU(24 + 3, WIDTH, batch_first=True)
        self.out = nn.Linear(WIDTH, size + 1)

    def forward(self, codes: Tensor, times: Tensor) -> Tensor:
        """Give log odds, shape (cases, steps, size + 1)."""
        seen, _ = self.gru(torch.cat([self.names(codes), times], dim=2))
        found: Tensor = self.out(seen)
        return found


def batch(cases: Sequence[Case], names: dict[str, int]) -> tuple[Tensor, Tensor, Tensor]:
    """Give codes, times and what came next (-1 beyond the end), shapes (cases, steps[, 3])."""
    size, steps = len(names), min(max(len(case.events) for case in cases), LONGEST)
    codes = torch.full((len(cases), steps), size)
    times = torch.zeros(len(cases), steps, 3)
    following = torch.full((len(cases), steps), -1)
    for row, case in enumerate(cases):
        held = [names.get(event.activity, size) for event in case.events]
        seconds = case.seconds
        for place in range(min(len(held), steps)):
            codes[row, place] = held[place]
            waited = seconds[place] - seconds[max(place - 1, 0)]
            hour = case.events[place].at.hour / 24
            since = seconds[place] - seconds[0]
            times[row, place] = torch.tensor([np.log1p(waited) / 10, np.log1p(since) / 10, hour])
            last = place + 1 == len(held)
            # The code of the unknown is that of the end; what training never saw is not learned.
            then = size if last else held[place + 1]
            following[row, place] = then if last or then < size else -1
    return codes, times, following


def train(cases: Sequence[Case], names: dict[str, int], rounds: int) -> Gru:
    """Train on whole cases, the lengths of a batch alike."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = Gru(len(names))
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    lengths = np.argsort([len(case.events) for case in cases], kind="stable")
    parts = np.array_split(lengths, max(len(cases) // BATCH, 1))
    ready = [batch([cases[n] for n in part], names) for part in parts]
    random = np.random.default_rng(0)
    for _ in range(rounds):
        for place in random.permutation(len(ready)):
            codes, times, following = ready[place]
            odds = model(codes, times)
            loss = nn.functional.cross_entropy(
                odds.flatten(0, 1), following.flatten(), ignore_index=-1
            )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    return model


def temperature(model: Gru, cases: Sequence[Case], names: dict[str, int]) -> float:
    """Find the temperature that suits cases which the model has not seen."""
    with torch.no_grad():
        codes, times, following = batch(cases, names)
        odds, truth = model(codes, times).flatten(0, 1), following.flatten()
        grid = np.linspace(0.5, 3.0, 26)
        losses = [
            float(nn.functional.cross_entropy(odds / t, truth, ignore_index=-1)) for t in grid
        ]
    return float(grid[int(np.argmin(losses))])


def compare(title: str, found: list[Case], split: Split, fields: tuple[str, ...]) -> str:
    """Train, calibrate and score; the last rounds train on all, as the other models do."""
    first, second = int(len(found) * split.train), int(len(found) * split.calibrate)
    names = dict(learn(found[:second], fields).names)
    rounds = ROUNDS[title]
    warmth = temperature(train(found[:first], names, rounds), found[first:second], names)
    model = train(found[:second], names, rounds)
    right: list[bool] = []
    sure: list[float] = []
    with torch.no_grad():
        for place in range(second, len(found), 256):
            part = found[place : place + 256]
            codes, times, following = batch(part, names)
            shares = torch.softmax(model(codes, times) / warmth, dim=2)
            best, guess = shares.max(dim=2)
            for row, case in enumerate(part):
                steps = min(len(case.events), LONGEST)
                right += (guess[row, :steps] == following[row, :steps]).tolist()
                sure += best[row, :steps].tolist()
    hit, chance = np.array(right), np.array(sure)
    error = ece(chance, hit)
    return f"| {title}, {split.title} | GRU, {WIDTH} wide | {hit.mean():.4f} | {error:.4f} |"


def main(arguments: list[str]) -> None:
    """Write a row for each log; whole cases are known in training, as in the 67/33 split."""
    for log in LOGS:
        if not arguments or log.title.lower().startswith(arguments[0][:3]):
            write(compare(log.title, read(log), SPLITS[1], log.fields))


if __name__ == "__main__":
    main(sys.argv[1:])
