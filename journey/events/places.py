"""What stands before and after each event of a customer, as an Ibis expression."""

from ibis.expr.types import Table

from journey.events.alike import Neighbours

EDGE = "(edge)"
"""Stands before the first and after the last event."""


def places(events: Table) -> dict[str, Neighbours]:
    """Count what stands beside each name.

    Parameters
    ----------
    events : Table
        Columns of ``journey.mart.EVENTS``; those of nobody are left out.
    """
    mine = events.filter(events.identity_id.notnull())
    order = {"group_by": "identity_id", "order_by": ["at", "event_id"]}
    beside = mine.select(
        "name",
        before=mine.name.lag().over(**order).coalesce(EDGE),
        after=mine.name.lead().over(**order).coalesce(EDGE),
    )
    found: dict[str, Neighbours] = {}
    for side in ("before", "after"):
        counted = beside.group_by("name", side).agg(times=beside.count())
        for row in counted.to_pyarrow().to_pylist():
            neighbours = found.setdefault(row["name"], Neighbours())
            getattr(neighbours, side)[row[side]] = row["times"]
    return found
