"""Runs that tag again: which there are, which part is next, and what they found.

A run is cut into parts by the first digits of the conversations' ids, which are hashes and so
spread evenly. One worker at a time walks through a part in order of id; how far it came is
written in the transaction of what it did, so that nothing is done twice or left out.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import product
from secrets import token_hex

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from domain.base import Record
from domain.difference import Change, Tally, What, counted, summed
from domain.retag import Retag, RetagState, Selection
from storage import work
from storage.statements import insert_missing
from storage.tables import ConversationRow, RetagChangeRow, RetagPartRow, RetagRow
from storage.work import Kind, Priority

KEPT_DAYS = 90.0
"""A run that is over is forgotten after this."""
DIGITS = "0123456789abcdef"
SIZES = (2_000, 50_000)
"""Up to so many conversations one part is enough, or sixteen; beyond there are 256."""


class Part(Record):
    """One part of a run, as its worker finds it."""

    retag: Retag
    part: str
    cursor: str


class OpenError(Exception):
    """Another run is open, or this one is not where it should be."""

    def __init__(self, retag: Retag) -> None:
        super().__init__(f"{retag.id} is {retag.state}")
        self.retag = retag


def begin(session: Session, tagger: str, chosen: Selection, by: str, now: datetime) -> Retag:
    """Begin to compare what is stored with what a version of the tagger would say.

    Raises
    ------
    OpenError
        If a run is open already.
    """
    known = opened(session)
    if known is not None:
        raise OpenError(known)
    id_ = f"rtg_{token_hex(12)}"
    row = {"id": id_, "tagger": tagger, "by": by, "created_at": now, "changed_at": now}
    row |= {"open": True, "state": RetagState.COMPARING, **chosen.model_dump()}
    total = session.scalar(select(func.count()).where(*_stale(tagger, chosen, now))) or 0
    insert_missing(session, RetagRow, [row | {"total": total}])
    prefixes = ["".join(digits) for digits in product(DIGITS, repeat=_depth(total))]
    zero = {"cursor": "", "finished": False, "read": 0, "failed": 0, "applied": 0, "tallies": []}
    insert_missing(session, RetagPartRow, [zero | {"retag_id": id_, "part": p} for p in prefixes])
    if get(session, id_) is None:  # somebody else was faster by a moment
        raise OpenError(_needed(opened(session)))
    _ask(session, id_, prefixes, now)
    return _needed(get(session, id_))


def get(session: Session, id_: str) -> Retag | None:
    """Load a run as it stands now."""
    row = session.get(RetagRow, id_)
    if row is None:
        return None
    sums = [func.coalesce(func.sum(getattr(RetagPartRow, n)), 0) for n in _COUNTS]
    counts = session.execute(select(*sums).where(RetagPartRow.retag_id == id_)).one()
    return Retag(
        **{name: getattr(row, name) for name in _PLAIN},
        state=RetagState(row.state),
        selection=_selection(row),
        **dict(zip(_COUNTS, map(int, counts), strict=True)),
    )


def opened(session: Session) -> Retag | None:
    """Load the run that is open."""
    id_ = session.scalar(select(RetagRow.id).where(RetagRow.open))
    return None if id_ is None else get(session, id_)


def latest(session: Session, limit: int = 20) -> list[Retag]:
    """Load the runs, the last begun first."""
    query = select(RetagRow.id).order_by(RetagRow.created_at.desc(), RetagRow.id).limit(limit)
    return [_needed(get(session, id_)) for id_ in session.scalars(query).all()]


def part_of(session: Session, subject_id: str) -> Part | None:
    """Load the part that a piece of work is about; None if its run is over or gone."""
    id_, _, part = subject_id.partition(":")
    retag, row = get(session, id_), session.get(RetagPartRow, (id_, part))
    going = (RetagState.COMPARING, RetagState.APPLYING)
    if retag is None or row is None or row.finished or retag.state not in going:
        return None
    return Part(retag=retag, part=part, cursor=row.cursor)


def upcoming(session: Session, part: Part, limit: int) -> list[str]:
    """Give the ids that come next in a part: those that another version has read."""
    retag = part.retag
    query = (
        select(ConversationRow.id)
        .where(*_stale(retag.tagger, retag.selection, retag.created_at))
        .where(ConversationRow.id > max(part.cursor, f"cnv_{part.part}"))
        .where(ConversationRow.id < f"cnv_{part.part}g")  # behind every digit
        .order_by(ConversationRow.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def compared(
    session: Session, part: Part, found: Iterable[tuple[str, Sequence[Change] | None]]
) -> None:
    """Keep what the next conversations of a part would change; None for one that failed."""
    row = _locked(session, part)
    tallies = [Tally.model_validate(item) for item in row.tallies]
    read = failed = 0
    for id_, changes in found:
        read, failed = read + 1, failed + (changes is None)
        tallies += counted(id_, changes or ())
        insert_missing(session, RetagChangeRow, _change_rows(part.retag.id, id_, changes or ()))
        row.cursor = id_
    dumped = [tally.model_dump(mode="json") for tally in summed(tallies)]
    _write(session, row, read=row.read + read, failed=row.failed + failed, tallies=dumped)


def applied(session: Session, part: Part, conversation_id: str, *, done: bool) -> None:
    """Keep that the next conversation of a part has its new signals, or was left as it was."""
    row = _locked(session, part)
    row.cursor = conversation_id
    _write(session, row, applied=row.applied + done)


def finish(session: Session, part: Part, now: datetime) -> None:
    """Close a part; the run goes on to its next state with the last one."""
    # Two parts that end at once wait for each other here, so that one of them is the last.
    id_ = part.retag.id
    if _lock(session, id_).state is not part.retag.state:
        return  # it was cancelled
    _write(session, _locked(session, part), finished=True)
    going = (RetagPartRow.retag_id == id_, RetagPartRow.finished.is_(False))
    if session.scalar(select(func.count()).where(*going)) == 0:
        ends = {RetagState.COMPARING: RetagState.READY, RetagState.APPLYING: RetagState.APPLIED}
        _move(session, part.retag, ends[part.retag.state], now)


def apply(session: Session, id_: str, now: datetime) -> Retag:
    """Begin to put the new signals in the place of the old ones; again changes nothing.

    Raises
    ------
    LookupError
        If there is no such run.
    OpenError
        If it is still comparing, or cancelled.
    """
    retag = _lock(session, id_)
    if retag.state in (RetagState.APPLYING, RetagState.APPLIED):
        return retag
    if retag.state is not RetagState.READY:
        raise OpenError(retag)
    _move(session, retag, RetagState.APPLYING, now)
    whole = RetagPartRow.retag_id == id_
    session.execute(update(RetagPartRow).where(whole).values(cursor="", finished=False))
    _ask(session, id_, session.scalars(select(RetagPartRow.part).where(whole)).all(), now)
    return _needed(get(session, id_))


def cancel(session: Session, id_: str, now: datetime) -> Retag:
    """Give a run up and leave all as it was; again changes nothing.

    Raises
    ------
    LookupError
        If there is no such run.
    OpenError
        If its signals are on their way or there.
    """
    retag = _lock(session, id_)
    if retag.state is RetagState.CANCELLED:
        return retag
    if retag.state in (RetagState.APPLYING, RetagState.APPLIED):
        raise OpenError(retag)
    parts = session.scalars(select(RetagPartRow.part).where(RetagPartRow.retag_id == id_)).all()
    work.drop(session, Kind.RETAG, [f"{id_}:{part}" for part in parts])
    session.execute(delete(RetagChangeRow).where(RetagChangeRow.retag_id == id_))
    _move(session, retag, RetagState.CANCELLED, now)
    return _needed(get(session, id_))


def tallies(session: Session, id_: str) -> list[Tally]:
    """Sum up what a run found so far, the most frequent first."""
    found = session.scalars(select(RetagPartRow.tallies).where(RetagPartRow.retag_id == id_))
    return summed(Tally.model_validate(item) for part in found for item in part)


def changes(session: Session, id_: str, conversation_id: str) -> list[Change]:
    """Load what a run would change in one conversation."""
    query = select(RetagChangeRow).where(
        RetagChangeRow.retag_id == id_, RetagChangeRow.conversation_id == conversation_id
    )
    return [
        Change.model_validate({name: getattr(row, name) for name in Change.model_fields})
        for row in session.scalars(query.order_by(RetagChangeRow.position))
    ]


def prune(session: Session, now: datetime) -> None:
    """Forget runs that were over long ago."""
    old = RetagRow.changed_at < now - timedelta(days=KEPT_DAYS)
    session.execute(delete(RetagRow).where(RetagRow.open.is_(False), old))


_COUNTS = ("read", "failed", "applied")
_PLAIN = ("id", "tagger", "by", "created_at", "changed_at", "total")


def _selection(row: RetagRow) -> Selection:
    return Selection.model_validate({n: getattr(row, n) for n in Selection.model_fields})


def _stale(tagger: str, chosen: Selection, before: datetime) -> list[ColumnElement[bool]]:
    """Tell what another version has read; what nobody has read yet is read by this one anyway."""
    row = ConversationRow
    wanted = [row.tagger.is_not(None), row.tagger != tagger, row.received_at <= before]
    if chosen.since is not None:
        wanted.append(row.started_at >= chosen.since)
    if chosen.until is not None:
        wanted.append(row.started_at < chosen.until)
    if chosen.channel is not None:
        wanted.append(row.channel == chosen.channel)
    return wanted


def _depth(total: int) -> int:
    return sum(total > size for size in SIZES)


def _ask(session: Session, id_: str, parts: Sequence[str], now: datetime) -> None:
    subjects = [f"{id_}:{part}" for part in parts]
    work.add_many(session, Kind.RETAG, subjects, now, priority=Priority.BULK)


def _lock(session: Session, id_: str) -> Retag:
    there = select(RetagRow.id).where(RetagRow.id == id_)
    session.execute(there.with_for_update(key_share=True))
    retag = get(session, id_)
    if retag is None:
        raise LookupError(f"there is no run {id_}")
    return retag


def _move(session: Session, retag: Retag, state: RetagState, now: datetime) -> None:
    still = state not in (RetagState.APPLIED, RetagState.CANCELLED)
    values = {"state": state, "open": still, "changed_at": now}
    session.execute(update(RetagRow).where(RetagRow.id == retag.id).values(**values))


def _locked(session: Session, part: Part) -> RetagPartRow:
    query = select(RetagPartRow).where(
        RetagPartRow.retag_id == part.retag.id, RetagPartRow.part == part.part
    )
    return session.scalars(query.with_for_update()).one()


def _write(session: Session, row: RetagPartRow, **values: object) -> None:
    there = (RetagPartRow.retag_id == row.retag_id, RetagPartRow.part == row.part)
    session.execute(update(RetagPartRow).where(*there).values(cursor=row.cursor, **values))


def _change_rows(
    id_: str, conversation_id: str, changes: Sequence[Change]
) -> list[dict[str, object]]:
    where = {"retag_id": id_, "conversation_id": conversation_id}
    differing = [change for change in changes if change.what is not What.SAME]
    return [where | {"position": n} | change.model_dump() for n, change in enumerate(differing)]


def _needed(retag: Retag | None) -> Retag:
    assert retag is not None
    return retag
