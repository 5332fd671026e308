"""What comes next in open journeys, and how long it may take: learned from the journeys there are.

The ways and the choice between them are those of event logs (`journey.mining.foresight`); here
journeys become cases, and activities are said in plain words.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ibis.expr.types import Table

from domain.base import UtcDatetime
from journey.lenses.walk import Looked
from journey.lenses.words import said
from journey.mining.foresight import LATEST
from journey.mining.foretold import Foretold, Learned, Measured, NextStep, tell_open
from journey.mining.foretold import learn as learn_cases
from journey.mining.log import LogEvent
from journey.mining.prefixes import Case
from journey.mining.ways import Form

Step = tuple[str, datetime]
"""An activity and when it happened, UTC."""


class NextStepTold(NextStep):
    """What may come of one open journey, and how far to trust it."""

    at: UtcDatetime
    """Of the present step: ``left_s`` counts from here."""
    measured: tuple[Measured, ...]
    """How well it foretold later journeys, beside a Markov chain."""


def cases(seen: Looked) -> list[Case]:
    """Give the latest journeys, open ones too, in the order they opened: to learn from."""
    latest = seen.journeys.order_by(seen.journeys.opened_at.desc(), "case_id").limit(LATEST)
    return _read(seen, latest)


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


def foretell(model: Learned, journey: Case) -> NextStepTold | None:
    """Tell what may come next in one journey with its steps so far.

    None where no step of it is known.
    """
    found = tell_open(model.model, [journey], said)
    if not found:
        return None
    [row] = found
    beside = tuple(one for one in model.measured if one.chosen or one.form is Form.CHAIN)
    return NextStepTold(**dict(row.next), at=row.at, measured=beside)


def foretell_open(model: Learned, held: Sequence[Case]) -> Foretold:
    """Tell what may come next in journeys that are open."""
    return model.foretell(held, said)
