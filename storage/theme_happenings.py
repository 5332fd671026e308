"""Releases, incidents and the like: events that happen to everybody, not to one customer."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from pydantic import JsonValue
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from domain.theme_figures import Happening
from storage.tables import EventRow

WORDS = (
    "release", "deploy", "incident", "outage", "maintenance", "migration", "campaign",
    "price_change", "policy_change", "recall", "launch", "rollout", "rollback",
)  # fmt: skip
"""An event whose name holds one of these is one."""
MOST = 200
"""Days with such an event, of one name, that are read at most."""
_SHOWN_IDS = 5
_TELLING = ("version", "release", "service", "component", "product", "region", "severity")
_CODE = re.compile(r"(?!.*\d{7})[A-Za-z0-9][A-Za-z0-9 ._+/-]{0,39}")
"""A code or a few plain words; no address and no number as long as an account's."""


def happenings(
    session: Session, start: datetime, end: datetime, brand: str | None = None
) -> tuple[Happening, ...]:
    """Give what happened in a time ``[start, end)``, one for each name, source and day.

    Parameters
    ----------
    brand : str, optional
        Leave out what happened to other brands only.
    """
    row = EventRow
    day = func.date(row.at)
    named = or_(*(row.name.contains(word, autoescape=True) for word in WORDS))
    query = (
        select(row.name, row.source, row.brand, day, func.min(row.at), func.count())
        .where(row.at >= start, row.at < end, named)
        .group_by(row.name, row.source, row.brand, day)
        .order_by(func.min(row.at).desc(), row.name)
        .limit(MOST)
    )
    if brand is not None:
        query = query.where(or_(row.brand.is_(None), row.brand == brand))
    found = []
    for name, source, of, on, first, events in session.execute(query):
        ids, told = _first(session, name, source, of, first)
        found.append(
            Happening(
                name=name,
                source=source,
                brand=of,
                day=date.fromisoformat(str(on)),
                first_at=first,
                events=events,
                event_ids=ids,
                told=told,
            )
        )
    return tuple(reversed(found))


def _first(
    session: Session, name: str, source: str, brand: str | None, first: datetime
) -> tuple[tuple[str, ...], str]:
    """Give the ids of the first events, and what the first says of itself."""
    row = EventRow
    until = first.replace(hour=23, minute=59, second=59, microsecond=999_999)
    query = select(row.id, row.properties).where(
        row.name == name,
        row.source == source,
        row.brand.is_not_distinct_from(brand),
        row.at >= first,
        row.at <= until,
    )
    rows = session.execute(query.order_by(row.at, row.id).limit(_SHOWN_IDS)).all()
    return tuple(id_ for id_, _ in rows), _told(rows[0][1]) if rows else ""


def _told(properties: Mapping[str, JsonValue]) -> str:
    """Show codes alone: nothing that a customer may have written."""
    values = [properties.get(name) for name in _TELLING]
    codes = [v for v in values if isinstance(v, str) and _CODE.fullmatch(v)]
    return ", ".join(dict.fromkeys(codes))
