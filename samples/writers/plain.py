"""The project's own canonical JSON lines, and CSV with one row a turn."""

import csv
import io
from collections.abc import Iterator, Sequence

from domain.conversation import (
    Conversation,
    Handover,
    Rating,
    StatusChange,
    Turn,
    Visibility,
)
from domain.identity import IdentifierKind
from samples.contact import Contact
from samples.ids import SOURCES, as_lines, iso, source_id
from samples.source_format import SourceTurn

COLUMNS = (
    "conversation_id",
    "channel",
    "created_at",
    "role",
    "author",
    "text",
    "customer_email",
    "customer_phone",
    "account",
    "status",
    "subject",
    "internal",
    "brand",
)


def canonical_files(contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """Render contacts as canonical conversations, one a line."""
    rows = (_conversation(c).model_dump(mode="json", exclude_defaults=True) for c in contacts)
    yield "canonical/conversations.jsonl", as_lines(rows)


def csv_files(contacts: Sequence[Contact]) -> Iterator[tuple[str, str]]:
    """Render contacts as a table, which has room for the last status only."""
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for contact in contacts:
        writer.writerows(_row(contact, turn) for turn in contact.source.turns)
    yield "csv/conversations.csv", table.getvalue()


def _conversation(contact: Contact) -> Conversation:
    source, call = contact.source, contact.source.channel == "call"
    rating = source.rating
    return Conversation(
        source=SOURCES["canonical"],
        source_id=source_id("canonical", contact.key),
        channel=source.channel,
        started_at=source.at,
        ended_at=contact.ended_at if source.last_status.done else None,
        turns=tuple(_turn(contact, turn, call=call) for turn in source.turns),
        subject=source.subject,
        identifiers=source.shows,
        customer_name=contact.customer.name,
        brand=contact.brand,
        language="en",
        status_history=tuple(
            StatusChange(status=s.status, at=contact.moment(s.at)) for s in source.status
        ),
        handovers=tuple(
            Handover(at=contact.moment(h.at), to=h.to, escalation=h.escalation)
            for h in source.handovers
        ),
        ratings=(
            (
                Rating(
                    at=contact.moment(rating.at),
                    score=rating.score,
                    comment=rating.comment,
                ),
            )
            if rating
            else ()
        ),
    )


def _turn(contact: Contact, turn: SourceTurn, *, call: bool) -> Turn:
    return Turn(
        role=turn.role,
        text=turn.text,
        at=None if call else contact.moment(turn.at),
        start_ms=int(turn.at.total_seconds() * 1000) if call else None,
        visibility=Visibility.INTERNAL if turn.internal else Visibility.PUBLIC,
        author=turn.name,
    )


def _row(contact: Contact, turn: SourceTurn) -> dict[str, str]:
    source = contact.source
    return {
        "conversation_id": source_id("csv", contact.key),
        "channel": source.channel.value,
        "created_at": iso(contact.moment(turn.at)),
        "role": turn.role.value,
        "author": contact.customer.name if turn.role == "customer" else turn.name or "",
        "text": turn.text,
        "customer_email": source.shown(IdentifierKind.EMAIL) or "",
        "customer_phone": source.shown(IdentifierKind.PHONE) or "",
        "account": source.shown(IdentifierKind.ACCOUNT) or "",
        "status": source.last_status.value,
        "subject": source.subject or "",
        "internal": "true" if turn.internal else "false",
        "brand": contact.brand,
    }
