"""Old jobs are found by their age: each call that sends records makes one."""

from storage.migrations import online

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    online.create_index("ix_jobs_created_at", "jobs", ["created_at"])


def downgrade() -> None:
    online.drop_index("ix_jobs_created_at", "jobs")
