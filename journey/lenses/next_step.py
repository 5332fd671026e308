"""What comes next in open journeys, and how long it may take: learned from the journeys there are.

The ways and the choice between them are those of event logs (`journey.mining.foresight`); here
journeys become cases, and activities are said in plain words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter

from ibis.expr.types import Table

from domain.base import UtcDatetime
from journey.lenses.walk import SETTLING, Looked, looked
from journey.lenses.words import said
from journey.mining.foresight import LATEST
from journey.mining.foretold import Foretold, Learned, NextStep, Place, tell_open
from journey.mining.foretold import learn as learn_cases
from journey.mining.log import LogEvent
from journey.mining.measured import Measured
from journey.mining.prefixes import Case
from journey.mining.stream import rows_of
from journey.mining.ways import Form

PART = 5_000
"""Open journeys that are held and foretold at once."""
Step = tuple[str, datetime]
"""An activity and when it happened, UTC."""


class NextStepTold(NextStep):
    """What may come of one open journey, and how far to trust it."""

    at: UtcDatetime
    """Of the present step: ``left_s`` counts from here."""
    fitted_at: UtcDatetime
    """When it was learned; what followed lately is as of then."""
    measured: tuple[Measured, ...]
    """How well it foretold later journeys, beside a Markov chain."""


def cases(seen: Looked, silence: timedelta) -> list[Case]:
    """Give the latest journeys, in the order they opened: to learn from.

    Parameters
    ----------
    seen : Looked
    silence : timedelta
        After which a journey that nobody settled was known to have ended.

    Returns
    -------
    list of Case
        The latest 10,000 that have ended, and those that are open and began no earlier.
    """
    ended = seen.journeys.filter(seen.journeys.ending != "open")
    ended = ended.order_by(ended.opened_at.desc(), "case_id").limit(LATEST)
    first = ended.opened_at.min().as_scalar()
    still = seen.journeys.filter(seen.journeys.ending == "open", seen.journeys.opened_at >= first)
    return [known_when(case, silence) for case in _walked(seen, ended.union(still))]


def known_when(case: Case, silence: timedelta) -> Case:
    """Say when it was known that a journey has ended: when it was settled, or after a silence."""
    last = case.events[-1]
    return case if last.activity in SETTLING else replace(case, known_at=last.at + silence)


def open_cases(steps: Table, journeys: Table, need: str | None = None) -> Iterator[Case]:
    """Give all journeys that are open, in the order they opened, as the engine reads them.

    Parameters
    ----------
    steps, journeys : Table
        As `journey.mart` tells them; no step of other journeys is read.
    need : str, optional
        Only journeys with this need.
    """
    still = looked(steps, journeys.filter(journeys.ending == "open"), need)
    return _walked(still, still.journeys)


def _walked(seen: Looked, journeys: Table) -> Iterator[Case]:
    about = journeys.select("case_id", "ending", "opened_at")
    steps = seen.walk.join(about, "case_id").order_by("opened_at", "case_id", "place")
    for name, held in groupby(rows_of(steps), key=itemgetter("case_id")):
        mine = list(held)
        walked = [(row["activity"], row["at"]) for row in mine]
        yield case_of(name, walked, ended=mine[0]["ending"] != "open")


def case_of(name: str, steps: Sequence[Step], *, ended: bool = False) -> Case:
    """Make a case of the steps of a journey, in order; times without zone are UTC."""
    none = timedelta(0)
    events = (LogEvent(name, what, at.replace(tzinfo=UTC), none) for what, at in steps)
    return Case(name, tuple(events), ended)


def learn(held: Sequence[Case]) -> Learned:
    """Learn from journeys.

    Raises
    ------
    journey.mining.foretold.TooFewEndedError
    """
    return learn_cases(held, case="journeys")


def foretell(model: Learned, journey: Case, fitted_at: datetime) -> NextStepTold | None:
    """Tell what may come next in one journey with its steps so far.

    None where no step of it is known. ``fitted_at`` is when the model was learned.
    """
    found = tell_open(model.model, [journey], said)
    if not found:
        return None
    [row] = found
    beside = tuple(one for one in model.measured if one.chosen or one.form is Form.CHAIN)
    return NextStepTold(**dict(row.next), at=row.at, fitted_at=fitted_at, measured=beside)


def foretell_open(
    model: Learned, held: Iterator[Case], size: int | None = None, after: Place | None = None
) -> Foretold:
    """Tell what may come next in journeys that are open.

    They are read in parts: beside the rows that are given only one part of them is held.

    Parameters
    ----------
    model : Learned
    held : iterator of Case
    size : int, optional
        Rows that are given; all by default.
    after : Place, optional
        Of the last row of the page before.
    """
    parts = iter(lambda: list(islice(held, PART)), [])
    return model.foretell(parts, said, size, after)
