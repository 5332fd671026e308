"""Flat tables for analysis elsewhere, as batches of Arrow records."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.type_api import TypeEngine
from sqlalchemy.types import Boolean, Float, Integer, String

from domain.redaction import Redaction, redacted
from storage.tables import (
    ConversationRow,
    JoinRow,
    JourneyRow,
    OutcomeRow,
    SignalRow,
    TurnRow,
)
from storage.types import UtcDateTime

BATCH_ROWS = 5_000
Statement = Select[*tuple[Any, ...]]

_C, _T, _S, _J, _O = ConversationRow, TurnRow, SignalRow, JourneyRow, OutcomeRow
TABLES: Mapping[str, Statement] = {
    "conversations": select(
        _C.id,
        _C.source,
        _C.source_id,
        _C.channel,
        _C.brand,
        _C.status,
        _C.language,
        _C.started_at,
        _C.ended_at,
        _C.last_at,
        _C.tagged_at,
        _C.tagger,
    ).order_by(_C.started_at, _C.id),
    "turns": select(
        _T.id,
        _T.conversation_id,
        _T.position,
        _T.role,
        _T.visibility,
        _T.at,
        _T.start_ms,
        _T.end_ms,
    ).order_by(_T.conversation_id, _T.position),
    "signals": select(
        _S.id,
        _S.conversation_id,
        _S.subject_kind,
        _S.subject_id,
        _S.kind,
        _S.label,
        _S.probability,
        _S.value,
        _S.abstained,
        _S.reason,
        _S.role,
        _S.covered,
        _S.taxonomy,
        _S.model,
        _S.origin,
        _S.made_at,
    )
    .where(_S.effective)
    .order_by(_S.conversation_id, _S.position, _S.id),
    "journeys": select(
        _J.id,
        _J.issue_id,
        _J.identity_id,
        _J.brand,
        _J.main_intent,
        _J.opened_at,
        _J.closed_at,
        _J.contacts,
        _J.effort,
    ).order_by(_J.opened_at, _J.id),
    "journey_contacts": select(
        _J.id.label("journey_id"),
        JoinRow.conversation_id,
        JoinRow.position,
        JoinRow.probability,
    )
    .join(JoinRow, JoinRow.issue_id == _J.issue_id)
    .order_by(_J.id, JoinRow.position),
    "outcomes": select(
        _O.id,
        _O.conversation_id,
        _O.journey_id,
        _O.kind,
        _O.state,
        _O.window_hours,
        _O.at,
        _O.rule,
        _O.provenance,
        _O.probability,
    ).order_by(_O.id),
}
"""Every table, by its name. Signals are those that count, people's corrections applied."""


def batches(session: Session, table: str, *, texts: bool = False) -> Iterator[pa.RecordBatch]:
    """Read a table in batches; all of them, also an empty first one, have one schema.

    Parameters
    ----------
    table : str
        A name of ``TABLES``.
    texts : bool
        Add the redacted text to ``turns``; null where no tagger has read it yet. The
        original is never exported.

    Raises
    ------
    KeyError
        If there is no such table.
    """
    statement = TABLES[table]
    shown = texts and table == "turns"
    if shown:
        statement = statement.add_columns(_T.text, _T.redactions)
    schema = _schema(statement, without="redactions")
    yield pa.RecordBatch.from_pylist([], schema=schema)
    rows = session.execute(statement.execution_options(yield_per=BATCH_ROWS)).mappings()
    change: Callable[[dict[str, Any]], dict[str, Any]] = _redact if shown else dict
    for part in rows.partitions():
        yield pa.RecordBatch.from_pylist([change(dict(row)) for row in part], schema=schema)


def _redact(row: dict[str, Any]) -> dict[str, Any]:
    hidden = row.pop("redactions")
    if hidden is None:
        return row | {"text": None}
    spans = [Redaction.model_validate(item) for item in hidden]
    return row | {"text": redacted(row["text"], spans)}


def _schema(statement: Statement, without: str) -> pa.Schema:
    columns = [column for column in statement.selected_columns if column.key != without]
    return pa.schema([(column.key, _arrow_type(column.type)) for column in columns])


def _arrow_type(type_: TypeEngine[Any]) -> pa.DataType:
    if isinstance(type_, UtcDateTime):
        return pa.timestamp("us", tz="UTC")
    known = ((Boolean, pa.bool_()), (Integer, pa.int64()), (Float, pa.float64()))
    for kind, arrow in known:
        if isinstance(type_, kind):
            return arrow
    if isinstance(type_, String):
        return pa.string()
    raise TypeError(f"no Arrow type for a column of {type_}")
