"""Erasure: what is kept about a conversation or a person goes, with all that was read out of it.

Two things are not erased here because nobody can tell whose they are, and go by age: cached
vectors, which are named by a hash of one sentence without its identifiers and may serve many
people (``vectors.prune``), and answers to repeated requests (``idempotency.prune``). The words
of others that mention the person stay: they are the others' records. Samples and reports on own
taxonomies show texts too: ``taxonomy_erasure.erase`` takes them out.

What is too old goes in batches, each a short transaction: ``expire`` and ``forget_jobs``.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from domain.base import Record
from domain.identity import Identity
from storage import (
    identities,
    neighbourhood,
    sightings,
    taxonomies,
    taxonomy_erasure,
    tombstones,
    work,
)
from storage.statements import chunks
from storage.tables import (
    ConversationRow,
    CorrectionRow,
    EventRow,
    IdentityRow,
    IssueRow,
    JobItemRow,
    JobRow,
    JoinRow,
    JourneyRow,
    LinkRow,
    RedirectRow,
    SightingRow,
    SignalRow,
    TurnRow,
    WorkRow,
)

HANGING = (
    (LinkRow, LinkRow.seen_in),
    (SightingRow, SightingRow.record_id),
    (ConversationRow, ConversationRow.id),
    (EventRow, EventRow.id),
)
"""Rows that go with a record; the database takes along what belongs to a conversation."""


EXPIRED = 50
"""Records that age takes away in one transaction: their customers' rebuilds wait for it."""
FORGOTTEN = 5_000
"""Rows of what jobs waited for that are forgotten in one transaction."""
JOBS = 500
"""Jobs that are forgotten in one transaction."""


class Holding(Record):
    """How much is kept."""

    conversations: int
    turns: int
    events: int
    signals: int
    journeys: int


def holding(session: Session, ids: Collection[str]) -> Holding:
    """Count what hangs on conversations and events, by their ids."""
    read = select(JourneyRow.id).join(JoinRow, JoinRow.issue_id == JourneyRow.issue_id)
    journeys: set[str] = set()
    for chunk in chunks(ids):
        journeys |= set(session.scalars(read.where(JoinRow.conversation_id.in_(chunk))))
    return Holding(
        conversations=_count(session, ConversationRow.id, ids),
        turns=_count(session, TurnRow.conversation_id, ids),
        events=_count(session, EventRow.id, ids),
        signals=_count(session, SignalRow.conversation_id, ids),
        journeys=len(journeys),
    )


def records_of(session: Session, identity: Identity) -> set[str]:
    """Find all conversations and events of a person, those that nobody has read yet too."""
    shown = sightings.records_showing(session, map(str, identity.identifiers))
    joined = (
        select(JoinRow.conversation_id)
        .join(IssueRow, IssueRow.id == JoinRow.issue_id)
        .where(IssueRow.identity_id == identity.id)
    )
    return shown | set(session.scalars(joined))


def erase_records(
    session: Session, ids: Collection[str], now: datetime, *, keep_away: bool = True
) -> Holding:
    """Erase conversations and events with all that hangs on them; rebuild their neighbours.

    Signals, corrections, needs, outcomes and joins go with their conversation. Journeys
    that a contact is taken from are removed and built anew from what is left. A record
    that comes in again is left out from now on.

    Parameters
    ----------
    ids : collection of str
        Ids of conversations and events; those that are not there are kept away too.
    keep_away : bool
        False where nobody asked for it: then a record that comes in again is kept again.

    Returns
    -------
    Holding
        What went.
    """
    gone = set(ids)
    return _erase(session, gone, _around(session, gone), now, keep_away=keep_away)


def _around(session: Session, ids: Collection[str]) -> Collection[str]:
    """Hold off the rebuilds around records; give what hangs together with them.

    Of large neighbourhoods that is a part. The lock is whole all the same: it holds every
    identifier of the records themselves, and who writes about them needs one of those.
    """
    return neighbourhood.lock(session, ids, len(ids) + neighbourhood.LIMIT).records


def _erase(
    session: Session,
    gone: Collection[str],
    near: Collection[str],
    now: datetime,
    *,
    keep_away: bool,
) -> Holding:
    """Erase records around which ``_around`` holds off the rebuilds."""
    result = holding(session, gone)
    # A correction that was taken back leaves no trace: who asks to be gone is out of all reports.
    shown_by = None if keep_away else taxonomies.corrected(session, gone)
    if keep_away:
        tombstones.add(session, gone, now)
    anew, shown = set(near), set[str]()
    for chunk in chunks(sorted(gone)):
        shown |= sightings.identifiers_of(session, chunk)
        anew |= _drop_issues(session, chunk)
        for table, column in HANGING:
            session.execute(delete(table).where(column.in_(chunk)))
        # Of any kind, said so that the indexes of kind and subject serve.
        for queue in (WorkRow, JobItemRow):
            mine = queue.kind.in_(work.Kind) & queue.subject_id.in_(chunk)
            session.execute(delete(queue).where(mine))
    anew |= _drop_identities(session, shown)
    work.add_many(session, work.Kind.REBUILD, sorted(anew.difference(gone)), now)
    taxonomy_erasure.erase(session, gone, now, shown_by)
    return result


