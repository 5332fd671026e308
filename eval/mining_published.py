"""Next step and time left on splits of published work, with the published figures beside ours.

``python -m eval.mining_published`` writes tables for docs/results-mining.md to standard output;
``--folds 2 4`` runs some of the folds and leaves the other split out.

The log is Helpdesk (4TU, 4,580 cases, 21,348 events), in the order of the published CSV: by the
number in the case id. Two splits, read from the code of those who published:

- five folds of the *PBPM Transformer Benchmark* (2025, github.com/cjtkoenig/
  pbpm_transformer_benchmark, ``src/utils/cross_validation.py``): cases shuffled by seed 42, then
  ``KFold(5, shuffle=True, random_state=42)``; every prefix, the end of a case being one of the
  activities; figures from its ``outputs/``;
- the split of *ProcessTransformer* (Bukhsh, Saeed and Dijkman 2021, github.com/Zaharah/
  processtransformer, ``processor.py``): the first 80 % of cases train, the rest test; no end to
  foretell; accuracy and error are means over the lengths of prefixes, each length counted alike.

Neither is by time: training holds cases that came after those of the test. What followed lately
is counted in training cases alone, so that our models know of the test no more than others did.
"""

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold

from eval.mining import DAY_S, LOGS, median_left, read, write
from eval.mining_pool import fit
from journey.mining.lately import lately
from journey.mining.markov import Floats
from journey.mining.ngram import fit_moves
from journey.mining.prefixes import Case, Encoder, Prefixes, learn, prefixes

SEED = 42
FOLDS = 5
HELD = 0.2
"""Share of the training cases that choose the powers of the pool."""
STUDENT = 2.776
"""95 % of Student's t with four degrees of freedom: intervals over five folds."""
PUBLISHED = (
    ("LSTM with resource and times, shared_lstm there", "0.8520", "-"),
    ("LSTM with resource and times, specialised_lstm there", "0.8515", "-"),
    ("LSTM, activities only, activity_only_lstm there", "0.8392", "-"),
    ("ProcessTransformer (Bukhsh et al. 2021)", "0.8304", "6.85"),
    ("MTLFormer", "0.6830", "8.62"),
)


@dataclass(frozen=True)
class Answer:
    """What a model said of the prefixes of the test."""

    model: str
    guess: NDArray[np.int64]
    left_s: Floats


def numbered(found: Sequence[Case]) -> list[Case]:
    """Put cases in the order of the published CSV."""
    return sorted(found, key=lambda case: int(re.sub(r"\D", "", case.case_id)))


def folds(held: Sequence[Case]) -> Iterator[tuple[list[Case], list[Case]]]:
    """Give training and test cases of each published fold."""
    shuffled = np.random.RandomState(SEED).permutation(len(held))
    for train, test in KFold(FOLDS, shuffle=True, random_state=SEED).split(shuffled):
        yield [held[n] for n in shuffled[train]], [held[n] for n in shuffled[test]]


def answer(train: list[Case], test: list[Case]) -> tuple[Prefixes, list[Answer]]:
    """Train on some cases and answer for others."""
    encoder = learn(train, LOGS[0].fields)
    known = {case.case_id for case in train}
    traces = [(case.case_id, case.events) for case in (*train, *test)]
    recent = lately(traces, encoder.names, known)
    first = int(len(train) * (1 - HELD))
    whole = prefixes(train, encoder, recent)
    asked = prefixes(test, encoder, recent)
    model = fit(
        whole,
        prefixes(train[:first], encoder, recent),
        prefixes(train[first:], encoder, recent),
        encoder,
    )
    boosted = Answer(
        "gradient boosting, pooled with late",
        model.next(asked.features).argmax(axis=1),
        model.left_s(asked.features),
    )
    return asked, [_chain(whole, asked, encoder), boosted]


def _chain(whole: Prefixes, asked: Prefixes, encoder: Encoder) -> Answer:
    moves = (
        ((encoder.size, *path)[-1:], following, 1)
        for path, following in zip(whole.history, whole.next.tolist(), strict=True)
    )
    chain = fit_moves(moves, encoder.size, 1)
    guess = np.array([chain.next(path).argmax() for path in asked.history])
    return Answer("Markov chain", guess, median_left(whole, asked, 1))


def score(asked: Prefixes, one: Answer) -> tuple[float, float]:
    """Give accuracy and mean absolute error in days, every prefix counted alike."""
    error = np.abs(one.left_s - asked.left_s).mean() / DAY_S
    return float((one.guess == asked.next).mean()), float(error)


def score_by_length(asked: Prefixes, one: Answer, size: int) -> tuple[float, float]:
    """Give both as ProcessTransformer counts them: no ends, whole days, a mean over lengths."""
    going = asked.next != size
    right = one.guess == asked.next
    error = np.abs(one.left_s / DAY_S - np.floor(asked.left_s / DAY_S))
    lengths = np.unique(asked.length)
    hits = [
        right[going & (asked.length == n)].mean()
        for n in lengths
        if (going & (asked.length == n)).any()
    ]
    errors = [error[asked.length == n].mean() for n in lengths]
    return float(np.mean(hits)), float(np.mean(errors))


def _over_folds(held: Sequence[Case], wanted: Sequence[int]) -> None:
    found: dict[str, list[tuple[float, float]]] = {}
    for number, (train, test) in enumerate(folds(held), start=1):
        if number not in wanted:
            continue
        asked, answers = answer(train, test)
        for one in answers:
            right, days = score(asked, one)
            found.setdefault(one.model, []).append((right, days))
            write([f"fold {number}, {one.model}: {right:.4f}; {days:.2f} days"])
    if len(wanted) == FOLDS:
        _mean_of(found)


def _mean_of(found: Mapping[str, Sequence[tuple[float, float]]]) -> None:
    write(
        [
            "| five folds | accuracy (95% over folds) | days (95% over folds) |",
            "| --- | --- | --- |",
        ]
    )
    for model, figures in found.items():
        cells = []
        for digits, values in zip((4, 2), zip(*figures, strict=True), strict=True):
            middle = np.mean(values)
            wide = STUDENT * np.std(values, ddof=1) / np.sqrt(FOLDS)
            cells.append(
                f"{middle:.{digits}f} ({middle - wide:.{digits}f} to {middle + wide:.{digits}f})"
            )
        write([f"| {model} | {' | '.join(cells)} |"])
    write([f"| published: {' | '.join(row)} |" for row in PUBLISHED])


def _in_order(held: Sequence[Case]) -> None:
    first = int(len(held) * 0.8)
    train, test = list(held[:first]), list(held[first:])
    asked, answers = answer(train, test)
    size = len({event.activity for case in train for event in case.events})
    write(
        [
            "",
            "| first 80 % by number | accuracy, mean over lengths | of all prefixes "
            "| days, mean over lengths | of all prefixes |",
            "| --- | --- | --- | --- | --- |",
        ]
    )
    for one in answers:
        alike, error = score_by_length(asked, one, size)
        going = asked.next != size
        plain = (one.guess == asked.next)[going].mean()
        days = score(asked, one)[1]
        write([f"| {one.model} | {alike:.4f} | {plain:.4f} | {error:.2f} | {days:.2f} |"])


def main() -> None:
    """Write both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    every = range(1, FOLDS + 1)
    parser.add_argument("--folds", type=int, nargs="+", choices=every, default=list(every))
    wanted = parser.parse_args().folds
    held = numbered(read(LOGS[0]))
    _over_folds(held, wanted)
    if len(wanted) == FOLDS:
        _in_order(held)


if __name__ == "__main__":
    main()
