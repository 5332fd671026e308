"""Every filter of a listing has its index, in the order of the listing."""

from storage.migrations import online

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_conversations_channel_started_at_id", "conversations", ("channel", "started_at", "id")),
    ("ix_conversations_brand_started_at_id", "conversations", ("brand", "started_at", "id")),
    ("ix_conversations_status_started_at_id", "conversations", ("status", "started_at", "id")),
    ("ix_journeys_brand_opened_at_id", "journeys", ("brand", "opened_at", "id")),
)
STATISTICS = (
    ("st_outcomes_kind_state", "outcomes", ("kind", "state", "window_hours")),
    ("st_signals_kind_label", "signals", ("kind", "label", "subject_kind")),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        online.create_index(name, table, columns)
    online.create_index(
        "ix_journeys_open", "journeys", ("opened_at", "id"), where="closed_at IS NULL"
    )
    for name, table, columns in STATISTICS:
        online.create_statistics(name, table, columns)


def downgrade() -> None:
    for name, _, _ in STATISTICS:
        online.drop_statistics(name)
    online.drop_index("ix_journeys_open", "journeys")
    for name, table, _ in reversed(INDEXES):
        online.drop_index(name, table)
