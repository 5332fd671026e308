"""A made database of themes: one theme whose customers come back more often, nothing else."""

from datetime import UTC, datetime, timedelta

from domain.base import now
from storage.database import Database
from storage.statements import insert_missing
from storage.tables import (
    AssignmentRow,
    ConversationRow,
    EventRow,
    IssueRow,
    JoinRow,
    JourneyRow,
    OutcomeRow,
    SignalRow,
    StatementRow,
    ThemeModelRow,
    ThemeRow,
    TurnRow,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
THEMES = ("refund late", "parcel lost", "login fails", "invoice wrong", "new sofa")
TALKS = 240
DAYS = 80
CONVERSATION = {
    "source": "made", "status": None, "ended_at": None, "subject": None, "customer_name": "Ann Lee",
    "language": "en", "identifiers": [], "status_history": [], "handovers": [], "ratings": [],
    "source_metadata": {}, "revision": 1, "tagged_at": None, "tagger": None,
}  # fmt: skip
SIGNAL = {
    "subject_kind": "conversation", "kind": "sentiment", "label": "neutral", "probability": 0.9,
    "evidence": [], "abstained": False, "reason": None, "role": "customer", "covered": 1.0,
    "taxonomy": None, "model": "m", "content_hash": "h", "origin": "machine", "details": {},
    "made_at": None, "position": 0, "effective": True,
}  # fmt: skip


def fill(database: Database) -> None:
    """Write 240 contacts of 80 days: theme 0 comes back in 2 of 3, the others in 1 of 8."""
    rows: dict[type, list[dict[str, object]]] = {}
    for n in range(TALKS):
        _talk(rows, n)
    rows[ThemeModelRow] = [
        {"version": "v1", "state": "live", "base": None, "digest": "d", "space": "s", "revision": 0,
         "made_at": now(), "live_at": now(), "places": [], "themes": [], "ledger": [], "facts": {},
         "data": None}
    ]  # fmt: skip
    rows[ThemeRow] = [
        {"id": f"thm_{k}", "label": label, "found_label": label, "named": False,
         "confirmed": False, "parent_id": "thm_0" if k == 4 else None, "placed": False,
         "state": "live", "merged_into": None, "key_phrases": [label], "example_ids": [],
         "stability": 0.8, "first_at": now(), "changed_at": now()}
        for k, label in enumerate(THEMES)
    ]  # fmt: skip
    rows[EventRow] = [
        {"id": "evt_1", "source": "ops", "source_id": "1", "name": "release_deployed",
         "at": START + timedelta(days=60), "raw_name": None, "identifiers": [], "brand": None,
         "properties": {"version": "8.2.0", "by": "ann.lee@example.org"}, "received_at": now()}
    ]  # fmt: skip
    order = (ConversationRow, TurnRow, ThemeModelRow, ThemeRow, StatementRow, AssignmentRow)
    with database.session() as session:
        for table in (*order, IssueRow, JoinRow, JourneyRow, OutcomeRow, SignalRow, EventRow):
            insert_missing(session, table, rows[table])


def theme_of(n: int) -> int | None:
    """Give a contact's theme: in the last 20 days half of all are about logging in."""
    if n % 20 == 19:
        return None
    return 2 if n >= TALKS * 3 // 4 and n % 2 else n % 5


def _talk(rows: dict[type, list[dict[str, object]]], n: int) -> None:
    def add(table: type, **row: object) -> None:
        rows.setdefault(table, []).append(row)

    id_, at, k = f"cnv_{n:03}", START + timedelta(days=n * DAYS // TALKS, hours=n % 9), theme_of(n)
    channel = ("chat", "email", "call")[n % 3]
    add(ConversationRow, **CONVERSATION, id=id_, source_id=str(n), channel=channel,
        brand=("north", None)[n % 2], started_at=at, last_at=at, received_at=at,
        changed_at=at)  # fmt: skip
    text = f"{THEMES[k or 0]} <b>again</b>, write to ann{n}@example.org"
    where = text.index("ann")
    hidden = [{"start": where, "end": len(text), "pseudonym": "[EMAIL_1]"}]
    add(TurnRow, id=f"trn_{n}", conversation_id=id_, position=0, role="customer", text=text,
        source_id=None, at=at, start_ms=None, end_ms=None, visibility="public", author=None,
        parts=[], redactions=hidden, content_hash="h")  # fmt: skip
    add(StatementRow, id=f"stm_{n}", conversation_id=id_, turn_id=f"trn_{n}", turn=0, start=0,
        end=len(text), content_hash=f"txt_{n}", space="s", vector=b"")  # fmt: skip
    state = "none" if k is None else "near" if n % 17 == 0 else "assigned"
    add(AssignmentRow, version="v1", statement_id=f"stm_{n}", conversation_id=id_, score=0.9,
        theme_id=None if k is None else f"thm_{k}", state=state, by_person=False)  # fmt: skip
    back = n % 3 != 0 if k == 0 else n % 8 == 0
    repeat = "open" if n > TALKS - 10 else "yes" if back else "no"
    states = {"repeat_contact": repeat, "reopened": "no", "escalated": "no", "resolved": "yes"}
    for kind, came in states.items():
        add(OutcomeRow, id=f"out_{n}_{kind}", conversation_id=id_, journey_id=None, kind=kind,
            state=came, rule="r", provenance="inferred", at=None, probability=None, evidence=[],
            window_hours=168.0 if kind == "repeat_contact" else None)  # fmt: skip
    add(
        SignalRow,
        **SIGNAL,
        id=f"sig_{n}",
        conversation_id=id_,
        subject_id=id_,
        value=(n * 3 % 7) / 7,
    )
    add(IssueRow, id=f"iss_{n}", identity_id=f"idn_{n // 2}")
    add(JoinRow, issue_id=f"iss_{n}", conversation_id=id_, position=0, previous_id=None,
        probability=1.0, parts=[])  # fmt: skip
    add(JourneyRow, id=f"jny_{n}", issue_id=f"iss_{n}", identity_id=f"idn_{n // 2}", brand=None,
        main_intent=None, opened_at=at, closed_at=at, contacts=1, effort=float(n % 7),
        record={})  # fmt: skip
