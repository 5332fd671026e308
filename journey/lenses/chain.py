"""Journeys as a Markov chain: where they end from each step, and what a step is worth."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from domain.base import Record
from journey.lenses.members import variants
from journey.lenses.tell import FEW
from journey.lenses.walk import Looked
from journey.lenses.words import STEP, said
from journey.mining import markov
from journey.mining.counts import PathCounts, bootstrap, path_counts
from journey.mining.markov import Floats
from journey.mining.memory import memory

ENDINGS = ("resolved", "abandoned", "unresolved")
DRAWS = 200
CONTACT = "contact:"


class Measured(Record):
    """A figure with its 95 % interval, by drawing journeys anew."""

    value: float
    low: float
    high: float


class Step(Record):
    """What the chain says of a journey that is now at a step."""

    activity: str
    label: str
    visits: int
    few: bool
    ends: dict[str, Measured]
    """Chance of each ending; they sum to 1."""
    contacts_left: Measured
    """Further contacts until the journey ends, on average."""
    removal: Measured
    """Share of solutions whose way leads through this step. Not what would happen without it."""


class ChainTold(Record):
    """The chain, and how far to trust it."""

    journeys: int
    open: int
    """Journeys that have not ended: left out."""
    contacts_to_end: Measured
    """Contacts of a journey, from its start."""
    steps: tuple[Step, ...]
    """The most visited first."""
    bits: tuple[float, ...]
    """Surprise at the next step, in bits, on held-out journeys, knowing 0, 1, 2 … steps."""
    markovian: bool | None
    """Whether one step of the past is enough; None with fewer than 30 journeys."""
    past: str
    """The same in words."""


def tell_chain(seen: Looked, draws: int = DRAWS) -> ChainTold | None:
    """Fit the chain of all journeys that have ended; None where none has."""
    found = variants(seen).join(seen.journeys.select("case_id", "ending"), "case_id")
    counted = (
        found.group_by("key", "ending").agg(count=lambda t: t.count()).order_by("key", "ending")
    )
    rows = counted.to_pyarrow().to_pylist()
    ended = [row for row in rows if row["ending"] in ENDINGS]
    if not ended:
        return None
    split = [row["key"].split(STEP) for row in ended]
    names = sorted({activity for path in split for activity in path})
    code = {name: place for place, name in enumerate([*names, *ENDINGS])}
    paths = [
        [*(code[a] for a in path), code[row["ending"]]]
        for path, row in zip(split, ended, strict=True)
    ]
    weights = [row["count"] for row in ended]
    counts = path_counts(paths, weights, len(code))
    return ChainTold(
        journeys=sum(weights),
        open=sum(row["count"] for row in rows) - sum(weights),
        contacts_to_end=_from_start(counts, names, draws),
        steps=_steps(counts, names, draws),
        **_past(paths, weights, len(code)),
    )


def _steps(counts: PathCounts, names: Sequence[str], draws: int) -> tuple[Step, ...]:
    outcomes = list(range(len(names), len(names) + len(ENDINGS)))
    ends = _interval(counts, lambda c: markov.absorption(c, outcomes)[:, :-1], draws)
    left = _interval(counts, partial(_contacts_left, contacts=_contacts(names)), draws)
    worth = _interval(counts, lambda c: markov.removal_effect(c, len(names)), draws)
    visits = counts.matrix()[:-1].sum(axis=1).astype(int)
    return tuple(
        Step(
            activity=names[place],
            label=said(names[place]),
            visits=int(visits[place]),
            few=bool(visits[place] < FEW),
            ends={name: _at(ends, (place, column)) for column, name in enumerate(ENDINGS)},
            contacts_left=_at(left, (place,)),
            removal=_at(worth, (place,)),
        )
        for place in np.argsort(-visits[: len(names)], kind="stable").tolist()
    )


def _contacts(names: Sequence[str]) -> list[int]:
    return [place for place, name in enumerate(names) if name.startswith(CONTACT)]


def _contacts_left(chain: markov.Chain, contacts: Sequence[int]) -> Floats:
    """Count the visits to contacts that are still to come; the present one is not."""
    found: Floats = markov.visits(chain)[:, contacts].sum(axis=1)
    found[list(contacts)] -= 1.0
    return found


def _from_start(counts: PathCounts, names: Sequence[str], draws: int) -> Measured:
    contacts = _contacts(names)

    def measure(chain: markov.Chain) -> Floats:
        return np.array([chain.start @ markov.visits(chain)[:, contacts].sum(axis=1)])

    return _at(_interval(counts, measure, draws), (0,))


Ends = tuple[Floats, Floats, Floats]


def _interval(counts: PathCounts, measure: Callable[[markov.Chain], Floats], draws: int) -> Ends:
    low, high = bootstrap(counts, lambda matrix: measure(markov.fit(matrix)), draws)
    return measure(markov.fit(counts.matrix())), low, high


def _at(ends: Ends, place: tuple[int, ...]) -> Measured:
    value, low, high = (float(end[place]) for end in ends)
    return Measured(value=value, low=low, high=high)


def _past(paths: list[list[int]], weights: list[int], size: int) -> dict[str, object]:
    if sum(weights) < FEW:
        told = f"fewer than {FEW} journeys have ended: too few to tell whether the past matters"
        return {"bits": (), "markovian": None, "past": told}
    found = memory(paths, weights, size)
    if found.best <= 1:
        told = "the present step tells the next about as well as more of the past does"
    else:
        told = f"the last {found.best} steps tell more than the present one: read with care"
    return {"bits": found.bits, "markovian": found.best <= 1, "past": told}
