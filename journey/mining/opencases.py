"""Which cases of an event log are still open: a log does not say so itself."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from domain.base import UtcDatetime
from journey.mining.csvlog import MissingColumnError
from journey.mining.foresight import known_by
from journey.mining.foretold import Foretold
from journey.mining.load import embedded, is_xes, load
from journey.mining.log import Keys, LogEvent, Quality
from journey.mining.prefixes import Case, cases
from journey.mining.xes import read_xes

MOSTLY = 0.5
"""An activity ends cases if more than this share of its events were the last of theirs, in cases
that fell silent: where one of the others stands just now says nothing."""
QUIET = 0.99
"""Share of steps that came sooner than the silence after which nothing more is awaited."""


class ForetoldLog(Foretold):
    """What may come next in the open cases of a log, and by what rule they count as open."""

    as_of: UtcDatetime
    ends: tuple[str, ...]
    """A case whose last step is one of these has ended …"""
    quiet_s: float
    """… and so has one in which nothing happened for so long."""


@dataclass(frozen=True)
class Standing:
    """The cases of a log at a moment, and by what rule they count as open."""

    cases: tuple[Case, ...]
    as_of: datetime
    ends: tuple[str, ...]
    """A case whose last step is one of these has ended …"""
    quiet: timedelta
    """… and so has one in which nothing happened for so long."""


def read(path: Path, keys: Keys, fields: Sequence[str] = ()) -> tuple[list[Case], Quality]:
    """Read a log into cases, in the order in which they start; all of it is held in memory.

    Parameters
    ----------
    path : Path
        As `journey.mining.load.load` takes it.
    keys : Keys
        Which fields hold case, activity and time.
    fields : sequence of str
        Attributes of events to keep.

    Raises
    ------
    journey.mining.load.UnknownFormatError
    journey.mining.csvlog.MissingColumnError
    """
    if is_xes(path):
        quality = Quality()
        held = cases(_good(path, keys, quality))
        there = {name for case in held for event in case.events for name in event.attributes}
        for field in fields:
            if held and field not in there:
                raise MissingColumnError(f"no event of {path.name} has an attribute {field!r}")
        return held, quality
    with embedded() as connection:
        events, quality = load(connection, path, keys, fields)
        return cases(_rows(events.order_by("row").to_pyarrow().to_batches(), fields)), quality


def _good(path: Path, keys: Keys, quality: Quality) -> Iterator[LogEvent]:
    for item in read_xes(path, keys):
        quality.add(item)
        if isinstance(item, LogEvent):
            yield item


def _rows(batches: Iterable[pa.RecordBatch], fields: Sequence[str]) -> Iterator[LogEvent]:
    for batch in batches:
        for row in batch.to_pylist():
            at = row["at"].replace(tzinfo=UTC)
            held = {name: row[f"field {place}"] for place, name in enumerate(fields)}
            yield LogEvent(row["case_id"], row["activity"], at, None, held)


def standing(
    held: Sequence[Case],
    ends: Sequence[str] = (),
    quiet: timedelta | None = None,
    as_of: datetime | None = None,
) -> Standing:
    """Tell open cases from ended ones.

    Parameters
    ----------
    held : sequence of Case
        At least one.
    ends : sequence of str
        Activities that end a case; by default those that mostly were the last of cases that fell
        silent.
    quiet : timedelta, optional
        Silence after which a case has ended; by default 99 % of all steps came sooner.
    as_of : datetime, optional
        What happened later is not looked at; by default the last event.
    """
    moment = as_of or max(case.events[-1].at for case in held)
    known = known_by(held, moment.timestamp())
    silence = quiet or _quiet(known)
    silent = [case for case in known if moment - case.events[-1].at >= silence]
    chosen = tuple(ends) or _ending(silent)
    told = tuple(_judged(case, chosen, silence, moment) for case in known)
    return Standing(told, moment, chosen, silence)


def _judged(case: Case, ends: Sequence[str], silence: timedelta, moment: datetime) -> Case:
    last = case.events[-1]
    if last.activity in ends:
        return replace(case, ended=True, known_at=last.at)
    # That nothing more came was known only when the silence had lasted.
    over = last.at + silence
    return replace(case, ended=over <= moment, known_at=over)


def _ending(held: Sequence[Case]) -> tuple[str, ...]:
    seen = Counter(event.activity for case in held for event in case.events)
    last = Counter(case.events[-1].activity for case in held)
    return tuple(sorted(name for name in last if last[name] > MOSTLY * seen[name]))


def _quiet(held: Sequence[Case]) -> timedelta:
    waits = np.concatenate([np.zeros(1), *(np.diff(case.seconds) for case in held)])
    # A step that takes no time says nothing of silence.
    return timedelta(seconds=max(float(np.quantile(waits, QUIET)), 1.0))
