"""Fits journey types and the next step on the journeys of the database, and uses them."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from domain.base import UtcDatetime
from domain.journey import EntryKind, Journey
from domain.outcome import ending
from journey.lenses import next_step
from journey.lenses.next_step import NextStepTold, Step
from journey.lenses.walk import SETTLING
from journey.mart import Wanted
from journey.mining.foretold import Foretold, Learned, Place, TooFewEndedError
from journey.types.choose import Trial, choose
from journey.types.methods import Fitted
from journey.types.sample import Sample, read
from journey.types.tell import TypesTold, tell
from storage.database import Database
from storage.journey_models import JourneyModel, ModelKind, get, put, stamp
from workers.analysis import open_mart
from workers.lenses import opened


class TypesFound(TypesTold):
    """The types of a kept model, and all journeys sorted into them."""

    version: str
    """Of the model: another one after each fit that found something else."""
    fitted_at: UtcDatetime
    fitted_on: int
    """Journeys that were there then; those that came since are sorted too."""


Progress = Callable[[int, int], None]
"""Is told how many steps are done, and of how many."""


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""


def fit(
    database: Database, moment: datetime, silence: timedelta, progress: Progress = silent
) -> int:
    """Find the types of journeys and learn what comes next; gives journeys learned from.

    Where too few journeys have ended the next step is not learned, and it gives 0.

    Parameters
    ----------
    database : Database
    moment : datetime
        That stands on what is kept.
    silence : timedelta
        After which a journey that nobody settled was known to have ended.
    progress : callable

    Raises
    ------
    journey.types.choose.TooFewJourneysError
    """
    fit_types(database, moment, progress)
    try:
        return fit_next_step(database, moment, silence)
    except TooFewEndedError:
        return 0


def fit_types(database: Database, moment: datetime, progress: Progress = silent) -> None:
    """Find the types of journeys, and keep them for new ones.

    Raises
    ------
    journey.types.choose.TooFewJourneysError
    """
    with opened(database) as seen:
        sample = read(seen)
    fitted, trials = choose(sample, progress=progress)
    data = {"fitted": asdict(fitted), "trials": [asdict(one) for one in trials]}
    with database.session() as session:
        put(session, ModelKind.TYPES, data, len(sample.ids), moment)


def types(database: Database, wanted: Wanted | None = None) -> TypesFound | None:
    """Sort journeys, new ones too, into the types that were found; None before a fit."""
    found = _sorted(database, wanted)
    if found is None:
        return None
    model, fitted, sample = found
    told = tell(fitted, sample, [Trial(**one) for one in model.data["trials"]])
    return TypesFound(
        **dict(told), version=model.version, fitted_at=model.made_at, fitted_on=model.journeys
    )


def of_type(database: Database, number: int, wanted: Wanted | None = None) -> list[str] | None:
    """Give the ids of the journeys of a type; None before a fit."""
    found = _sorted(database, wanted)
    if found is None:
        return None
    _, fitted, sample = found
    if not sample.ids:
        return []
    labels = fitted.assign(sample).tolist()
    return sorted(id_ for id_, label in zip(sample.ids, labels, strict=True) if label == number)


def _sorted(
    database: Database, wanted: Wanted | None
) -> tuple[JourneyModel, Fitted, Sample] | None:
    with database.reading() as session:
        model = get(session, ModelKind.TYPES)
    if model is None:
        return None
    with opened(database, wanted) as seen:
        sample = read(seen)
    return model, Fitted(**model.data["fitted"]), sample


def fit_next_step(database: Database, moment: datetime, silence: timedelta) -> int:
    """Learn what comes next, and keep it; gives the number of journeys that have ended.

    ``silence`` is how long nothing may happen until a journey that nobody settled has ended.

    Raises
    ------
    journey.mining.foretold.TooFewEndedError
    """
    with opened(database) as seen:
        held = next_step.cases(seen, silence)
    learned = next_step.learn(held)
    with database.session() as session:
        put(session, ModelKind.NEXT_STEP, learned.plain(), learned.ended, moment)
    return learned.ended


class ForetoldOpen(Foretold):
    """What may come next in the open journeys, by a kept model."""

    version: str
    """Of the model: another one after each fit that found something else."""
    fitted_at: UtcDatetime


def foretold_open(
    database: Database,
    wanted: Wanted | None = None,
    need: str | None = None,
    size: int | None = None,
    after: Place | None = None,
) -> ForetoldOpen | None:
    """Tell what may come next in open journeys; None before it was learned.

    Parameters
    ----------
    database : Database
    wanted : Wanted, optional
        Which journeys are looked at; all of them by default.
    need : str, optional
        Only journeys with this need.
    size : int, optional
        Rows that are given; all by default.
    after : Place, optional
        Of the last row of the page before.
    """
    with database.reading() as session:
        kept = get(session, ModelKind.NEXT_STEP)
    learned = Learned.of(kept.data) if kept else None
    if kept is None or learned is None:
        return None
    with open_mart(database, wanted) as mart:
        held = next_step.open_cases(mart.steps, mart.journeys, need)
        told = next_step.foretell_open(learned, held, size, after)
    return ForetoldOpen(**dict(told), version=kept.version, fitted_at=kept.made_at)


def foretold(session: Session, journey: Journey) -> NextStepTold | None:
    """Tell what may come next in a journey; None if it has ended or nothing was learned."""
    came = {one.kind: one.state for one in journey.outcomes if one.window_hours is None}
    steps = walk_of(journey) if ending(came) == "open" else []
    kept = stamp(session, ModelKind.NEXT_STEP) if steps else None
    learned = _learned(session, kept.version) if kept else None
    if kept is None or learned is None:
        return None
    return next_step.foretell(learned, next_step.case_of(journey.id, steps), kept.made_at)


_read: dict[str, Learned | None] = {}
"""The model that was read last, by its version, which is a hash: reading it takes longer than
asking it."""


def _learned(session: Session, present: str) -> Learned | None:
    learned = _read.get(present)
    if learned is None and (kept := get(session, ModelKind.NEXT_STEP)) is not None:
        learned = Learned.of(kept.data)
        _read.clear()
        _read[present] = learned
    return learned


def walk_of(journey: Journey) -> list[Step]:
    """Give the steps that lenses look at, in order, and when they happened."""
    found = []
    for entry in journey.timeline:
        name = entry.name if entry.kind is EntryKind.EVENT else f"{entry.kind}:{entry.name}"
        walked = (EntryKind.EVENT, EntryKind.CONTACT, EntryKind.HANDOVER)
        if entry.kind in walked or name in SETTLING:
            found.append((name, entry.at))
    return found
