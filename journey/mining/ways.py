"""The ways to foretell the next step, from plain to rich, and what they say of the same cases.

A chain knows the last few steps, boosting all that is known of a case. Either may be pooled with
what followed lately. Powers of the pool are fitted on cases that the ways did not learn from, so
that probabilities are calibrated, too.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from journey.mining.forecast import Boosted, fitted_powers, late_of, loss, pool, train
from journey.mining.markov import Floats
from journey.mining.ngram import NGram, fit_moves
from journey.mining.prefixes import Encoder, Prefixes

ENOUGH = 200
"""Cases from which trees are grown; from fewer they only learn by heart."""
MILD = (0.2, 1.0)
"""Bounds of a power that stands alone. At most 1: it takes back what is too sure. To sharpen would
suit the many steps that always follow each other, and overstate the few that do not."""
Powers = tuple[float, float]


class Form(StrEnum):
    """A way to foretell the next step, the plainest first."""

    CHAIN = "chain"
    LATE = "late"
    CHAIN_LATE = "chain_late"
    BOOSTED = "boosted"
    BOOSTED_LATE = "boosted_late"


SAID: Mapping[Form, str] = {
    Form.CHAIN: "what usually follows (Markov chain)",
    Form.LATE: "what followed lately",
    Form.CHAIN_LATE: "what usually follows (Markov chain), with what followed lately",
    Form.BOOSTED: "all that is known so far (gradient boosting)",
    Form.BOOSTED_LATE: "all that is known so far (gradient boosting), with what followed lately",
}


@dataclass(frozen=True)
class SameStep:
    """How long cases still took that were at the same step."""

    times: Mapping[int, tuple[int, float, float, float]]
    """Of each activity: cases that were there and have ended, and the seconds after which a
    quarter, half and three quarters of their visits were over."""

    def left_s(self, history: Sequence[int]) -> tuple[int, float, float, float]:
        """Look the last step up."""
        none = (0, float("nan"), float("nan"), float("nan"))
        return self.times.get(history[-1], none) if history else none


@dataclass(frozen=True)
class Ways:
    """What was learned from the same cases."""

    size: int
    chain: NGram
    same: SameStep
    boosted: Boosted | None
    """None where there were too few cases."""

    @property
    def forms(self) -> list[Form]:
        """The ways that there are."""
        return [f for f in Form if self.boosted is not None or not f.startswith("boosted")]

    def opinions(self, asked: Prefixes) -> dict[Form, tuple[Floats, Floats]]:
        """Give for each way what it rests on, and what followed lately."""
        told = [self.chain.next(path) for path in asked.history]
        chain = np.array(told).reshape(len(told), self.size + 1)
        late = late_of(asked.features, self.size)
        held = dict.fromkeys((Form.CHAIN, Form.LATE, Form.CHAIN_LATE), (chain, late))
        if self.boosted is not None:
            trained = self.boosted.shares(asked.features)
            held |= dict.fromkeys((Form.BOOSTED, Form.BOOSTED_LATE), (trained, late))
        return held

    def plain(self, *, trees: bool) -> dict[str, Any]:
        """Give the ways as plain data, with or without the trees, which are large."""
        follows = sorted(self.chain.follows.items())
        return {
            "size": self.size,
            "order": self.chain.order,
            "follows": [[list(h), sorted(c.items())] for h, c in follows],
            "same": [[code, *times] for code, times in sorted(self.same.times.items())],
            "boosted": self.boosted.plain() if trees and self.boosted else None,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Ways":
        """Read it back."""
        follows = {tuple(h): Counter(dict(map(tuple, c))) for h, c in plain["follows"]}
        return cls(
            plain["size"],
            NGram(plain["size"], plain["order"], follows),
            SameStep({code: tuple(times) for code, *times in plain["same"]}),
            plain["boosted"] and Boosted.of(plain["boosted"]),
        )


def learn(known: Prefixes, encoder: Encoder, order: int, *, trees: bool = True) -> Ways:
    """Learn each way from cases; without ``trees`` those are spared."""
    moves = (
        ((encoder.size, *path)[-order:], following, 1)
        for path, following in zip(known.history, known.next.tolist(), strict=True)
        if following >= 0
    )
    whole = np.isfinite(known.left_s)
    enough = (known.length == 1)[whole].sum() >= ENOUGH and len(set(known.next.tolist()) - {-1}) > 1
    return Ways(
        encoder.size,
        fit_moves(moves, encoder.size, order),
        _same(known),
        train(known, encoder) if trees and enough else None,
    )


def _same(known: Prefixes) -> SameStep:
    seen: dict[int, list[float]] = defaultdict(list)
    there: dict[int, set[int]] = defaultdict(set)
    case = np.cumsum(known.length == 1).tolist()
    for path, left, which in zip(known.history, known.left_s.tolist(), case, strict=True):
        if path and np.isfinite(left):
            seen[path[-1]].append(left)
            there[path[-1]].add(which)
    quartiles = {code: np.quantile(times, [0.25, 0.5, 0.75]) for code, times in seen.items()}
    return SameStep({c: (len(there[c]), *map(float, quartiles[c])) for c in seen})  # type: ignore[misc]


def mixed(form: Form, opinions: tuple[Floats, Floats], powers: Powers) -> Floats:
    """Give the probability of each next step by one way."""
    rests, late = opinions
    if form is not Form.LATE:
        return pool(rests, late, powers)
    # Where nothing followed lately the chain is all that is known.
    silent = late.sum(axis=1) == 0
    shares = pool(rests, late, powers)
    shares[silent] = rests[silent]
    return shares


def suited(form: Form, opinions: tuple[Floats, Floats], came: NDArray[np.int64]) -> Powers:
    """Give the powers that suit what came in cases which the way has not seen."""
    if not (came >= 0).any():
        return (0.0, 1.0) if form is Form.LATE else (1.0, 0.0)
    if form in (Form.CHAIN_LATE, Form.BOOSTED_LATE):
        return fitted_powers(*opinions, came)

    def both(power: float) -> Powers:
        return (0.0, power) if form is Form.LATE else (power, 0.0)

    found = minimize_scalar(
        lambda power: loss(mixed(form, opinions, both(power)), came), bounds=MILD, method="bounded"
    )
    return both(float(found.x))
