"""The made database of themes with a need for each contact: refunds come back, nothing else."""

from sqlalchemy import update

from storage.database import Database
from storage.statements import insert_missing
from storage.tables import JourneyRow, OutcomeRow, SignalRow
from tests.made_themes import SIGNAL, TALKS, fill, theme_of

NEEDS = (
    "refund_request", "delivery_problem", "login_problem", "billing_dispute", "product_question",
)  # fmt: skip
PERIOD = {"from": "2026-03-02", "to": "2026-05-20"}
AS_OF = "2026-06-30T00:00:00Z"
"""Every window has passed by then."""


def fill_needs(database: Database) -> None:
    """Write 240 contacts; those that came back about a refund say that they waited."""
    fill(database)
    rows = [row for n in range(TALKS) for row in _signals(n)]
    with database.session() as session:
        insert_missing(session, SignalRow, rows)
        insert_missing(session, OutcomeRow, [_resolved(n) for n in range(TALKS)])
        for n in range(TALKS):
            mine = JourneyRow.id == f"jny_{n}"
            session.execute(update(JourneyRow).where(mine).values(record=_record(n)))


def _signals(n: int) -> list[dict[str, object]]:
    theme = theme_of(n)
    base = SIGNAL | {"conversation_id": f"cnv_{n:03}", "subject_id": f"cnv_{n:03}", "value": 1.0}
    if theme is None:
        return []
    rows = [
        base | {"id": f"sig_need_{n}", "kind": "intent", "label": NEEDS[theme],
                "taxonomy": "general@1"}
    ]  # fmt: skip
    if theme == 0 and n % 3:
        rows.append(base | {"id": f"sig_cue_{n}", "kind": "effort", "label": "waited"})
    return rows


def _resolved(n: int) -> dict[str, object]:
    """Every fifth journey goes on."""
    return {
        "id": f"out_j{n}", "conversation_id": None, "journey_id": f"jny_{n}", "kind": "resolved",
        "state": "open" if n % 5 == 4 else "yes", "rule": "r", "provenance": "inferred", "at": None,
        "probability": None, "evidence": [], "window_hours": None,
    }  # fmt: skip


def _record(n: int) -> dict[str, object]:
    lasted = None if n % 5 == 4 else 3_600.0 * (1 + n % 50)
    return {
        "identity_level": "person",
        "channels": [("chat", "email", "call")[n % 3]],
        "effort": {"seconds_to_resolution": lasted},
        "timeline": [],
    }
