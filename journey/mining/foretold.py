"""What may come next in open cases, and how far to trust it: the records that all faces show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.base import Record, UtcDatetime
from journey.mining.foresight import Foresight, Told, fit, lumped
from journey.mining.lately import lately
from journey.mining.markov import Floats
from journey.mining.prefixes import Case, Prefixes, prefixes
from journey.mining.ways import SAID, Form, mixed

FEW = 30
SHOWN = 5
ENDS = "ends"
"""The activity that stands for: nothing more comes."""
MEASURED_ON = 0.2
"""Share of the cases, the latest, that a way is measured on; it learned only what was known when
the first of them started."""
BINS = 15
DRAWS = 500
FORMAT = 2
"""Of what is kept; what an older version wrote is learned anew."""
Say = Callable[[str], str]


class Likely(Record):
    """One next step."""

    activity: str
    label: str
    probability: float


class NextStep(Record):
    """What may come of a case that is still open."""

    steps: tuple[Likely, ...]
    """The most likely first; the activity ``ends`` is that nothing more comes."""
    markov: Likely
    """What a Markov chain would name first."""
    form: Form
    """The way by which ``steps`` were foretold."""
    left_s: float | None
    """Seconds from the present step until the last: half of such cases take no longer. None: not
    known."""
    left_low_s: float | None
    left_high_s: float | None
    """Half of such cases lie between these."""
    journeys: int
    """That were at the same step."""
    few: bool


class Measured(Record):
    """How well a way foretold later cases that it had not seen."""

    form: Form
    label: str
    chosen: bool
    """Whether it is the one that speaks; it was chosen without these cases."""
    cases: int
    steps: int
    accuracy: float
    """Share of steps at which what came was named first."""
    low: float
    high: float
    """95 % interval, by drawing cases anew."""
    ece: float
    """Calibration error: by how much a probability is off, on average."""
    left_error_s: float | None
    """Mean absolute error of the time left; None where no case had ended."""


class OpenCase(Record):
    """An open case, and what may come of it."""

    id: str
    activity: str
    label: str
    """Where it is now …"""
    at: UtcDatetime
    """… and since when."""
    next: NextStep


class Foretold(Record):
    """What is told of all open cases."""

    form: Form
    label: str
    learned_from: int
    """Cases that had ended."""
    measured: tuple[Measured, ...]
    """Every way, the plainest first; empty where there were too few cases."""
    open: int
    rows: tuple[OpenCase, ...]
    """Those with the most time left first."""


def measure(held: Sequence[Case], fields: Sequence[str] = ()) -> tuple[Measured, ...]:
    """Choose and learn on the past, and tell how well each way did on what came later.

    Parameters
    ----------
    held : sequence of Case
        In order of their start; open ones too.
    fields : sequence of str
        Attributes of events to look at besides the activity.
    """
    first = int(len(held) * (1 - MEASURED_ON))
    until = float(held[first].seconds[0]) if first < len(held) else 0.0
    past = held[:first]
    if sum(case.ended and case.seconds[-1] <= until for case in past) < FEW:
        return ()
    model = fit(past, fields, until)
    names = model.encoder.names
    every = lumped(held, names)
    recent = lately([(case.case_id, case.events) for case in every], names)
    asked = prefixes(every[first:], model.encoder, recent)
    if not len(asked.next):
        return ()
    opinions = model.ways.opinions(asked)
    return tuple(
        _measured(model, form, mixed(form, opinions[form], model.powers[form]), asked)
        for form in model.ways.forms
    )


def _measured(model: Foresight, form: Form, shares: Floats, asked: Prefixes) -> Measured:
    chosen, boosted = form is model.form, model.ways.boosted
    if chosen:
        left_s = model.tell(asked).left_s[:, 1]
    elif boosted is not None and form.startswith("boosted"):
        left_s = boosted.left_s(asked.features)
    else:
        left_s = np.array([model.ways.same.left_s(path)[2] for path in asked.history])
    right = shares.argmax(axis=1) == asked.next
    low, high = interval(right, asked)
    error = np.abs(left_s - asked.left_s)
    return Measured(
        form=form,
        label=SAID[form],
        chosen=chosen,
        cases=int((asked.length == 1).sum()),
        steps=len(right),
        accuracy=float(right.mean()),
        low=low,
        high=high,
        ece=ece(shares.max(axis=1), right),
        left_error_s=float(np.nanmean(error)) if np.isfinite(error).any() else None,
    )


def interval(right: NDArray[np.bool_], asked: Prefixes) -> tuple[float, float]:
    """Give the 95 % interval of a share over cases: beginnings of one case hang together."""
    case = np.cumsum(asked.length == 1) - 1
    number, hits = np.bincount(case), np.bincount(case, weights=right)
    even = np.full(len(number), 1 / len(number))
    drawn = np.random.default_rng(0).multinomial(len(number), even, DRAWS)
    low, high = np.quantile((drawn @ hits) / (drawn @ number), [0.025, 0.975])
    return float(low), float(high)


def ece(sure: Floats, right: NDArray[np.bool_]) -> float:
    """Give the expected calibration error over bins of equal width (Guo et al. 2017)."""
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    gap = np.bincount(place, weights=sure - right, minlength=BINS)
    return float(np.abs(gap).sum() / len(sure))


def tell_open(model: Foresight, held: Sequence[Case], say: Say) -> list[OpenCase]:
    """Foretell open cases; those of which no step is known are left out.

    Parameters
    ----------
    model : Foresight
    held : sequence of Case
    say : callable
        Puts an activity into plain words.
    """
    known = [found for case in held if (found := model.knows(case)) is not None]
    if not known:
        return []
    told = model.tell(model.standing(known))
    rows = [
        OpenCase(
            id=case.case_id,
            activity=case.events[-1].activity,
            label=say(case.events[-1].activity),
            at=case.events[-1].at,
            next=_next(model, told, row, say),
        )
        for row, case in enumerate(known)
    ]
    return sorted(rows, key=lambda row: (-(row.next.left_s or 0.0), row.id))


def _next(model: Foresight, told: Told, row: int, say: Say) -> NextStep:
    names = sorted(model.encoder.names, key=lambda name: model.encoder.names[name])

    def likely(place: int, shares: Floats) -> Likely:
        known = place < len(names)
        label = say(names[place]) if known else "nothing more comes"
        activity = names[place] if known else ENDS
        return Likely(activity=activity, label=label, probability=float(shares[place]))

    shares, chain = told.shares[row], told.chain[row]
    ranked = np.argsort(-shares, kind="stable")[:SHOWN].tolist()
    low, middle, high = (None if np.isnan(s) else float(s) for s in told.left_s[row])
    return NextStep(
        steps=tuple(likely(place, shares) for place in ranked),
        markov=likely(int(chain.argmax()), chain),
        form=model.form,
        left_low_s=low,
        left_s=middle,
        left_high_s=high,
        journeys=int(told.seen[row]),
        few=bool(told.seen[row] < FEW),
    )


class TooFewEndedError(ValueError):
    """Hardly any case has ended: nothing to learn from."""


@dataclass(frozen=True)
class Learned:
    """A way to foretell, and how well it did."""

    model: Foresight
    measured: tuple[Measured, ...]
    ended: int
    """Cases that had ended."""

    def foretell(self, held: Sequence[Case], say: Say) -> Foretold:
        """Tell what may come next in open cases."""
        rows = tell_open(self.model, held, say)
        return Foretold(
            form=self.model.form,
            label=SAID[self.model.form],
            learned_from=self.ended,
            measured=self.measured,
            open=len(rows),
            rows=tuple(rows),
        )

    def plain(self) -> dict[str, Any]:
        """Give it as plain data."""
        measured = [one.model_dump(mode="json") for one in self.measured]
        return {
            "format": FORMAT,
            "model": self.model.plain(),
            "measured": measured,
            "ended": self.ended,
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Learned | None":
        """Read it back; None of what an older version wrote."""
        if plain.get("format") != FORMAT:
            return None
        measured = tuple(Measured.model_validate(one) for one in plain["measured"])
        return cls(Foresight.of(plain["model"]), measured, plain["ended"])


def learn(held: Sequence[Case], fields: Sequence[str] = (), case: str = "cases") -> Learned:
    """Measure, then learn from all cases.

    Parameters
    ----------
    held : sequence of Case
        In order of their start; open ones too.
    fields : sequence of str
        Attributes of events to look at besides the activity.
    case : str
        What the cases are called.

    Raises
    ------
    TooFewEndedError
        Below 30 cases that have ended.
    """
    ended = sum(one.ended for one in held)
    if ended < FEW:
        raise TooFewEndedError(
            f"{ended} {case} have ended; {FEW} are needed to learn what comes next"
        )
    measured, model = measure(held, fields), fit(held, fields)
    # What is measured was chosen from the past alone; what speaks may have been chosen otherwise.
    speaks = (one.model_copy(update={"chosen": one.form is model.form}) for one in measured)
    return Learned(model, tuple(speaks), ended)
