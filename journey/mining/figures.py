"""What a reader of the page is told, computed from what was counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from journey.mining import markov
from journey.mining.counts import bootstrap, path_counts
from journey.mining.markov import Chain, Floats
from journey.mining.memory import Memory, memory
from journey.mining.mine import Mined, Move, Variant, Wait

SAMPLE = 5_000
"""So many cases are enough to tell how far back a log remembers."""
FEW = 30
"""Fewer cases than this are marked: a share of them says little."""


@dataclass(frozen=True)
class StepFigures:
    """One activity: how often, what is left after it, how much passes through it."""

    name: str
    events: int
    steps_left: float
    last: str
    """Where most cases end that are now here …"""
    last_share: float
    """… and what share of them."""
    through: float
    """Removal effect on the most frequent ending …"""
    through_low: float
    through_high: float
    """… and its 95 % interval."""
    few: bool


@dataclass(frozen=True)
class Figures:
    """All figures of the page."""

    steps: tuple[StepFigures, ...]
    """The most frequent activities first."""
    goal: str
    """The activity with which most cases end."""
    goal_share: float
    memory: Memory | None
    repeat_share: float
    """Share of cases in which a step follows itself."""
    return_share: float
    """Share of cases that come back to a step after another one."""
    cover: tuple[int, float]
    """So many paths cover this share of cases."""
    slow: tuple[Wait, ...]
    """Waits that take most time in all."""
    kept_share: float
    """Share of the cases whose paths were kept to compute this."""


def figures(mined: Mined) -> Figures:
    """Compute the figures of the page."""
    code = {name: place for place, name in enumerate(mined.names)}
    paths = [[code[name] for name in variant.path] for variant in mined.variants]
    weights = [variant.count for variant in mined.variants]
    matrix = _matrix(mined.moves, code)
    chain = markov.fit(matrix)
    ended = matrix[:-1, -1]
    goal = int(ended.argmax())
    through = markov.removal_effect(chain, goal)
    low, high = bootstrap(path_counts(paths, weights, len(code)), _through(goal), draws=200)
    return Figures(
        steps=_steps(mined, chain, matrix, (through, low, high)),
        goal=mined.names[goal],
        goal_share=float(ended[goal] / mined.cases),
        memory=_memory(paths, weights, len(code)),
        repeat_share=_share(mined.variants, _repeats),
        return_share=_share(mined.variants, _returns),
        cover=_cover(mined.variants, mined.cases),
        slow=tuple(sorted(mined.waits, key=lambda w: -w.count * w.median_s)[:10]),
        kept_share=sum(weights) / mined.cases,
    )


def _matrix(moves: Sequence[Move], code: dict[str, int]) -> Floats:
    size = len(code)
    matrix = np.zeros((size + 1, size + 1))
    for move in moves:
        row = size if move.kind == "start" else code[move.source]
        column = size if move.kind == "end" else code[move.target]
        matrix[row, column] = move.count
    return matrix


def _through(goal: int) -> Callable[[Floats], Floats]:
    return lambda matrix: markov.removal_effect(markov.fit(matrix), goal)


def _steps(
    mined: Mined, chain: Chain, matrix: Floats, through: tuple[Floats, Floats, Floats]
) -> tuple[StepFigures, ...]:
    left, last = markov.steps_left(chain), markov.last_step(chain)
    events = matrix[:-1].sum(axis=1)
    effect, low, high = through
    return tuple(
        StepFigures(
            name=mined.names[place],
            events=int(events[place]),
            steps_left=float(left[place]),
            last=mined.names[int(last[place].argmax())],
            last_share=float(last[place].max()),
            through=float(effect[place]),
            through_low=float(low[place]),
            through_high=float(high[place]),
            few=bool(events[place] < FEW),
        )
        for place in np.argsort(-events, kind="stable").tolist()
    )


def _memory(paths: list[list[int]], weights: list[int], size: int) -> Memory | None:
    """Look at a sample of cases; of fewer than ``FEW`` cases nothing can be told."""
    held: NDArray[np.int64] = np.array(weights)
    if held.sum() < FEW:
        return None
    if held.sum() > SAMPLE:
        owner = np.repeat(np.arange(len(held)), held)
        drawn = np.random.default_rng(0).choice(owner, SAMPLE, replace=False)
        held = np.bincount(drawn, minlength=len(held))
    seen = np.flatnonzero(held).tolist()
    return memory([paths[place] for place in seen], held[seen].tolist(), size)


def _share(variants: Sequence[Variant], holds: Callable[[tuple[str, ...]], bool]) -> float:
    found = sum(variant.count for variant in variants if holds(variant.path))
    return found / sum(variant.count for variant in variants)


def _repeats(path: tuple[str, ...]) -> bool:
    return any(one == two for one, two in pairwise(path))


def _returns(path: tuple[str, ...]) -> bool:
    joined = [step for place, step in enumerate(path) if not place or path[place - 1] != step]
    return len(set(joined)) < len(joined)


def _cover(variants: Sequence[Variant], cases: int, share: float = 0.8) -> tuple[int, float]:
    covered = 0
    for place, variant in enumerate(variants, start=1):
        covered += variant.count
        if covered >= share * cases:
            return place, covered / cases
    return len(variants), covered / cases
