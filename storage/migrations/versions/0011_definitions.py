"""Journey definitions."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journey_definitions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name="pk_journey_definitions"),
        sa.UniqueConstraint("id", "number", name="uq_journey_definitions_id_number"),
    )
    op.create_index(
        "uq_journey_definitions_live",
        "journey_definitions",
        ["id"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_table(
        "journey_definition_changes",
        sa.Column("change", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("change", name="pk_journey_definition_changes"),
    )
    op.create_index(
        "ix_journey_definition_changes_id", "journey_definition_changes", ["id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_journey_definition_changes_id", table_name="journey_definition_changes")
    op.drop_table("journey_definition_changes")
    op.drop_index("uq_journey_definitions_live", table_name="journey_definitions")
    op.drop_table("journey_definitions")
