"""What must hold when all is over, whatever was killed."""

from collections.abc import Collection, Iterator

from pydantic import SecretStr
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from domain.signal import SignalKind, SubjectKind
from settings import Settings
from storage import conversations
from storage.database import Database
from storage.tables import ConversationRow, JobItemRow, JourneyRow, SignalRow, TurnRow, WorkRow
from storage.work import ItemState
from tests.faults.fleet import ROOT
from workers.tagging import tagger_of

ONE_EACH = (SignalKind.LANGUAGE, SignalKind.SENTIMENT, SignalKind.RESOLUTION)
"""Of which a conversation with one customer turn has exactly one."""
SAMPLE = 200


def violations(database: Database, expected: Collection[str]) -> list[str]:
    """Say what is lost, doubled or left over; empty where every promise was kept."""
    with database.reading() as session:
        found = [*_records(session, set(expected)), *_signals(session), *_work(session)]
    return [*found, *_unlike_undisturbed(database, sorted(expected)[:SAMPLE])]


def unread() -> Select[tuple[str]]:
    """Ask for the ids of conversations that no tagger has read."""
    return select(ConversationRow.id).where(ConversationRow.tagged_at.is_(None))


def _records(session: Session, expected: set[str]) -> Iterator[str]:
    there = set(session.scalars(select(ConversationRow.id)))
    if lost := expected - there:
        yield f"{len(lost)} conversations lost"
    if more := there - expected:
        yield f"{len(more)} conversations that nobody sent"
    turns = session.scalar(select(func.count()).select_from(TurnRow))
    if turns != len(expected):
        yield f"{turns} turns for {len(expected)} conversations"
    if never := session.scalars(unread()).all():
        yield f"{len(never)} conversations never read"
    contacts = session.scalar(select(func.sum(JourneyRow.contacts))) or 0
    if contacts != len(expected):
        yield f"{contacts} contacts in journeys for {len(expected)} conversations"


def _signals(session: Session) -> Iterator[str]:
    for kind in ONE_EACH:
        counted = (
            select(func.count(SignalRow.id).label("n"))
            .select_from(ConversationRow)
            .outerjoin(
                SignalRow,
                (SignalRow.conversation_id == ConversationRow.id)
                & (SignalRow.kind == kind)
                & (SignalRow.subject_kind == SubjectKind.CONVERSATION),
            )
            .group_by(ConversationRow.id)
            .subquery()
        )
        wrong = session.scalar(select(func.count()).select_from(counted).where(counted.c.n != 1))
        if wrong:
            yield f"{wrong} conversations without exactly one signal of {kind}"


def _work(session: Session) -> Iterator[str]:
    left = select(WorkRow.kind, WorkRow.state, WorkRow.error, func.count())
    for kind, state, error, count in session.execute(left.group_by(*left.selected_columns[:3])):
        yield f"{count} left over: {kind} {state} ({error})"
    waiting = select(func.count()).where(JobItemRow.state != ItemState.DONE)
    if unsettled := session.scalar(waiting.select_from(JobItemRow)):
        yield f"{unsettled} records that a job still waits for"


def _unlike_undisturbed(database: Database, ids: list[str]) -> Iterator[str]:
    """Read some again, undisturbed: the signals must be the same, one by one."""
    settings = Settings(
        database_url=SecretStr(database.url.render_as_string(hide_password=False)),
        model_dir=ROOT / "var/models",
        threads=1,
    )
    with database.reading() as session:
        found = conversations.get_many(session, ids)
        query = select(SignalRow.conversation_id, SignalRow.id)
        rows = session.execute(query.where(SignalRow.conversation_id.in_(ids))).all()
    stored: dict[str, set[str]] = {id_: set() for id_ in found}
    for conversation_id, signal_id in rows:
        stored[conversation_id].add(signal_id)
    again = tagger_of(settings, database).tag(list(found.values()))
    unlike = [t for t in again if {s.id for s in t.signals} != stored[t.conversation_id]]
    if unlike:
        yield f"{len(unlike)} of {len(found)} conversations read again have other signals"
