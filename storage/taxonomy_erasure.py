"""Erasure reaches what came of jobs on own taxonomies: most of it shows texts."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.orm import Session

from storage.queues import Kind, State
from storage.statements import chunks
from storage.tables import ConversationRow, TaxonomyJobRow, WorkRow
from storage.taxonomy_jobs import OPEN, JobState, Task


def erase(
    session: Session, gone: Collection[str], now: datetime, names: Collection[str] | None = None
) -> None:
    """Take the words of erased conversations out of what came of jobs.

    Lines go out of samples that are drawn. A report does not tell whose the texts in it are:
    it goes as a whole, and one that is in work is begun anew. So do a diff, a queue and gaps, but
    only those that name one of the conversations. Call it last in the transaction that erases,
    so that no job reads what is about to go.

    Parameters
    ----------
    gone : collection of str
        Ids of conversations.
    names : collection of str, optional
        Taxonomies of which reports may show them; by default all.
    """
    report = TaxonomyJobRow.task == Task.REPORT
    if names is not None:
        report &= TaxonomyJobRow.name.in_(names)
    sample = TaxonomyJobRow.task == Task.TRUST_SAMPLE
    looked = TaxonomyJobRow.task.in_([Task.DIFF, Task.QUEUE, Task.GAPS])
    _hold_off(session, report | looked | sample)
    _begin_anew(session, report | looked, now)
    session.execute(delete(TaxonomyJobRow).where(report, TaxonomyJobRow.state == JobState.DONE))
    _forget(session, looked, set(gone))
    _strike(session, sample, set(gone))


def _hold_off(session: Session, which: ColumnElement[bool]) -> None:
    """Lock the work on open jobs: who ends one now is waited for, or waits and looks again."""
    mine = WorkRow.subject_id.in_(_open_ids(which))
    held = select(WorkRow.id).where(WorkRow.kind == Kind.TAXONOMY, mine).order_by(WorkRow.id)
    session.execute(held.with_for_update()).all()


def _begin_anew(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    mine = WorkRow.subject_id.in_(_open_ids(which))
    running = (WorkRow.kind == Kind.TAXONOMY, WorkRow.state == State.CLAIMED, mine)
    asked = {"generation": WorkRow.generation + 1, "not_before": now}
    again = update(WorkRow).where(*running).values(asked)
    session.execute(again.execution_options(synchronize_session=False))


def _open_ids(which: ColumnElement[bool]) -> Select[str]:
    return select(TaxonomyJobRow.id).where(TaxonomyJobRow.state == OPEN, which)


def _forget(session: Session, which: ColumnElement[bool], gone: set[str]) -> None:
    """Forget the jobs whose result names one of the conversations."""
    for id_, kept in _results(session, which):
        if not gone.isdisjoint(_named(kept)):
            session.execute(delete(TaxonomyJobRow).where(TaxonomyJobRow.id == id_))


def _named(value: JsonValue) -> Iterator[str]:
    """Give the ids of conversations that a result speaks of, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "conversation_id":
                yield str(one)
            elif key == "conversation_ids" and isinstance(one, list):
                yield from map(str, one)
            else:
                yield from _named(one)


def _results(
    session: Session, which: ColumnElement[bool]
) -> list[tuple[str, dict[str, JsonValue]]]:
    done = select(TaxonomyJobRow.id, TaxonomyJobRow.result).where(
        TaxonomyJobRow.state == JobState.DONE, which
    )
    rows = session.execute(done.order_by(TaxonomyJobRow.id).with_for_update()).all()
    return [(id_, dict(kept)) for id_, kept in rows if kept is not None]


def _strike(session: Session, which: ColumnElement[bool], gone: Collection[str]) -> None:
    for id_, kept in _results(session, which):
        left = _without(kept, gone)
        if left != kept:
            mine = update(TaxonomyJobRow).where(TaxonomyJobRow.id == id_)
            session.execute(mine.values(result=left))


def still_there(session: Session, result: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Leave out the lines of a sample whose conversation went while it was drawn.

    Call it while the work on the job is held: an erasure waits for that, and then looks again.
    """
    drawn = {str(line["conversation_id"]) for line in _lines(result)}
    there: set[str] = set()
    for chunk in chunks(sorted(drawn)):
        there |= set(
            session.scalars(select(ConversationRow.id).where(ConversationRow.id.in_(chunk)))
        )
    return _without(result, drawn - there)


def _without(result: Mapping[str, JsonValue], gone: Collection[str]) -> dict[str, JsonValue]:
    lines = _lines(result)
    if not any(line["conversation_id"] in gone for line in lines):
        return dict(result)
    return {**result, "sample": [line for line in lines if line["conversation_id"] not in gone]}


def _lines(result: Mapping[str, JsonValue]) -> list[dict[str, JsonValue]]:
    lines = result.get("sample")
    return [x for x in lines if isinstance(x, dict)] if isinstance(lines, list) else []
