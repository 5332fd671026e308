"""Ids of work that never run out, how far long work is, and when work was parked."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns without a rewrite of the table: safe beside old workers.
    progress = sa.Column("progress", sa.Integer(), nullable=False, server_default="0")
    op.add_column("work_items", progress)
    op.add_column("work_items", sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        # Each request takes a number of the sequence, also one that finds its row there already:
        # 2,147,483,647 are used up in a year of 100 million conversations a month. The rewrite
        # locks the table; it holds only what waits.
        op.execute("ALTER TABLE work_items ALTER COLUMN id TYPE BIGINT")
        op.execute("ALTER SEQUENCE work_items_id_seq AS BIGINT")


def downgrade() -> None:
    op.drop_column("work_items", "parked_at")
    op.drop_column("work_items", "progress")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER SEQUENCE work_items_id_seq AS INTEGER")
        op.execute("ALTER TABLE work_items ALTER COLUMN id TYPE INTEGER")
