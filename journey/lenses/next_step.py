"""What comes next in an open journey, and how long it may take: fitted without torch, kept as JSON.

A chain of the order that held-out journeys ask for (`journey.mining.memory`), its probabilities
raised to a power that suits the latest fifth of the journeys (temperature scaling; Guo et al.
2017). The time left is that of the journeys that were at the same steps: half of them took no
longer than the median, half lie between the quartiles.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from domain.base import Record
from journey.lenses.tell import FEW
from journey.lenses.walk import Looked
from journey.lenses.words import said
from journey.mining.markov import Floats
from journey.mining.memory import memory
from journey.mining.ngram import NGram
from journey.mining.ngram import fit as fit_ngram

LATEST = 0.2
SHOWN = 5
ENDS = "ends"


class Likely(Record):
    """One next step."""

    activity: str
    label: str
    probability: float


class NextStep(Record):
    """What may come of a journey that is still open."""

    steps: tuple[Likely, ...]
    """The most likely first; the activity ``ends`` is that nothing more comes."""
    left_s: float | None
    """Seconds until its last step: half of such journeys took no longer. None: not known."""
    left_low_s: float | None
    left_high_s: float | None
    """Half of such journeys lie between these."""
    journeys: int
    """That were at the same step."""
    few: bool


class TooFewEndedError(ValueError):
    """Hardly any journey has ended: nothing to learn from."""


def fit(seen: Looked) -> tuple[dict[str, Any], int]:
    """Learn from the journeys that have ended, in order of their opening.

    Returns
    -------
    tuple
        The model as plain data, and the number of journeys.

    Raises
    ------
    TooFewEndedError
        Below 30.
    """
    ended = seen.journeys.filter(seen.journeys.ending != "open").select("case_id", "opened_at")
    table = seen.walk.join(ended, "case_id").select(
        "case_id", "activity", "at", "place", "opened_at"
    )
    rows = table.to_pyarrow().to_pylist()
    held: dict[tuple[Any, str], list[tuple[int, str, float]]] = defaultdict(list)
    for row in rows:
        at = np.datetime64(row["at"], "us").astype(float) / 1e6
        held[row["opened_at"], row["case_id"]].append((row["place"], row["activity"], at))
    cases = [sorted(held[key]) for key in sorted(held)]
    if len(cases) < FEW:
        raise TooFewEndedError(
            f"{len(cases)} journeys have ended; {FEW} are needed to learn what comes next"
        )
    return _learn(cases), len(cases)


def _learn(cases: Sequence[Sequence[tuple[int, str, float]]]) -> dict[str, Any]:
    names = sorted({activity for case in cases for _, activity, _ in case})
    code = {name: place for place, name in enumerate(names)}
    paths = [[code[activity] for _, activity, _ in case] for case in cases]
    order = max(memory(paths, [1] * len(paths), len(names)).best, 1)
    early = int(len(paths) * (1 - LATEST))
    trial = fit_ngram(paths[:early], [1] * early, len(names), order)
    whole = fit_ngram(paths, [1] * len(paths), len(names), order)
    left: dict[str, list[float]] = defaultdict(list)
    for case in cases:
        for _, activity, at in case:
            left[activity].append(case[-1][2] - at)
    return {
        "names": names,
        "order": order,
        "power": _power(trial, paths[early:]),
        "follows": [[list(h), sorted(c.items())] for h, c in sorted(whole.follows.items())],
        "left": {
            name: [len(times), *np.quantile(times, [0.25, 0.5, 0.75]).tolist()]
            for name, times in left.items()
        },
    }


def _power(model: NGram, paths: Sequence[Sequence[int]]) -> float:
    """Give the power that makes probabilities fit journeys which the model has not seen.

    At most 1: it takes back what is too sure. To sharpen would suit the many steps that always
    follow each other, and overstate the few that do not.
    """
    shares, came = [], []
    for path in paths:
        for place, step in enumerate([*path[1:], model.size], start=1):
            shares.append(model.next(path[:place]))
            came.append(step)
    logs, rows = np.log(np.array(shares)), np.arange(len(came))

    def loss(power: float) -> float:
        return float(-np.log(_sharpened(logs, power)[rows, came]).mean())

    return float(minimize_scalar(loss, bounds=(0.2, 1.0), method="bounded").x)


def _sharpened(logs: Floats, power: float) -> Floats:
    raised = np.exp(power * (logs - logs.max(axis=-1, keepdims=True)))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def foretell(model: Mapping[str, Any], path: Sequence[str]) -> NextStep | None:
    """Tell what may come next.

    Parameters
    ----------
    model : mapping
        From `fit`.
    path : sequence of str
        Activities so far, in order; those never seen are left out.

    Returns
    -------
    NextStep or None
        None where no step is known.
    """
    names = model["names"]
    code = {name: place for place, name in enumerate(names)}
    known = [code[step] for step in path if step in code]
    if not known:
        return None
    follows = {tuple(h): Counter(dict(map(tuple, c))) for h, c in model["follows"]}
    shares = NGram(len(names), model["order"], follows).next(known)
    shares = _sharpened(np.log(shares), model["power"])
    times = model["left"].get(names[known[-1]], [0, None, None, None])
    likely = np.argsort(-shares, kind="stable")[:SHOWN].tolist()
    return NextStep(
        steps=tuple(_likely(place, names, float(shares[place])) for place in likely),
        left_low_s=times[1],
        left_s=times[2],
        left_high_s=times[3],
        journeys=times[0],
        few=times[0] < FEW,
    )


def _likely(place: int, names: Sequence[str], probability: float) -> Likely:
    activity = names[place] if place < len(names) else ENDS
    label = said(activity) if place < len(names) else "nothing more comes"
    return Likely(activity=activity, label=label, probability=probability)
