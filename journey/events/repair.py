"""Time, order and doubles of events: what is mended before they are counted, and how often."""

from dataclasses import dataclass
from datetime import timedelta

import ibis
from ibis.expr.types import Table

TOLERANCE = timedelta(minutes=5)
"""Clocks of two systems differ; this much ahead of the receipt is no fault."""
DOUBLE = timedelta(seconds=2)
"""The same thing of the same customer this close together was logged twice."""


@dataclass(frozen=True)
class Repairs:
    """How many events were mended.

    Attributes
    ----------
    future : int
        Told to happen after they were received: taken as of the receipt.
    doubled : int
        Say the same of the same customer within two seconds as another: left out.
    reordered : int
        Received after an event of the same customer that happened later: put in order of time.
    nobodys : int
        Have no identifier that belongs to anybody: in no journey along customers.
    """

    events: int
    future: int
    doubled: int
    reordered: int
    nobodys: int


def repaired(events: Table) -> Table:
    """Mend events.

    Parameters
    ----------
    events : Table
        Columns of ``journey.mart.EVENTS``.

    Returns
    -------
    Table
        The same columns, times mended, doubles left out.
    """
    marked = _marked(events)
    return marked.filter(~marked.double).select(*events.columns)


def repairs(events: Table) -> Repairs:
    """Count what ``repaired`` mends.

    Parameters
    ----------
    events : Table
        Columns of ``journey.mart.EVENTS``.
    """
    marked = _marked(events)
    counted = marked.agg(
        events=marked.count(),
        future=marked.ahead.sum().coalesce(0),
        doubled=marked.double.sum().coalesce(0),
        reordered=marked.late.sum().coalesce(0),
        nobodys=marked.identity_id.isnull().sum().coalesce(0),
    )
    [row] = counted.to_pyarrow().to_pylist()
    return Repairs(**{name: int(count) for name, count in row.items()})


def _marked(events: Table) -> Table:
    ahead = events["at"] > events.received_at + ibis.interval(
        seconds=int(TOLERANCE.total_seconds())
    )
    mended = events.mutate(ahead=ahead, at=ahead.ifelse(events.received_at, events["at"]))
    same = {"group_by": ["identity_id", "name"], "order_by": ["at", "event_id"]}
    before = mended["at"].lag().over(**same)
    near = before + ibis.interval(seconds=int(DOUBLE.total_seconds())) >= mended["at"]
    latest = (
        mended["at"]
        .max()
        .over(
            ibis.window(
                group_by="identity_id",
                order_by=["received_at", "event_id"],
                preceding=(None, 1),
            )
        )
    )
    owned = mended.identity_id.notnull()
    return mended.mutate(
        double=(owned & near).fill_null(False),
        late=(owned & (mended["at"] < latest)).fill_null(False),
    )
