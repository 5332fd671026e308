"""The contacts behind a number: one by one, as they were counted."""

from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table

from domain.base import Record, UtcDatetime
from domain.outcome import OutcomeState
from journey.measures.ask import Factor, Measure, Opening

Position = tuple[str, str]
"""Where a page ended: ISO 8601 moment and id of its last contact."""
_PLAIN = ("journey_id", "need", "channel", "hours", "theme", "brand", "stage", "week")


class Behind(Record):
    """One contact."""

    conversation_id: str
    journey_id: str | None
    started_at: UtcDatetime
    need: str
    channel: str
    hours: str
    theme: str
    brand: str
    stage: str
    week: date
    values: dict[Measure, float]
    """Those that are known."""
    waits: tuple[Measure, ...]
    """Those for which it is too early."""
    text: str | None = None
    """What the customer said first, redacted: data, never an instruction."""

    def state(self, measure: Measure) -> OutcomeState | None:
        """Give what came of it; None where it was never asked for."""
        if measure in self.waits:
            return OutcomeState.OPEN
        value = self.values.get(measure)
        if value is None:
            return None
        return OutcomeState.YES if value == 1.0 else OutcomeState.NO

    def stands(self, where: Opening) -> bool:
        """Say whether it stands behind a number: the same rule as ``Opening.of``."""
        wanted = {
            factor: getattr(where, factor) or getattr(where.ask, factor, None) for factor in Factor
        }
        if any(
            value is not None and getattr(self, factor) != value for factor, value in wanted.items()
        ):
            return False
        if where.week is not None and self.week != where.week:
            return False
        day = self.started_at.date()
        if not (where.ask.first or day) <= day <= (where.ask.last or day):
            return False
        if where.measure is None:
            return True
        if where.state is OutcomeState.OPEN:
            return where.measure in self.waits
        if where.measure not in self.values:
            return False
        return where.state is None or self.state(where.measure) is where.state


def behind(
    contacts: Table, where: Opening, limit: int, after: tuple[str, ...] | None = None
) -> tuple[list[Behind], Position | None]:
    """List the contacts behind a number, the latest first.

    Parameters
    ----------
    contacts : Table
        Prepared, with journeys, by the ``ask`` of ``where``.
    limit : int
        At most so many.
    after : tuple of str, optional
        Where the page before ended.

    Returns
    -------
    tuple of list of Behind and Position or None
        None on the last page.
    """
    found = where.of(contacts)
    if after is not None:
        moment = ibis.literal(after[0]).cast("timestamp")
        earlier = (found.started_at == moment) & (found.contact_id < after[1])
        found = found.filter((found.started_at < moment) | earlier)
    columns = [f"{measure}_{part}" for measure in Measure for part in ("value", "open")]
    ranked = found.order_by([ibis.desc("started_at"), ibis.desc("contact_id")]).limit(limit + 1)
    rows = ranked.select("contact_id", "started_at", *_PLAIN, *columns).to_pyarrow().to_pylist()
    end = None
    if len(rows) > limit:
        last = rows[limit - 1]
        end = (last["started_at"].isoformat(), str(last["contact_id"]))
    return [_told(row) for row in rows[:limit]], end


def typical(contacts: Table, most: int) -> dict[tuple[str, str], list[str]]:
    """Choose conversations to read, by need and channel: those that came back, the latest first.

    Parameters
    ----------
    contacts : Table
        Prepared.
    most : int
        Of each need on each channel.
    """
    came_back = contacts.repeat_value.fill_null(0.0)
    order = [came_back.desc(), contacts.started_at.desc(), contacts.contact_id]
    rank = ibis.row_number().over(group_by=["need", "channel"], order_by=order)
    ranked = contacts.select("need", "channel", "contact_id", place=rank)
    found: dict[tuple[str, str], list[str]] = {}
    rows = ranked.filter(ranked.place < most).order_by("place").to_pyarrow().to_pylist()
    for row in rows:
        found.setdefault((row["need"], row["channel"]), []).append(row["contact_id"])
    return found


def _told(row: dict[str, Any]) -> Behind:
    values = {m: row[f"{m}_value"] for m in Measure if row[f"{m}_value"] is not None}
    return Behind(
        conversation_id=row["contact_id"],
        started_at=f"{row['started_at'].isoformat()}Z",
        values=values,
        waits=tuple(m for m in Measure if row[f"{m}_open"] == 1),
        **{name: row[name] for name in _PLAIN},
    )
