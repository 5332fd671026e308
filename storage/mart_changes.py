"""What changed in the database since tables made from it were filled.

Triggers leave a row for each change (``storage.tables.mart``). A reader keeps a ``Mark`` of what
its snapshot held. On PostgreSQL a transaction that was under way then may commit later with a
lower number, so all changes from the oldest one under way on are looked at again.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, delete, exists, func, literal_column, select, text
from sqlalchemy.orm import Session

from domain.base import Record, UtcDatetime
from storage.tables import ConversationRow, EventRow, MartChangeRow

WHOLE = "*"
KEPT = 500_000
"""Changes that are remembered; who looked longer ago reads everything anew."""
RECORDS = {"cnv_": ConversationRow.id, "evt_": EventRow.id}
"""Subjects that go only when they are erased."""
_ROW = MartChangeRow
_FOLLOWING = literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint", BigInteger)
"""The first number, on PostgreSQL, that a statement cannot see."""


class Mark(Record):
    """What a snapshot of the database held."""

    tx: int
    """Changes from this number on may have been under way."""
    seen: int
    """How many of those were there already."""
    last_id: int
    last_at: UtcDatetime
    """The last change before ``tx``: still there unless it was forgotten, or another database,
    such as a backup that was put back, has taken the place of this one."""


def look(session: Session) -> Mark | None:
    """Mark what this transaction sees; None where nobody has called ``begin``. Read it first."""
    tx = _border(session)
    query = select(_ROW.id, _ROW.at).where(_ROW.tx < tx).order_by(_ROW.tx.desc(), _ROW.id.desc())
    last = session.execute(query.limit(1)).first()
    if last is None:
        return None
    return Mark(tx=tx, seen=_seen(session, tx), last_id=last.id, last_at=last.at)


def fresh(session: Session, mark: Mark) -> bool:
    """Tell whether nothing has changed since a mark."""
    return known(session, mark) and _seen(session, mark.tx) == mark.seen


def known(session: Session, mark: Mark) -> bool:
    """Tell whether all changes since a mark are still remembered."""
    at: datetime | None = session.scalar(select(_ROW.at).where(_ROW.id == mark.last_id))
    # A server that counts lower is another one, on which a backup was put back.
    return at == mark.last_at and mark.tx <= _border(session)


def since(session: Session, mark: Mark, most: int) -> Sequence[str]:
    """Give subjects that changed since a mark, some that it had seen already; so many at most."""
    query = select(_ROW.subject).where(_ROW.tx >= mark.tx).distinct()
    return session.scalars(query.limit(most)).all()


def harmless(session: Session, mark: Mark) -> bool:
    """Tell whether tables of a mark are but old: nothing in them was erased or holds no longer."""
    if not known(session, mark):
        return False
    changed = select(_ROW.id).where(_ROW.tx >= mark.tx)
    wrong = [changed.where(_ROW.subject == WHOLE)]
    for prefix, there in RECORDS.items():
        mine = changed.where(_ROW.subject.startswith(prefix, autoescape=True))
        wrong.append(mine.where(~exists().where(there == _ROW.subject)))
    return not any(session.scalar(query.limit(1)) is not None for query in wrong)


def begin(session: Session) -> None:
    """Leave a change that came before all others, so that there is always one to mark."""
    statement = text("INSERT INTO mart_changes (tx, subject) VALUES (0, :subject)")
    session.execute(statement, {"subject": WHOLE})


def prune(session: Session, keep: int = KEPT) -> None:
    """Forget the oldest changes; those of one transaction together."""
    if session.get_bind().dialect.name == "postgresql":
        # Numbers of the server that a backup came from say nothing here. One statement: what was
        # committed after a number was asked for would be taken for such.
        session.execute(delete(_ROW).where(_ROW.tx > _FOLLOWING))
    newest = session.scalar(select(func.max(_ROW.id)))
    if newest is not None:
        border = select(func.max(_ROW.tx)).where(_ROW.id <= newest - keep).scalar_subquery()
        session.execute(delete(_ROW).where(_ROW.tx < border))


def _border(session: Session) -> int:
    if session.get_bind().dialect.name == "postgresql":
        oldest = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(session.scalar(oldest) or 0)
    return int(session.scalar(select(func.max(_ROW.tx))) or 0) + 1


def _seen(session: Session, tx: int) -> int:
    return session.scalar(select(func.count()).where(_ROW.tx >= tx)) or 0
