"""Signals: written once by their id, with people's corrections laid over the machine's."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain.correction import corrected
from domain.signal import Origin, Signal
from storage import corrections
from storage.statements import Values, chunks, insert_missing, upsert
from storage.tables import SignalRow

COLUMNS = tuple(Signal.model_fields)


def replace(session: Session, conversation_id: str, signals: Sequence[Signal]) -> None:
    """Make these the machine's signals about a conversation and its turns.

    A signal that is already there, by its id, is not written again; one that is no longer
    given goes. What people said stays, and is laid over what the machine says now.

    Parameters
    ----------
    signals : sequence of Signal
        All that the tagger gives for the conversation, in the order to be read in.
    """
    replace_many(session, {conversation_id: signals})


def replace_many(session: Session, found: Mapping[str, Sequence[Signal]]) -> None:
    """Do what ``replace`` does for some conversations, by their ids."""
    rows = [
        row
        for id_, signals in sorted(found.items())
        for row in _rows(id_, {signal.id: signal for signal in signals})
    ]
    mine = SignalRow.conversation_id.in_(found)
    known = select(SignalRow.id).where(mine, SignalRow.origin == Origin.MACHINE)
    for chunk in chunks(set(session.scalars(known)) - {row["id"] for row in rows}):
        session.execute(delete(SignalRow).where(SignalRow.id.in_(chunk)))
    upsert(session, SignalRow, rows, keep=["made_at"])
    # Where nobody has said anything, all that was written counts.
    session.execute(delete(SignalRow).where(mine, SignalRow.origin == Origin.PERSON))
    for id_ in corrections.of_conversations(session, list(found)):
        lay_corrections(session, id_)


def effective(session: Session, conversation_ids: Iterable[str]) -> dict[str, tuple[Signal, ...]]:
    """Load the signals that count, corrections applied, by the conversation's id.

    Each conversation's own signals and those of its turns, in the tagger's order, people's
    words last. A conversation without signals is left out.
    """
    result: dict[str, list[Signal]] = {}
    for chunk in chunks(conversation_ids):
        # Columns, not entities: there are a hundred in a conversation, and each rebuild reads them.
        query = (
            select(SignalRow.conversation_id, *(getattr(SignalRow, name) for name in COLUMNS))
            .where(SignalRow.conversation_id.in_(chunk), SignalRow.effective)
            .order_by(SignalRow.conversation_id, SignalRow.position, SignalRow.id)
        )
        for owner, *fields in session.execute(query):
            signal = Signal.model_validate(dict(zip(COLUMNS, fields, strict=True)))
            result.setdefault(owner, []).append(signal)
    return {id_: tuple(signals) for id_, signals in result.items()}


def general(session: Session, conversation_ids: Iterable[str]) -> dict[str, tuple[Signal, ...]]:
    """Load the signals that count, as ``effective`` does, less those of own taxonomies.

    Journeys are built from these: their rules were set on the general taxonomy's labels, and
    a taxonomy that goes live must not move journeys.
    """
    return {
        id_: tuple(signal for signal in found if signal.own_taxonomy is None)
        for id_, found in effective(session, conversation_ids).items()
    }


def get(session: Session, signal_id: str) -> tuple[str, Signal] | None:
    """Load one signal with the id of its conversation, also one that a correction overrides."""
    row = session.get(SignalRow, signal_id)
    return None if row is None else (row.conversation_id, signal_of(row))


def lay_corrections(session: Session, conversation_id: str) -> None:
    """Work out anew which signals of a conversation count, after either side changed."""
    query = select(SignalRow).where(SignalRow.conversation_id == conversation_id)
    rows = session.scalars(query.order_by(SignalRow.position, SignalRow.id)).all()
    machine = [signal_of(row) for row in rows if row.origin == Origin.MACHINE]
    result = corrected(machine, corrections.of_conversation(session, conversation_id))
    people = [signal for signal in result if signal.origin is Origin.PERSON]
    session.execute(
        delete(SignalRow).where(
            SignalRow.conversation_id == conversation_id, SignalRow.origin == Origin.PERSON
        )
    )
    said = {signal.id: signal for signal in people}
    insert_missing(session, SignalRow, _rows(conversation_id, said, start=len(machine)))
    counting = {signal.id for signal in result}
    stale = [r for r in rows if r.origin == Origin.MACHINE and r.effective != (r.id in counting)]
    for row in stale:
        session.execute(
            update(SignalRow).where(SignalRow.id == row.id).values(effective=not row.effective)
        )


def signal_of(row: SignalRow) -> Signal:
    """Read a signal back from its row."""
    return Signal.model_validate({name: getattr(row, name) for name in COLUMNS})


def _rows(conversation_id: str, signals: Mapping[str, Signal], start: int = 0) -> list[Values]:
    return [
        {
            **signal.model_dump(mode="json", exclude={"made_at"}),
            "made_at": signal.made_at,
            "id": id_,
            "conversation_id": conversation_id,
            "position": position,
            "effective": True,
        }
        for position, (id_, signal) in enumerate(signals.items(), start)
    ]
