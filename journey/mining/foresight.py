"""What ships to foretell the next step and the time left: the way that suits the data.

Which way is best depends on the data: where a process drifts, what happened lately tells more than
a model of the past; where it does not, boosting wins; of few cases a chain is all that can be
learned. So the ways are tried on the latest cases known, the plainest that is not clearly worse is
taken, and how well it does is measured on cases that came later still and had no part in it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journey.mining import prefixes as cut
from journey.mining.lately import lately, latest
from journey.mining.markov import Floats
from journey.mining.memory import memory
from journey.mining.prefixes import Case, Encoder, Prefixes, prefixes
from journey.mining.ways import Form, Powers, Ways, learn, mixed, suited

LATEST = 10_000
"""Ended cases that are learned from, the latest ones: more take longer and tell of older times."""
MOST = 60
"""Activities that are told apart, the most frequent ones."""
OTHER = "something else"
TRIED, CHOSEN = 0.75, 0.875
"""Up to here cases are learned from for the trial; up to there they fit the powers; the rest of
those known chooses the way."""


@dataclass(frozen=True)
class Told:
    """What is foretold of cases, one row each."""

    shares: Floats
    """Shape (n, k + 1): of each next step, the end last."""
    chain: Floats
    """The same by the Markov chain, which all is measured against."""
    left_s: Floats
    """Shape (n, 3): half of such cases lie between the first and the last, around the middle."""
    seen: NDArray[np.int64]
    """Shape (n,): ended cases that were at the same step."""


@dataclass(frozen=True)
class Foresight:
    """A way that was chosen, ready to foretell."""

    encoder: Encoder
    ways: Ways
    form: Form
    powers: Mapping[Form, Powers]
    spread: tuple[float, float] | None
    """Quartiles of what the trees are wrong by, in logarithms of seconds; None where the time is
    told by the cases at the same step."""
    recent: Floats
    """Shape (k, k): what followed each activity lately."""

    @property
    def boosted(self) -> bool:
        """Whether trees have a say."""
        return self.form.startswith("boosted") or self.spread is not None

    def standing(self, held: Sequence[Case]) -> Prefixes:
        """Say how open cases stand now; each must hold a step that is known."""
        return cut.standing(lumped(held, self.encoder.names), self.encoder, self.recent)

    def knows(self, case: Case) -> Case | None:
        """Leave out the steps that training never saw; None if none is left."""
        names = self.encoder.names
        if OTHER in names:
            return case
        events = tuple(event for event in case.events if event.activity in names)
        return replace(case, events=events) if events else None

    def tell(self, asked: Prefixes) -> Told:
        """Foretell what comes next, and when the last step will come."""
        opinions = self.ways.opinions(asked)
        shares, chain = (
            mixed(form, opinions[form], self.powers[form]) for form in (self.form, Form.CHAIN)
        )
        same = [self.ways.same.left_s(path) for path in asked.history]
        seen = np.array([times[0] for times in same], dtype=np.int64)
        left = np.array([times[1:] for times in same], dtype=float).reshape(-1, 3)
        if self.spread is not None:
            left = self._boosted_left(asked)
        return Told(shares, chain, left, seen)

    def _boosted_left(self, asked: Prefixes) -> Floats:
        assert self.ways.boosted is not None
        assert self.spread is not None
        logs = np.log1p(self.ways.boosted.left_s(asked.features))
        around = [logs + min(self.spread[0], 0.0), logs, logs + max(self.spread[1], 0.0)]
        return np.asarray(np.maximum(np.expm1(np.column_stack(around)), 0.0))

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "names": dict(self.encoder.names),
            "fields": {name: dict(held) for name, held in self.encoder.fields.items()},
            "ways": self.ways.plain(trees=self.boosted),
            "form": str(self.form),
            "powers": {str(form): list(held) for form, held in self.powers.items()},
            "spread": self.spread and list(self.spread),
            "recent": self.recent.tolist(),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Foresight":
        """Read it back."""
        return cls(
            Encoder(plain["names"], plain["fields"]),
            Ways.of(plain["ways"]),
            Form(plain["form"]),
            {Form(form): (first, second) for form, (first, second) in plain["powers"].items()},
            plain["spread"] and tuple(plain["spread"]),
            np.array(plain["recent"]),
        )


def fit(
    held: Sequence[Case],
    fields: Sequence[str] = (),
    until: float = np.inf,
    seen: Sequence[Case] = (),
    like: Foresight | None = None,
) -> Foresight:
    """Learn each way, choose one, and learn it again from all that is known.

    Parameters
    ----------
    held : sequence of Case
        In order of their start; open ones too.
    fields : sequence of str
        Attributes of events to look at besides the activity.
    until : float
        Seconds since 1970: nothing that happened later is looked at.
    seen : sequence of Case
        All cases in which to see what followed lately; those held by default.
    like : Foresight, optional
        Whose way to take, for the next step and for the time left, instead of choosing.
    """
    known = newest(known_by(held, until))
    known = lumped(known, _common(known))
    encoder = cut.learn(known, fields)
    every = lumped(known_by(seen, until), encoder.names) if seen else known
    traces = [(case.case_id, case.events) for case in every]
    recent = lately(traces, encoder.names)

    def part(low: float, high: float) -> Prefixes:
        first, last = int(len(known) * low), int(len(known) * high)
        return prefixes(known[first:last], encoder, recent)

    order = _order(known, encoder)
    trial, tuning, judging = (
        part(0, TRIED), part(TRIED, CHOSEN), part(CHOSEN, 1)
    )  # fmt: skip
    tried = learn(trial, encoder, order, trees=like is None or like.boosted)
    form = like.form if like and like.form in tried.forms else _choose(tried, tuning, judging)
    later = part(TRIED, 1)
    opinions = tried.opinions(later)
    timed = like.spread is not None if like else _trees_tell_better(tried, later)
    return Foresight(
        encoder=encoder,
        # Powers are known of what was tried; what was not is not learned.
        ways=learn(part(0, 1), encoder, order, trees=tried.boosted is not None),
        form=form,
        powers={f: suited(f, opinions[f], later.next) for f in tried.forms},
        spread=_spread(tried, later) if timed else None,
        recent=latest(traces, encoder.names),
    )


def known_by(held: Sequence[Case], until: float) -> list[Case]:
    """Take of each case what had happened by then; one that goes on later is open."""
    found = []
    for case in held:
        events = tuple(event for event in case.events if event.at.timestamp() <= until)
        if events:
            ended = case.ended and len(events) == len(case.events) and case.known_s <= until
            found.append(replace(case, events=events, ended=ended))
    return found


def newest(held: Sequence[Case]) -> list[Case]:
    """Take the latest cases: so many that have ended, and those of that time that are open."""
    ended = [place for place, case in enumerate(held) if case.ended]
    return list(held[ended[-LATEST] :]) if len(ended) > LATEST else list(held)


def _common(held: Sequence[Case]) -> set[str]:
    seen = Counter(event.activity for case in held for event in case.events)
    ranked = sorted(seen, key=lambda name: (-seen[name], name))
    return {*ranked[:MOST], OTHER} if len(ranked) > MOST else set(ranked)


def lumped(held: Sequence[Case], names: set[str] | Mapping[str, int]) -> list[Case]:
    """Call rare activities by one name, where there is one for them."""
    if OTHER not in names:
        return list(held)
    return [
        replace(
            case,
            events=tuple(
                e if e.activity in names else replace(e, activity=OTHER) for e in case.events
            ),
        )
        for case in held
    ]


def _order(held: Sequence[Case], encoder: Encoder) -> int:
    """Give how many steps of the past a chain should know."""
    paths = Counter(
        tuple(encoder.names[event.activity] for event in case.events) for case in held if case.ended
    )
    if paths.total() < 2:
        return 1
    return max(memory(list(paths), list(paths.values()), encoder.size, folds=3).best, 1)


def _choose(tried: Ways, tuning: Prefixes, judging: Prefixes) -> Form:
    """Take the plainest way that is within one standard error of the best."""
    asked, learned = tried.opinions(judging), tried.opinions(tuning)
    known = judging.next >= 0
    if not known.any() or not (tuning.next >= 0).any():
        return Form.CHAIN
    case = (np.cumsum(judging.length == 1) - 1)[known]
    surprise = {}
    for form in tried.forms:
        shares = mixed(form, asked[form], suited(form, learned[form], tuning.next))
        nats = -np.log(shares[known, judging.next[known]])
        surprise[form] = np.bincount(case, weights=nats)
    best = min(surprise, key=lambda form: surprise[form].sum())
    for form, nats in surprise.items():
        excess = nats - surprise[best]
        if excess.mean() <= excess.std() / np.sqrt(len(excess)):
            return form
    return best


def _trees_tell_better(tried: Ways, later: Prefixes) -> bool:
    """Say whether the trees are less wrong about the time left than cases at the same step."""
    whole = np.isfinite(later.left_s)
    if tried.boosted is None or not whole.any():
        return False
    told = tried.boosted.left_s(later.features)[whole]
    same = np.array([tried.same.left_s(path)[2] for path in later.history])[whole]
    came = later.left_s[whole]
    return bool(np.abs(told - came).mean() < np.nanmean(np.abs(same - came)))


def _spread(tried: Ways, later: Prefixes) -> tuple[float, float] | None:
    """Give the quartiles of the trees' errors; None where nothing is known of them."""
    whole = np.isfinite(later.left_s)
    if tried.boosted is None or not whole.any():
        return None
    told = tried.boosted.left_s(later.features)[whole]
    low, high = np.quantile(np.log1p(later.left_s[whole]) - np.log1p(told), [0.25, 0.75])
    return float(low), float(high)
