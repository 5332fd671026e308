"""What comes next in open journeys, and how long it may take: learned from the journeys there are.

The ways and the choice between them are those of event logs (`journey.mining.foresight`); here
journeys become cases, and activities are said in plain words.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ibis.expr.types import Table

from domain.base import UtcDatetime
from journey.lenses.walk import SETTLING, Looked
from journey.lenses.words import said
from journey.mining.foresight import LATEST
from journey.mining.foretold import Foretold, Learned, NextStep, tell_open
from journey.mining.foretold import learn as learn_cases
from journey.mining.log import LogEvent
from journey.mining.measured import Measured
from journey.mining.prefixes import Case
from journey.mining.ways import Form
from journey.policy import JourneyPolicy

SILENCE = JourneyPolicy().silence
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


def cases(seen: Looked, silence: timedelta = SILENCE) -> list[Case]:
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
    return [known_when(case, silence) for case in _read(seen, ended.union(still))]


def known_when(case: Case, silence: timedelta) -> Case:
    """Say when it was known that a journey has ended: when it was settled, or after a silence."""
    last = case.events[-1]
    return case if last.activity in SETTLING else replace(case, known_at=last.at + silence)


def open_cases(seen: Looked) -> list[Case]:
    """Give all journeys that are open, in the order they opened."""
    return _read(seen, seen.journeys.filter(seen.journeys.ending == "open"))


def _read(seen: Looked, journeys: Table) -> list[Case]:
    about = journeys.select("case_id", "ending", "opened_at")
    rows = seen.walk.join(about, "case_id").order_by("case_id", "place").to_pyarrow().to_pylist()
    held: dict[tuple[datetime, str], list[Step]] = defaultdict(list)
    ended: dict[str, bool] = {}
    for row in rows:
        held[row["opened_at"], row["case_id"]].append((row["activity"], row["at"]))
        ended[row["case_id"]] = row["ending"] != "open"
    return [case_of(name, held[at, name], ended=ended[name]) for at, name in sorted(held)]


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


def foretell_open(model: Learned, held: Sequence[Case]) -> Foretold:
    """Tell what may come next in journeys that are open."""
    return model.foretell(held, said)
