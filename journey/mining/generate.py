"""Journeys whose truth is known: drawn from chains that we wrote down.

What an analysis claims to find can be planted here and looked for afterwards: transition
probabilities, journey types (each a chain of its own) and drivers (what makes a repeat contact
more likely). Anything drawn is a table as `journey.mining.paths` wants it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from journey.mining.markov import Chain, Floats


@dataclass(frozen=True)
class Plan:
    """The truth: what is planted."""

    names: tuple[str, ...]
    """k activities."""
    types: tuple[Chain, ...]
    """A chain of k activities for each journey type."""
    shares: tuple[float, ...]
    """Share of each type; sums to 1."""
    drivers: Floats
    """Shape (d + 1,): log odds of a repeat contact; first the base, then of d binary features."""
    feature_rates: tuple[float, ...]
    """How often each of the d features holds."""
    mean_wait_s: float = 3_600.0


@dataclass(frozen=True)
class Drawn:
    """What came of a plan."""

    events: pa.Table
    """``case_id``, ``activity``, ``at`` (UTC), ``row``."""
    paths: list[list[int]]
    """Codes of each case."""
    kind: NDArray[np.int64]
    """Shape (cases,): the journey type of each case."""
    features: Floats
    """Shape (cases, d), 0 or 1."""
    repeated: NDArray[np.bool_]
    """Shape (cases,): whether a repeat contact followed."""


def draw(plan: Plan, cases: int, seed: int, begin: datetime) -> Drawn:
    """Draw journeys from a plan.

    Parameters
    ----------
    plan : Plan
    cases : int
    seed : int
        The same seed gives the same journeys.
    begin : datetime
        UTC; cases start in the 90 days after it.
    """
    random = np.random.default_rng(seed)
    kind = random.choice(len(plan.types), size=cases, p=plan.shares)
    features = (random.random((cases, len(plan.feature_rates))) < plan.feature_rates).astype(float)
    odds = plan.drivers[0] + features @ plan.drivers[1:]
    repeated = random.random(cases) < 1.0 / (1.0 + np.exp(-odds))
    case, code = _walk(plan, kind, random)
    order = np.argsort(case, kind="stable")
    case, code = case[order], code[order]
    return Drawn(
        events=_table(plan, case, code, cases, random, begin),
        paths=[part.tolist() for part in np.split(code, np.flatnonzero(np.diff(case)) + 1)],
        kind=kind,
        features=features,
        repeated=repeated,
    )


def _walk(
    plan: Plan, kind: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Move all open cases on by one step at a time; gives case and code of each event."""
    size = len(plan.names)
    start = np.cumsum([chain.start for chain in plan.types], axis=1)
    move = np.cumsum([np.column_stack([chain.move, chain.end]) for chain in plan.types], axis=2)
    open_cases = np.arange(len(kind))
    now = _pick(start[kind], random)
    cases, codes = [open_cases], [now]
    while len(open_cases):
        now = _pick(move[kind[open_cases], now], random)
        going = now < size
        open_cases, now = open_cases[going], now[going]
        cases.append(open_cases)
        codes.append(now)
    return np.concatenate(cases), np.concatenate(codes)


def _pick(cumulated: Floats, random: np.random.Generator) -> NDArray[np.int64]:
    """Draw a column of each row of cumulated probabilities."""
    found = (random.random(len(cumulated))[:, None] > cumulated).sum(axis=1)
    return np.asarray(np.minimum(found, cumulated.shape[1] - 1), dtype=np.int64)


def _table(
    plan: Plan,
    case: NDArray[np.int64],
    code: NDArray[np.int64],
    cases: int,
    random: np.random.Generator,
    begin: datetime,
) -> pa.Table:
    waits = random.exponential(plan.mean_wait_s, len(case))
    first = np.flatnonzero(np.diff(case, prepend=-1))
    waits[first] = random.uniform(0, 90 * 86_400, cases)
    total = np.cumsum(waits)
    since = np.repeat((total - waits)[first], np.diff(first, append=len(case)))
    micros = ((total - since) * 1e6).astype("timedelta64[us]")
    at = np.datetime64(begin.replace(tzinfo=None), "us") + micros
    order = np.argsort(at, kind="stable")
    names = pa.array(plan.names)
    return pa.table(
        {
            "case_id": pa.array(case[order]).cast(pa.string()),
            "activity": names.take(pa.array(code[order])),
            "at": pa.array(at[order]),
            "row": pa.array(np.arange(len(case))),
        }
    )


def chain(rows: Sequence[Sequence[float]]) -> Chain:
    """Write a chain as a table: first the row of the start, then one an activity.

    Parameters
    ----------
    rows : sequence, shape (k + 1, k + 1)
        Probabilities of what comes next, the end last; the start never ends at once.

    Raises
    ------
    ValueError
        If a row does not sum to 1.
    """
    table = np.array(rows, dtype=float)
    if not np.allclose(table.sum(axis=1), 1.0):
        raise ValueError("each row of a chain must sum to 1")
    return Chain(start=table[0, :-1], move=table[1:, :-1], end=table[1:, -1])