def erase_identity(session: Session, identity_id: str, now: datetime) -> Holding:
    """Erase everything that shows an identifier of a person.

    Raises
    ------
    LookupError
        If there is no such identity.
    """
    identity = identities.get(session, identity_id)
    if identity is None:
        raise LookupError(f"there is no identity {identity_id}")
    journeys = select(JourneyRow.id).where(JourneyRow.identity_id == identity.id)
    about = CorrectionRow.subject_id.in_(journeys.scalar_subquery())
    session.execute(delete(CorrectionRow).where(about))
    result = erase_records(session, records_of(session, identity), now)
    session.execute(delete(IdentityRow).where(IdentityRow.id == identity.id))
    session.execute(delete(RedirectRow).where(RedirectRow.new_id == identity.id))
    return result


def expire(session: Session, before: datetime, now: datetime, limit: int = EXPIRED) -> int:
    """Erase some of the records in which nothing happened since a moment, the oldest first.

    What somebody writes to just now is left for the next time.

    Returns
    -------
    int
        How many went; call again until it is 0.
    """
    old, past = _old(before)
    talks = select(ConversationRow.id).where(old).order_by(ConversationRow.started_at)
    found = list(session.scalars(talks.limit(limit)))
    if len(found) < limit:
        happened = select(EventRow.id).where(past).order_by(EventRow.at)
        found += session.scalars(happened.limit(limit - len(found)))
    if not found:
        return 0
    near = _around(session, found)
    gone = _still_old(session, found, before)
    if gone:
        _erase(session, gone, near, now, keep_away=False)
    return len(gone)


def _old(before: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Say of conversations and of events that nothing happened since a moment."""
    # The first one says no more than the second, but it has an index.
    talk = (ConversationRow.started_at < before) & (ConversationRow.last_at < before)
    return talk, EventRow.at < before


def _still_old(session: Session, ids: Collection[str], before: datetime) -> set[str]:
    """Lock the records that are as old as they were found: a turn may have come since."""
    old, past = _old(before)
    still: set[str] = set()
    for chunk in chunks(ids):
        for mine in (
            select(ConversationRow.id).where(ConversationRow.id.in_(chunk), old),
            select(EventRow.id).where(EventRow.id.in_(chunk), past),
        ):
            still |= set(session.scalars(mine.with_for_update(skip_locked=True)))
    return still


def forget_jobs(session: Session, before: datetime, limit: int = FORGOTTEN) -> int:
    """Forget some of what is kept of imports and batches that were in before a moment.

    One whose records never all came in, as its import was killed, goes by when it began.

    Parameters
    ----------
    limit : int
        Most rows of what the jobs waited for: an import may have millions.

    Returns
    -------
    int
        Rows that went; call again until it is 0.
    """
    # None is in before it began: the second condition says it all, the first has an index.
    ended = func.coalesce(JobRow.received_at, JobRow.created_at) < before
    old = select(JobRow.id).where(JobRow.created_at < before, ended)
    some = old.order_by(JobRow.created_at).limit(JOBS).with_for_update(skip_locked=True)
    jobs = session.scalars(some).all()
    key = (JobItemRow.job_id, JobItemRow.kind, JobItemRow.subject_id)
    items = session.execute(select(*key).where(JobItemRow.job_id.in_(jobs)).limit(limit)).all()
    for chunk in chunks(items):
        these = delete(JobItemRow).where(tuple_(*key).in_(chunk))
        session.execute(these.execution_options(synchronize_session=False))
    if len(items) == limit:
        return limit
    session.execute(delete(JobRow).where(JobRow.id.in_(jobs)))
    return len(items) + len(jobs)


def _count(session: Session, column: InstrumentedAttribute[str], ids: Collection[str]) -> int:
    counts = (select(func.count()).where(column.in_(chunk)) for chunk in chunks(ids))
    return sum(session.scalars(query).one() for query in counts)


def _drop_issues(session: Session, contacts: Collection[str]) -> set[str]:
    """Drop the issues of contacts with their journeys; give all contacts that stood in them."""
    mine = select(JoinRow.issue_id).where(JoinRow.conversation_id.in_(contacts))
    issues = set(session.scalars(mine))
    left: set[str] = set()
    for chunk in chunks(issues):
        stood = select(JoinRow.conversation_id).where(JoinRow.issue_id.in_(chunk))
        left |= set(session.scalars(stood))
        session.execute(delete(IssueRow).where(IssueRow.id.in_(chunk)))
    return left


def _drop_identities(session: Session, identifiers: Collection[str]) -> set[str]:
    """Drop the identities of identifiers; give records whose rebuilds make anew what still is.

    Those are all that show an identifier which had such an identity; where too many do for
    being one customer's, some.
    """
    before = identities.around(session, identifiers, {})
    identities.replace(session, before, ())
    homeless = {member for identity in before.values() for member in identity.identifiers}
    return sightings.some_with_each(session, homeless, neighbourhood.LIMIT)
