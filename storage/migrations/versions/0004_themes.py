"""Themes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "theme_decisions",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("theme_id", sa.String(), nullable=True),
        sa.Column("space", sa.String(), nullable=True),
        sa.Column("vectors", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_theme_decisions"),
    )
    op.create_index("ix_theme_decisions_kind", "theme_decisions", ["kind"], unique=False)
    op.create_table(
        "theme_ledger",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("theme_id", sa.String(), nullable=False),
        sa.Column("others", sa.JSON(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_theme_ledger"),
    )
    op.create_index("ix_theme_ledger_at", "theme_ledger", ["at"], unique=False)
    op.create_index("ix_theme_ledger_theme_id", "theme_ledger", ["theme_id", "id"], unique=False)
    op.create_table(
        "theme_models",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("ledger", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("version", name="pk_theme_models"),
    )
    op.create_index("ix_theme_models_digest", "theme_models", ["digest"], unique=False)
    op.create_index(
        "uq_theme_models_live",
        "theme_models",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_table(
        "themes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("found_label", sa.String(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.Column("key_phrases", sa.JSON(), nullable=False),
        sa.Column("example_ids", sa.JSON(), nullable=False),
        sa.Column("stability", sa.Double(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_themes"),
    )
    op.create_index("ix_themes_parent_id", "themes", ["parent_id"], unique=False)
    op.create_index("ix_themes_state_id", "themes", ["state", "id"], unique=False)
    op.create_table(
        "theme_statements",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("turn_id", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_theme_statements_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_theme_statements"),
    )
    op.create_index(
        "ix_theme_statements_content_hash_id",
        "theme_statements",
        ["content_hash", "id"],
        unique=False,
    )
    op.create_index(
        "ix_theme_statements_conversation_id", "theme_statements", ["conversation_id"], unique=False
    )
    op.create_table(
        "theme_assignments",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("statement_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("theme_id", sa.String(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("by_person", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["theme_statements.id"],
            name="fk_theme_assignments_statement_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version"],
            ["theme_models.version"],
            name="fk_theme_assignments_version",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version", "statement_id", name="pk_theme_assignments"),
    )
    op.create_index(
        "ix_theme_assignments_conversation",
        "theme_assignments",
        ["conversation_id", "version"],
        unique=False,
    )
    op.create_index(
        "ix_theme_assignments_statement_id", "theme_assignments", ["statement_id"], unique=False
    )
    op.create_index(
        "ix_theme_assignments_theme",
        "theme_assignments",
        ["version", "theme_id", "state", "conversation_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_theme_assignments_theme", table_name="theme_assignments")
    op.drop_index("ix_theme_assignments_statement_id", table_name="theme_assignments")
    op.drop_index("ix_theme_assignments_conversation", table_name="theme_assignments")
    op.drop_table("theme_assignments")
    op.drop_index("ix_theme_statements_conversation_id", table_name="theme_statements")
    op.drop_index("ix_theme_statements_content_hash_id", table_name="theme_statements")
    op.drop_table("theme_statements")
    op.drop_index("ix_themes_state_id", table_name="themes")
    op.drop_index("ix_themes_parent_id", table_name="themes")
    op.drop_table("themes")
    op.drop_index(
        "uq_theme_models_live",
        table_name="theme_models",
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )
    op.drop_index("ix_theme_models_digest", table_name="theme_models")
    op.drop_table("theme_models")
    op.drop_index("ix_theme_ledger_theme_id", table_name="theme_ledger")
    op.drop_index("ix_theme_ledger_at", table_name="theme_ledger")
    op.drop_table("theme_ledger")
    op.drop_index("ix_theme_decisions_kind", table_name="theme_decisions")
    op.drop_table("theme_decisions")
