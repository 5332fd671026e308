"""Measures of success and guardrails: what a journey says of each, and what all say together."""

from datetime import datetime, timedelta
from math import sqrt
from statistics import NormalDist, mean, stdev

from domain.interval import wilson
from domain.outcome import OutcomeState
from journey.definitions.definition import Mean, Measure, Share
from journey.definitions.followed import Followed
from journey.definitions.form import Estimate, Standing
from journey.definitions.windows import How

YES, NO, OPEN = OutcomeState.YES, OutcomeState.NO, OutcomeState.OPEN
FEW = 30
"""Figures that rest on fewer journeys are marked."""
_Z = NormalDist().inv_cdf(0.975)


def state(
    journey: Followed, measure: Measure, stages: dict[str, int], as_of: datetime
) -> OutcomeState | None:
    """Tell what a journey says to a share: yes, no, open; None where it says nothing.

    Parameters
    ----------
    stages : dict of str to int
        Number of each stage.
    as_of : datetime
        Up to when things are known.
    """
    if measure.share is Share.ENDED:
        at = journey.closed_at if journey.how is How.ENDED else None
        return _by_time(journey, at, measure.within_days, as_of)
    if measure.share is Share.REACHED:
        wanted = stages[str(measure.stage)]
        at = next((s.entered_at for s in journey.stays if s.stage == wanted), None)
        return _by_time(journey, at, measure.within_days, as_of)
    told = journey.values(str(measure.share))
    if not told:
        return None
    if measure.share is Share.RESOLVED:
        return OutcomeState(told[-1])
    return next((s for s in (YES, OPEN) if s in told), NO)


def value(journey: Followed, measure: Measure) -> float | None:
    """Tell what a journey says to a mean; None where it says nothing."""
    if measure.mean is Mean.HOURS_TO_END:
        took = journey.closed_at - journey.opened_at
        return took.total_seconds() / 3600 if journey.how is How.ENDED else None
    if measure.mean is Mean.CONTACTS:
        return float(len(journey.contacts))
    if measure.mean is Mean.HANDOVERS:
        return float(journey.handovers)
    if measure.mean is Mean.EFFORT:
        return journey.effort
    told = journey.values(str(measure.mean))
    if measure.mean is Mean.RATING:
        return told[-1] if told else None
    return mean(told) if told else None


def share_of(yes: int, known: int) -> Estimate:
    """Estimate a share, with Wilson's interval."""
    ends = wilson(yes, known)
    low, high = ends or (None, None)
    return Estimate(
        value=yes / known if known else None, low=low, high=high, known=known, few=known < FEW
    )


def mean_of(values: list[float]) -> Estimate:
    """Estimate a mean; the interval is the normal one, and none is given for a single value."""
    if not values:
        return Estimate(value=None, low=None, high=None, known=0, few=True)
    middle, half = mean(values), None
    if len(values) > 1:
        half = _Z * stdev(values) / sqrt(len(values))
    return Estimate(
        value=middle,
        low=None if half is None else middle - half,
        high=None if half is None else middle + half,
        known=len(values),
        few=len(values) < FEW,
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


def _by_time(
    journey: Followed, at: datetime | None, within_days: float | None, as_of: datetime
) -> OutcomeState:
    if within_days is None:
        if at is not None:
            return YES
        return OPEN if journey.how is How.OPEN else NO
    closes = journey.opened_at + timedelta(days=within_days)
    if at is not None and at <= closes:
        return YES
    # What ended before cannot come about any more.
    over = journey.how is How.ENDED or closes <= as_of
    return NO if over else OPEN
