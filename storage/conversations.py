"""Conversations and their turns: kept once by source and source id, grown by merging."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from domain.conversation import Conversation, conversation_id
from domain.intake import Stored
from domain.redaction import Redaction
from storage import rows, sightings, tombstones, work
from storage.bulk import write
from storage.merge import merged
from storage.statements import chunks, insert_for, insert_missing, upsert
from storage.tables import ConversationRow, TurnRow

NEW = (Stored.KEPT, Stored.UPDATED)
"""Results after which there is something to read."""


def save(
    session: Session,
    conversation: Conversation,
    now: datetime,
    priority: work.Priority = work.Priority.LIVE,
) -> Stored:
    """Keep a conversation, and have it tagged unless nothing in it is new.

    Parameters
    ----------
    conversation : Conversation
        A new one, or another copy of a known one; see ``storage.merge`` for who wins.
    now : datetime
        The moment of receipt.

    Returns
    -------
    Stored
        Kept, updated, duplicate, or erased before and so not kept.

    Raises
    ------
    pydantic.ValidationError
        If it outgrows a limit when merged with what is known.
    """
    return save_many(session, [conversation], now, priority)[0]


def save_many(
    session: Session,
    conversations: Sequence[Conversation],
    now: datetime,
    priority: work.Priority = work.Priority.BATCH,
) -> list[Stored]:
    """Keep many conversations at once, as ``save`` does one; results in the same order.

    A record of which a batch holds two copies is saved copy after copy.
    """
    tidy = [_tidy(conversation) for conversation in conversations]
    first = {c.id: position for position, c in reversed(list(enumerate(tidy)))}
    created, known = _opened(session, {id_: tidy[first[id_]] for id_ in first}, now)
    results = [Stored.KEPT] * len(tidy)
    for position, incoming in enumerate(tidy):
        if incoming.id not in known:
            results[position] = Stored.ERASED
        elif incoming.id not in created or first[incoming.id] != position:
            stored = known[incoming.id]
            known[incoming.id] = _merge(session, stored, incoming, now)
            same = known[incoming.id] == stored
            results[position] = Stored.DUPLICATE if same else Stored.UPDATED
    changed = {c.id for c, r in zip(tidy, results, strict=True) if r in NEW}
    work.add_many(session, work.Kind.TAG, sorted(changed), now, priority=priority)
    return results


def get(session: Session, id_: str) -> Conversation | None:
    """Load a conversation by our id."""
    return get_many(session, [id_]).get(id_)


def get_many(session: Session, ids: Iterable[str]) -> dict[str, Conversation]:
    """Load conversations by our ids; those that are not there are left out."""
    result = {}
    for chunk in chunks(ids):
        turns = turns_of(session, chunk)
        query = select(ConversationRow).where(ConversationRow.id.in_(chunk))
        for row in session.scalars(query):
            result[row.id] = rows.conversation_of(row, turns.get(row.id, ()))
    return result


def find(session: Session, source: str, source_id: str) -> Conversation | None:
    """Load a conversation by what its source calls it."""
    return get(session, conversation_id(source, source_id))


def turns_of(session: Session, ids: Collection[str]) -> dict[str, list[TurnRow]]:
    """Load the turns of some conversations, in order, by the conversation's id."""
    query = (
        select(TurnRow)
        .where(TurnRow.conversation_id.in_(ids))
        .order_by(TurnRow.conversation_id, TurnRow.position)
    )
    result: dict[str, list[TurnRow]] = {}
    for turn in session.scalars(query):
        result.setdefault(turn.conversation_id, []).append(turn)
    return result


def redactions(session: Session, id_: str) -> tuple[tuple[Redaction, ...] | None, ...]:
    """Load what is hidden in each turn, in order; None for a turn that is not read yet.

    Text of a turn whose redactions are None must not be shown.
    """
    return tuple(rows.redactions_of(turn) for turn in turns_of(session, [id_]).get(id_, ()))


Hidden = Sequence[Sequence[Redaction]]
"""What a tagger hides, one for each turn."""


def set_read_many(
    session: Session,
    found: Sequence[tuple[Conversation, Hidden]],
    tagger: str,
    now: datetime,
) -> None:
    """Keep what a tagger hides in each turn, and that it has read the conversations.

    A turn whose text changed since the tagger read it is left unread.

    Parameters
    ----------
    found : sequence of Conversation and its hidden parts
        As the tagger read them.
    tagger : str
        Version of the tagger.
    """
    read = [
        {
            "turn": conversation.turn_id(position),
            "read": rows.turn_hash(turn),
            "redactions": [item.model_dump(mode="json") for item in redacted],
        }
        for conversation, hidden in found
        for position, (turn, redacted) in enumerate(zip(conversation.turns, hidden, strict=True))
    ]
    if read:
        unchanged = (TurnRow.id == bindparam("turn"), TurnRow.content_hash == bindparam("read"))
        session.connection().execute(update(TurnRow).where(*unchanged), read)
    session.execute(
        update(ConversationRow)
        .where(ConversationRow.id.in_([conversation.id for conversation, _ in found]))
        .values(tagged_at=now, tagger=tagger)
    )


