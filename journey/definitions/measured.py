"""Measures of success and guardrails: what a journey says of each, and what all say together."""

from datetime import datetime
from math import sqrt
from statistics import NormalDist

import ibis
from ibis.expr.types import Table, Value

from domain.interval import wilson
from domain.outcome import OutcomeState
from journey.definitions.definition import Mean, Measure, Share
from journey.definitions.form import Estimate, Standing
from journey.definitions.windows import How

YES, NO, OPEN = (str(state) for state in (OutcomeState.YES, OutcomeState.NO, OutcomeState.OPEN))
FEW = 30
"""Figures that rest on fewer journeys are marked."""
_Z = NormalDist().inv_cdf(0.975)


def measured(
    told: Table, measure: Measure, stages: dict[str, int], as_of: datetime | None
) -> Value:
    """Tell what each journey says to a measure: a state, or a number; null where it says nothing.

    Parameters
    ----------
    told : Table
        One row a journey, with what its contacts tell together.
    stages : dict of str to int
        Number of each stage.
    as_of : datetime, optional
        Up to when things are known; without zone, UTC. None where there is nothing.
    """
    if measure.mean is not None:
        return _value(told, measure.mean)
    if measure.share is Share.ENDED:
        ended = (told.how == How.ENDED).ifelse(told.closed_at, ibis.null("timestamp"))
        return _by_time(told, ended, measure.within_days, as_of)
    if measure.share is Share.REACHED:
        entered = told[f"entered_{stages[str(measure.stage)]}"]
        return _by_time(told, entered, measure.within_days, as_of)
    if measure.share is Share.RESOLVED:
        return told.last_resolved
    yes, no, still = (told[f"{measure.share}_{state}"] for state in (YES, NO, OPEN))
    return ibis.cases((yes, YES), (still, OPEN), (no, NO), else_=ibis.null("string"))


def _value(told: Table, mean: Mean) -> Value:
    if mean is Mean.HOURS_TO_END:
        took = (told.closed_at.epoch_seconds() - told.opened_at.epoch_seconds()) / 3600
        return (told.how == How.ENDED).ifelse(took, ibis.null("float64"))
    columns = {
        Mean.CONTACTS: told.contacts.fill_null(0),
        Mean.HANDOVERS: told.handovers.fill_null(0),
        Mean.EFFORT: told.effort,
        Mean.SENTIMENT: told.mean_sentiment,
        Mean.SATISFACTION: told.mean_satisfaction,
        Mean.RATING: told.last_rating,
    }
    return columns[mean].cast("float64")


def _by_time(told: Table, at: Value, within_days: float | None, as_of: datetime | None) -> Value:
    if within_days is None:
        return ibis.cases((at.notnull(), YES), (told.how == How.OPEN, OPEN), else_=NO)
    closes = told.opened_at + ibis.interval(seconds=round(within_days * 86_400))
    # What ended before cannot come about any more.
    over = told.how == How.ENDED
    if as_of is not None:
        over |= closes <= ibis.literal(as_of)
    return ibis.cases((at.notnull() & (at <= closes), YES), (over, NO), else_=OPEN)


def share_of(yes: int, known: int) -> Estimate:
    """Estimate a share, with Wilson's interval."""
    ends = wilson(yes, known)
    low, high = ends or (None, None)
    return Estimate(
        value=yes / known if known else None, low=low, high=high, known=known, few=known < FEW
    )


def mean_of(known: int, middle: float | None, spread: float | None) -> Estimate:
    """Estimate a mean; the interval is the normal one, and none is given for a single value.

    Parameters
    ----------
    known : int
        Number of values.
    middle, spread : float or None
        Their mean and standard deviation (n - 1).
    """
    half = None
    if middle is not None and spread is not None and known > 1:
        half = _Z * spread / sqrt(known)
    return Estimate(
        value=middle,
        low=None if middle is None or half is None else middle - half,
        high=None if middle is None or half is None else middle + half,
        known=known,
        few=known < FEW,
    )


def standing(estimate: Estimate, measure: Measure) -> Standing | None:
    """Tell whether a limit is held: surely only where the whole interval lies on one side."""
    limit = measure.limit
    if limit is None or estimate.value is None:
        return None
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    if low <= limit <= high:
        return Standing.UNSURE
    return Standing.HELD if (low > limit) == (measure.at_least is not None) else Standing.BROKEN
