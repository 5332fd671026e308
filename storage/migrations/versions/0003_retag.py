"""Runs that tag again."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retags",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("tagger", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_retags"),
    )
    op.create_index(
        "uq_retags_open",
        "retags",
        ["open"],
        unique=True,
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "retag_parts",
        sa.Column("retag_id", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("tallies", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["retag_id"], ["retags.id"], name="fk_retag_parts_retag_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("retag_id", "part", name="pk_retag_parts"),
    )
    op.create_table(
        "retag_changes",
        sa.Column("retag_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["retag_id"], ["retags.id"], name="fk_retag_changes_retag_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_retag_changes_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("retag_id", "conversation_id", "position", name="pk_retag_changes"),
    )
    op.create_index(
        "ix_retag_changes_what",
        "retag_changes",
        ["retag_id", "subject_kind", "kind", "before", "after", "conversation_id"],
    )
    op.create_index("ix_retag_changes_conversation_id", "retag_changes", ["conversation_id"])


def downgrade() -> None:
    op.drop_table("retag_changes")
    op.drop_table("retag_parts")
    op.drop_table("retags")
