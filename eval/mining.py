"""Next step and time left on real logs, beside plain baselines.

``python -m eval.mining`` writes a table for docs/results.md to standard output.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.datasets import DataMissingError
from eval.mining_pool import fit
from journey.mining import foresight
from journey.mining.lately import Place, lately
from journey.mining.log import Keys, LogEvent
from journey.mining.markov import Floats
from journey.mining.measured import ece, interval
from journey.mining.memory import memory
from journey.mining.ngram import fit_moves
from journey.mining.prefixes import Case, Encoder, Prefixes, cases, learn, prefixes
from journey.mining.ways import SAID
from journey.mining.xes import read_xes
from settings import Settings

DAY_S = 86_400.0


@dataclass(frozen=True)
class Log:
    """A real log and what is looked at in it."""

    title: str
    file: str
    activity: str
    fields: tuple[str, ...]


LOGS = (
    Log("Helpdesk", "Helpdesk.xes.gz", "concept:name", ("org:resource",)),
    Log(
        "BPI 2013 incidents",
        "bpi_challenge_2013_incidents.xes.gz",
        "concept:name+lifecycle:transition",
        ("org:group", "org:role", "impact", "product", "organization involved", "org:resource"),
    ),
)


@dataclass(frozen=True)
class Split:
    """Cases in order of their start: first those to train, then to calibrate, then to test."""

    title: str
    train: float
    calibrate: float
    strict: bool
    """Whether what happened after the first test case started is unknown in training: later events
    of training cases are left out, and of cases still open then the time left is not learned."""


SPLITS = (
    Split("80/20, strict", 0.70, 0.80, strict=True),
    Split("67/33, whole cases", 0.57, 2 / 3, strict=False),
)


@dataclass(frozen=True)
class Score:
    """How well one model foretells."""

    model: str
    accuracy: float
    low: float
    high: float
    ece: float
    days: float


@dataclass(frozen=True)
class Parts:
    """What may be learned from."""

    training: Prefixes
    held: Prefixes
    """Later than ``training``: to calibrate."""
    whole: Prefixes
    """Both."""


def read(log: Log) -> list[Case]:
    """Read a log into cases.

    Raises
    ------
    DataMissingError
        If it is not there.
    """
    path = Settings().data / "journeys" / log.file
    if not path.exists():
        raise DataMissingError(f"{path} is missing: set THROUGHLINE_DATA to its folder")
    items = read_xes(path, Keys(activity=log.activity))
    return cases(item for item in items if isinstance(item, LogEvent))


def compare(found: list[Case], log: Log, split: Split) -> list[Score]:
    """Train on the past, score on what came later."""
    first, second = int(len(found) * split.train), int(len(found) * split.calibrate)
    until = float(found[second].seconds[0]) if split.strict else np.inf
    encoder = learn(_known_by(found[:second], until), log.fields)
    recent = lately([(case.case_id, case.events) for case in found], encoder.names)
    whole = prefixes(found[:second], encoder, recent, until)
    test = prefixes(found[second:], encoder, recent)
    parts = Parts(
        training=prefixes(found[:first], encoder, recent, until),
        held=prefixes(found[first:second], encoder, recent, until),
        whole=whole,
    )
    return [
        _always(whole, test),
        _chain("Markov chain", 1, whole, test, encoder),
        _chain("n-gram", _order(found[:second], encoder, until), whole, test, encoder),
        _rolling(recent, found[second:], whole, test, encoder),
        _boosted(parts, test, encoder),
        _shipped(found, second, log, until),
    ]


def _known_by(held: list[Case], until: float) -> list[Case]:
    known = (
        Case(case.case_id, tuple(e for e in case.events if e.at.timestamp() <= until))
        for case in held
    )
    return [case for case in known if case.events]


def _order(held: list[Case], encoder: Encoder, until: float) -> int:
    paths = [
        [encoder.names[event.activity] for event in case.events]
        for case in held
        if case.seconds[-1] <= until
    ]
    return max(memory(paths, [1] * len(paths), encoder.size, folds=3).best, 1)


def _always(training: Prefixes, test: Prefixes) -> Score:
    common = np.bincount(training.next[training.next >= 0]).argmax()
    share = float((training.next == common).mean())
    right = test.next == common
    left = np.full(len(test.next), np.nanmedian(training.left_s))
    return _score("always the most frequent", right, np.full(len(right), share), left, test)


def _chain(title: str, order: int, training: Prefixes, test: Prefixes, encoder: Encoder) -> Score:
    """Look at the last ``order`` steps only: what came next, and how long it then took."""
    moves = (
        ((encoder.size, *path)[-order:], following, 1)
        for path, following in zip(training.history, training.next.tolist(), strict=True)
        if following >= 0
    )
    model = fit_moves(moves, encoder.size, order)
    shares = np.array([model.next(path) for path in test.history])
    name = title if order == 1 else f"{title}, last {order} steps"
    right = shares.argmax(axis=1) == test.next
    return _score(name, right, shares.max(axis=1), median_left(training, test, order), test)


def median_left(training: Prefixes, test: Prefixes, order: int) -> Floats:
    """Give the median time left after the same last steps, or as many of them as were seen."""
    seen: dict[tuple[int, ...], list[float]] = defaultdict(list)
    for path, left in zip(training.history, training.left_s.tolist(), strict=True):
        if np.isfinite(left):
            for length in range(min(order, len(path)) + 1):
                seen[tuple(path[len(path) - length :])].append(left)
    medians = {history: float(np.median(times)) for history, times in seen.items()}

    def look_up(path: list[int]) -> float:
        for length in range(min(order, len(path)), 0, -1):
            if (found := medians.get(tuple(path[-length:]))) is not None:
                return found
        return medians[()]

    return np.array([look_up(path) for path in test.history])


def _rolling(
    recent: Mapping[Place, Floats],
    held: list[Case],
    training: Prefixes,
    test: Prefixes,
    encoder: Encoder,
) -> Score:
    """Look at what has followed the activity lately; the end where training says so."""
    ends = np.bincount(
        [
            path[-1]
            for path, n in zip(training.history, training.next, strict=True)
            if path and n == encoder.size
        ],
        minlength=encoder.size,
    )
    seen = np.bincount([path[-1] for path in training.history if path], minlength=encoder.size)
    share_end = ends / np.maximum(seen, 1)
    none = np.zeros(encoder.size)
    rows = [
        np.append((1 - end) * recent.get((case.case_id, place), none), end)
        for case in held
        for place, event in enumerate(case.events)
        for end in [
            share_end[encoder.names[event.activity]] if event.activity in encoder.names else 0.0
        ]
    ]
    shares = np.array(rows)
    right = shares.argmax(axis=1) == test.next
    left = median_left(training, test, 1)
    return _score("Markov chain of late", right, shares.max(axis=1), left, test)


def _boosted(parts: Parts, test: Prefixes, encoder: Encoder) -> Score:
    model = fit(parts.whole, parts.training, parts.held, encoder)
    shares = model.next(test.features)
    right = shares.argmax(axis=1) == test.next
    left = model.left_s(test.features)
    return _score("gradient boosting, pooled with late", right, shares.max(axis=1), left, test)


def _shipped(found: list[Case], first: int, log: Log, until: float) -> Score:
    """Foretell by the way that the product chooses from what is known in training."""
    model = foresight.fit(found[:first], log.fields, until, seen=found)
    every = foresight.lumped(found, model.encoder.names)
    recent = lately([(case.case_id, case.events) for case in every], model.encoder.names)
    test = prefixes(every[first:], model.encoder, recent)
    told = model.tell(test)
    right = told.shares.argmax(axis=1) == test.next
    name = f"as shipped, which chose: {SAID[model.form]}"
    return _score(name, right, told.shares.max(axis=1), told.left_s[:, 1], test)


def _score(
    model: str, right: NDArray[np.bool_], sure: Floats, left_s: Floats, test: Prefixes
) -> Score:
    """Score with an interval over cases: beginnings of one case hang together."""
    low, high = interval(right, test)
    days = float(np.abs(left_s - test.left_s).mean() / DAY_S)
    return Score(model, float(right.mean()), low, high, ece(sure, right), days)


def write(lines: list[str]) -> None:
    """Write lines to standard output as they come."""
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Write the table."""
    write(
        [
            "| log, split | model | next activity: accuracy (95% interval) | ECE "
            "| time left: mean absolute error, days |",
            "| --- | --- | --- | --- | --- |",
        ]
    )
    for log in LOGS:
        found = read(log)
        for split in SPLITS:
            write(
                [
                    f"| {log.title}, {split.title} | {s.model} | {s.accuracy:.4f} "
                    f"({s.low:.4f} to {s.high:.4f}) | {s.ece:.4f} | {s.days:.2f} |"
                    for s in compare(found, log, split)
                ]
            )


if __name__ == "__main__":
    main()