def lock(session: Session, id_: str) -> bool:
    """Hold off other writers of a conversation until the transaction ends; False if it is gone."""
    return bool(lock_many(session, [id_]))


def lock_many(session: Session, ids: Collection[str]) -> set[str]:
    """Hold off other writers of conversations until the transaction ends; give those there."""
    query = select(ConversationRow.id).where(ConversationRow.id.in_(ids))
    locked = query.order_by(ConversationRow.id).with_for_update(key_share=True)
    return set(session.scalars(locked))


def lock_changed(session: Session, read: Conversation) -> bool:
    """Hold off other writers of a conversation; tell whether it is no longer what was read."""
    lock(session, read.id)
    return get(session, read.id) != read


def _tidy(conversation: Conversation) -> Conversation:
    """Write a record the one way it is kept, so that the same record again is the same."""
    clean = rows.storable(conversation)
    return merged(clean, clean)


def _opened(
    session: Session, incoming: Mapping[str, Conversation], now: datetime
) -> tuple[set[str], dict[str, Conversation]]:
    """Insert what is new and hold off the other writers of what is known.

    Returns
    -------
    created : set of str
        Ids of those that are new.
    known : dict
        What is kept now, by id. Those that were erased are not there.
    """
    created: set[str] = set()
    known: dict[str, Conversation] = {}
    left = set(incoming)
    while left:
        created |= _insert(session, [incoming[id_] for id_ in incoming if id_ in left], now)
        known |= {id_: incoming[id_] for id_ in created & left}
        known |= _locked(session, sorted(left - created))
        # One that was there and went by age before it was locked comes in anew.
        left -= known.keys()
        left -= tombstones.among(session, left)
    return created, known


def _insert(session: Session, conversations: Sequence[Conversation], now: datetime) -> set[str]:
    """Insert those that are neither there nor erased; give their ids.

    A concurrent insert or erasure is waited for.
    """
    marks = {"revision": 1, "received_at": now, "changed_at": now}
    marks |= {"tagged_at": None, "tagger": None}
    new_rows = sorted(
        (rows.conversation_row(c) | marks for c in conversations), key=lambda row: str(row["id"])
    )
    if not new_rows:
        return set()
    statement = insert_for(session, ConversationRow).on_conflict_do_nothing()
    created = set(write(session, statement.returning(ConversationRow.id), new_rows).scalars())
    for chunk in chunks(erased := tombstones.among(session, created)):
        session.execute(delete(ConversationRow).where(ConversationRow.id.in_(chunk)))
    created -= erased
    new = [c for c in conversations if c.id in created]
    insert_missing(session, TurnRow, [row for c in new for row in rows.turn_rows(c)])
    sightings.replace_many(session, {c.id: c.identifiers for c in new})
    return created


def _locked(session: Session, ids: Sequence[str]) -> dict[str, Conversation]:
    """Load known conversations and hold off their other writers, always in one order.

    Those that are erased are not there.
    """
    for chunk in chunks(ids):
        rows_there = select(ConversationRow.id).where(ConversationRow.id.in_(chunk))
        session.execute(rows_there.order_by(ConversationRow.id).with_for_update(key_share=True))
    return get_many(session, ids)


def _merge(
    session: Session, stored: Conversation, incoming: Conversation, now: datetime
) -> Conversation:
    """Merge a copy into what is kept, and write what is new; give what is kept now."""
    result = merged(stored, incoming)
    if result == stored:
        return stored
    session.execute(
        update(ConversationRow)
        .where(ConversationRow.id == result.id)
        .values(**rows.conversation_row(result), changed_at=now)
        .values(revision=ConversationRow.revision + 1)
    )
    if result.turns != stored.turns:
        _write_turns(session, result)
    if result.identifiers != stored.identifiers:
        sightings.replace_many(session, {result.id: result.identifiers})
    return result


def _write_turns(session: Session, conversation: Conversation) -> None:
    """Write the turns that are new or changed; a text that stays keeps its redactions."""
    stored = turns_of(session, [conversation.id]).get(conversation.id, ())
    known = {turn.id: turn for turn in stored}
    wanted = rows.turn_rows(conversation)
    for row in wanted:
        before = known.get(row["id"])
        if before is not None and before.content_hash == row["content_hash"]:
            row["redactions"] = before.redactions
    gone = known.keys() - {row["id"] for row in wanted}
    for chunk in chunks(gone):
        session.execute(delete(TurnRow).where(TurnRow.id.in_(chunk)))
    upsert(session, TurnRow, [row for row in wanted if _differs(row, known.get(row["id"]))])


def _differs(row: Mapping[str, object], before: TurnRow | None) -> bool:
    return before is None or any(getattr(before, name) != value for name, value in row.items())
