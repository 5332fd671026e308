"""How far to trust what is foretold: each way is measured on cases that came later."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from domain.base import Record
from journey.mining.foresight import Foresight, fit, lumped
from journey.mining.lately import lately
from journey.mining.markov import Floats
from journey.mining.prefixes import Case, Prefixes, prefixes
from journey.mining.ways import SAID, Form, mixed

FEW = 30
"""Of fewer ended cases nothing is learned or measured, and a count below it is marked."""
MEASURED_ON = 0.2
"""Share of the cases, the latest, that a way is measured on; it learned only what was known when
the first of them started."""
BINS = 15
DRAWS = 500


class Measured(Record):
    """How well a way foretold later cases that it had not seen."""

    form: Form
    label: str
    chosen: bool
    """Whether it is the one that is used; it was chosen without these cases."""
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


def measure(
    held: Sequence[Case], fields: Sequence[str] = ()
) -> tuple[Foresight | None, tuple[Measured, ...]]:
    """Choose and learn on the past, and tell how well each way did on what came later.

    Gives what was learned on the past, too; None and nothing where too little had ended then.

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
    if sum(case.ended and case.known_s <= until for case in past) < FEW:
        return None, ()
    model = fit(past, fields, until)
    names = model.encoder.names
    every = lumped(held, names)
    recent = lately([(case.case_id, case.events) for case in every], names)
    asked = prefixes(every[first:], model.encoder, recent)
    if not len(asked.next):
        return None, ()
    opinions = model.ways.opinions(asked)
    return model, tuple(
        _measured(model, form, mixed(form, opinions[form], powers), asked)
        for form, powers in model.powers.items()
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
