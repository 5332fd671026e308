"""What lenses look at: the steps of each journey in order, and how the journey went."""

from dataclasses import dataclass

import ibis
from ibis.expr.types import Table

SETTLING = ("status:solved", "status:closed")
BAD = ("abandoned", "unresolved")
"""Endings without a solution."""


@dataclass(frozen=True)
class Looked:
    """The tables of a lens."""

    steps: Table
    """`journey.mart.STEPS`: everything that happened."""
    walk: Table
    """``case_id``, ``activity``, ``at``, ``place`` (from 0), ``channel``, ``kind``: contacts,
    events, handovers, and when a contact was settled."""
    journeys: Table
    """`journey.mart.JOURNEYS` of these, with ``case_id`` and ``bad``: 1, 0, or null where it is
    not known yet."""


def looked(steps: Table, journeys: Table, need: str | None = None) -> Looked:
    """Prepare the tables of the mart for the lenses.

    Parameters
    ----------
    steps, journeys : Table
        As `journey.mart` tells them.
    need : str, optional
        Only journeys with this need.
    """
    chosen = journeys if need is None else journeys.filter(journeys.need == need)
    chosen = chosen.mutate(case_id=chosen.journey_id, bad=_bad(chosen))
    held = steps.semi_join(chosen, steps.case_id == chosen.journey_id)
    seen = held.filter(
        held.kind.isin(("contact", "event", "handover")) | held.activity.isin(SETTLING)
    )
    order = {"group_by": "case_id", "order_by": ["at", "row"]}
    walk = seen.select(
        "case_id", "activity", "at", "channel", "kind", place=ibis.row_number().over(**order)
    )
    return Looked(held, walk, chosen)


def _bad(journeys: Table) -> ibis.Value:
    """Tell whether a journey went badly: no solution, escalated, or opened again.

    A repeat contact alone is not held against it, else each path with two contacts would go
    badly by its nature. What is not known yet is not a no.
    """
    trouble = (
        journeys.ending.isin(BAD)
        | (journeys.escalated == "yes").fill_null(False)
        | (journeys.reopened == "yes").fill_null(False)
    )
    none = ibis.null("int64")
    return ibis.cases((trouble, 1), (journeys.ending == "open", none), else_=0).cast("int64")
